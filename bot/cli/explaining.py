"""`understand TEXT`: the fields as a table, and on request the words that led to each."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from bot.cli.asking import LocalBot, Request
from bot.cli.console import OK, out
from handlers.layouts.labels import understood
from handlers.parsed import Parsed
from handlers.understanding.normalise import normalise, unwrap


def show_understood(bot: LocalBot, text: str, *, explain: bool) -> int:
    """Print what was understood; nothing of it leaves this terminal."""
    parsed = bot.parse(Request(None, text))
    out.print(Text(f"Understood: {understood(parsed, bot.names)}", style="bold"))
    out.print(_fields(parsed))
    if explain:
        out.print(_words(parsed, text))
    return OK


def _fields(parsed: Parsed) -> Table:
    table = _table("field", "value")
    for name, value in parsed.flat().items():
        table.add_row(name, _shown(value))
    table.add_row("in doubt", ", ".join(f"{each.kind.value}: {', '.join(each.candidates)}" for each in parsed.doubts))
    table.add_row("out of scope", parsed.scope_reason.value if parsed.scope_reason else "")
    table.add_row("reported negative", ", ".join(each.value for each in parsed.negated))
    table.add_row("patient identifiers", ", ".join(f"{kind} x{count}" for kind, count in parsed.identifiers))
    table.add_row("words not known", str(parsed.unknown_tokens))
    return table


def _words(parsed: Parsed, text: str) -> Table:
    table = _table("words", "field", "value")
    normal = normalise(unwrap(text))
    for span in sorted(parsed.spans, key=lambda each: each.start):
        table.add_row(normal[span.start : span.end], span.field, span.value)
    return table


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
