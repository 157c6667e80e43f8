"""Block Kit pieces as plain dicts from small typed functions (the SDK's models cost a hundred times more)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]
SECTION_LIMIT = 2900  # Slack's limit is 3,000 characters; the rest is room for a heading


def escape(text: str) -> str:
    """Slack's three control characters as entities: text stays text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": text, "emoji": False}


def section(text: str, accessory: Block | None = None) -> Block:
    """A section of mrkdwn."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    if accessory is not None:
        block["accessory"] = accessory
    return block


def sections(title: str, lines: Sequence[str]) -> list[Block]:
    """A titled list as as few sections as fit; lines are never cut."""
    blocks: list[Block] = []
    text = f"*{title}*" if title else ""
    for line in lines:
        if text and len(text) + len(line) + 1 > SECTION_LIMIT:
            blocks.append(section(text))
            text = line
        else:
            text = f"{text}\n{line}" if text else line
    if text:
        blocks.append(section(text))
    return blocks


def context(*texts: str) -> Block:
    """Small grey lines."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text} for text in texts]}


def divider() -> Block:
    """A rule."""
    return {"type": "divider"}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(text)}


def actions(elements: Sequence[Block]) -> Block:
    """A row of controls."""
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action_id: str, value: str, *, primary: bool = False) -> Block:
    """A button that carries its own meaning in `value`."""
    block: Block = {"type": "button", "text": plain(label), "action_id": action_id, "value": value}
    if primary:
        block["style"] = "primary"
    return block


def option(label: str, value: str) -> Block:
    """An option of a select."""
    return {"text": plain(label), "value": value}


def input_block(block_id: str, label: str, element: Block, *, optional: bool = False, hint: str | None = None) -> Block:
    """A form field."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint)
    return block


def characters(blocks: Sequence[Block]) -> int:
    """Characters that count towards Slack's limit for a whole message."""
    return sum(_characters(block) for block in blocks)


def _characters(value: Any) -> int:
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(_characters(v) for v in value.values() if isinstance(v, dict | list))
    if isinstance(value, list):
        return sum(_characters(v) for v in value)
    return 0
