"""`understand TEXT`: the fields as a table, and on request the words that led to each."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from bot.cli.asking import LocalBot, Request
from bot.cli.console import OK, out
from handlers.layouts.labels import understood
from handlers.parsed import Parsed
from handlers.understanding.explanation import Explanation
from handlers.understanding.explanation import explain as explain_reading


def show_understood(bot: LocalBot, text: str, *, explain: bool) -> int:
    """Print what was understood; nothing of it leaves this terminal."""
    request = Request(None, text)
    parsed = bot.parse(request)
    out.print(Text(f"Understood: {understood(parsed, bot.names)}", style="bold"))
    out.print(_fields(parsed))
    if explain:
        _show_reading(explain_reading(text, request.surface, request.context, bot.vocabulary))
    return OK


def _show_reading(explanation: Explanation) -> None:
    out.print(Text("Which words led to what", style="bold"))
    table = _table("words", "field", "read as", "how it stands", "because of")
    for step in explanation.steps:
        table.add_row(step.words, step.field, step.value, step.standing, step.because)
    out.print(table)
    for typed, read in explanation.corrections:
        out.print(Text(f'Corrected: "{typed}" was read as "{read}".'))
    for reason in explanation.reasons or ("Nothing to ask: it would be answered as understood.",):
        out.print(Text(reason))


def _fields(parsed: Parsed) -> Table:
    table = _table("field", "value")
    for name, value in parsed.flat().items():
        table.add_row(name, _shown(value))
    table.add_row("in doubt", ", ".join(f"{each.kind.value}: {', '.join(each.candidates)}" for each in parsed.doubts))
    table.add_row("out of scope", parsed.scope_reason.value if parsed.scope_reason else "")
    table.add_row("reported negative", ", ".join(each.value for each in parsed.negated))
    table.add_row("dialysis denied", "yes" if parsed.renal_denied else "")
    table.add_row("patient identifiers", ", ".join(f"{kind} x{count}" for kind, count in parsed.identifiers))
    table.add_row("words not known", str(parsed.unknown_tokens))
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
