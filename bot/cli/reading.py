"""A reply on a terminal: the very blocks that Slack would get, in colour; nothing is worded twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot.cli.console import out

# What our layouts use of mrkdwn: bold, italic and links; everything else is plain text.
_MARKED = re.compile(r"\*(?P<bold>[^*\n]+)\*|(?<![\w/])_(?P<italic>[^_\n]+)_(?!\w)|<(?P<url>[^|>]+)\|(?P<name>[^>]+)>")
NOTICE = "Answered on this machine: not sent to Slack, not recorded in the audit log."


def show_payload(payload: Mapping[str, Any], console: Console = out) -> None:
    """Print a payload and say that it is local."""
    for block in payload["blocks"]:
        match block["type"]:
            case "section":
                console.print(_text(block["text"]["text"]), soft_wrap=False)
                console.print()
            case "context":
                for element in block["elements"]:
                    console.print(_text(element["text"], "dim"))
            case "divider":
                console.print(Rule(style="dim"))
            case "actions":
                labels = "  ".join(f"[ {element['text']['text']} ]" for element in block["elements"])
                console.print(Text(f"In Slack: {labels}", "cyan"))
    console.print(Text(NOTICE, "yellow"))


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
