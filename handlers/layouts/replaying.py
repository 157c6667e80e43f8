"""An answer as it was shown, for a modal: its words whole, its folds open, its controls named but dead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.layouts.blocks import SECTION_LIMIT, Block, context, escape, section

_KEPT = frozenset({"section", "context", "divider", "header", "image", "rich_text", "input", "alert"})


def replayed(payload: Mapping[str, Any]) -> list[Block]:
    """The blocks of a message or of a modal; a payload without blocks is its text."""
    blocks = payload.get("blocks")
    if not isinstance(blocks, Sequence) or not blocks:
        return [section(str(payload.get("text") or "No words were shown."))]
    return [each for block in blocks for each in _dead(block)]


def _dead(block: Mapping[str, Any]) -> list[Block]:
    kind = str(block.get("type"))
    match kind:
        case "container":
            title = (block.get("title") or {}).get("text", "")
            return [section(f"*{escape(title)}*"), *(each for child in block["child_blocks"] for each in _dead(child))]
        case "actions" | "context_actions":
            return [context(f"Controls: {', '.join(map(_label, block.get('elements', ())))}")]
        case "table":
            return _rows(block)
        case "data_visualization":
            return [context(f"Chart: {escape(str(block.get('title', '')))}")]
        case "markdown":
            return [section(escape(str(block.get("text", "")))[:SECTION_LIMIT])]
        case "section":
            return _section(block)
        case "input":
            return [context(f"Field: {escape(str((block.get('label') or {}).get('text', '')))}")]
        case _ if kind in _KEPT:
            return [{name: value for name, value in block.items() if name != "block_id"}]
    return [context(f"Block of the kind {escape(kind)}")]


def _section(block: Mapping[str, Any]) -> list[Block]:
    shown = {name: value for name, value in block.items() if name not in ("block_id", "accessory")}
    accessory = block.get("accessory")
    if not isinstance(accessory, Mapping):
        return [shown]
    return [shown, context(f"Controls: {_label(accessory)}")]


def _rows(block: Mapping[str, Any]) -> list[Block]:
    """A table, which no modal takes, as lines."""
    lines = [" · ".join(escape(str(cell.get("text", cell.get("value", "")))) for cell in row) for row in block["rows"]]
    found: list[Block] = []
    text = ""
    for line in lines:
        if text and len(text) + len(line) + 1 > SECTION_LIMIT:
            found.append(section(text))
            text = ""
        text = f"{text}\n{line}" if text else line
    return [*found, section(text)] if text else found


def _label(element: Mapping[str, Any]) -> str:
    for name in ("text", "placeholder"):
        if isinstance(words := element.get(name), Mapping):
            return escape(str(words.get("text", "")))
    sides = [element[side]["text"]["text"] for side in ("positive_button", "negative_button") if side in element]
    return escape(" / ".join(sides) or str(element.get("type", "")))
