"""A reply on a terminal: the very blocks that Slack would get, in colour; nothing is worded twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.cli.console import out

# What our layouts use of mrkdwn: bold, italic and links; everything else is plain text.
_MARKED = re.compile(r"\*(?P<bold>[^*\n]+)\*|(?<![\w/])_(?P<italic>[^_\n]+)_(?!\w)|<(?P<url>[^|>]+)\|(?P<name>[^>]+)>")
NOTICE = "Answered on this machine: not sent to Slack, not recorded in the audit log."


def show_payload(payload: Mapping[str, Any], console: Console = out) -> None:
    """Print a payload and say that it is local."""
    show_blocks(payload["blocks"], console)
    console.print(Text(NOTICE, "yellow"))


def show_blocks(blocks: Iterable[Mapping[str, Any]], console: Console = out) -> None:
    """Print blocks alone."""
    for block in blocks:
        match block["type"]:
            case "section":
                console.print(_text(block["text"]["text"]), soft_wrap=False)
                console.print()
            case "context":
                for element in block["elements"]:
                    console.print(_text(element["text"], "dim"))
            case "divider":
                console.print(Rule(style="dim"))
            case "container":
                console.print(Rule(Text(block["title"]["text"], "bold"), align="left", style="dim"))
                if "subtitle" in block:
                    console.print(Text(block["subtitle"]["text"], "dim"))
                show_blocks(block["child_blocks"], console)
            case "table":
                console.print(_table(block["rows"]))
            case "actions":
                labels = "  ".join(f"[ {element['text']['text']} ]" for element in block["elements"])
                console.print(Text(f"In Slack: {labels}", "cyan"))


def _table(rows: Sequence[Sequence[Mapping[str, Any]]]) -> Table:
    head, *rest = [[Text(cell["text"]) for cell in row] for row in rows]
    table = Table(box=SIMPLE_HEAD)
    for words in head:
        table.add_column(words)
    for row in rest:
        table.add_row(*row)
    return table


def _text(mrkdwn: str, style: str = "") -> Text:
    """Our mrkdwn as styled text; entities become characters again."""
    text = Text(style=style)
    end = 0
    for found in _MARKED.finditer(mrkdwn):
        text.append(unescape(mrkdwn[end : found.start()]))
        if bold := found["bold"]:
            text.append(unescape(bold), "bold")
        elif italic := found["italic"]:
            text.append(unescape(italic), "italic")
        else:
            text.append(unescape(found["name"]), f"link {unescape(found['url'])}")
        end = found.end()
    text.append(unescape(mrkdwn[end:]))
    return text
