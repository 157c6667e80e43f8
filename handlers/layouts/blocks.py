"""Block Kit pieces as plain dicts from small typed functions (the SDK's models cost a hundred times more)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Block = dict[str, Any]
SECTION_LIMIT = 2900  # Slack's limit is 3,000 characters; the rest is room for a heading
MOST_CHILDREN = 10  # in one container


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


def overflow(action_id: str, options: Sequence[Block]) -> Block:
    """A menu behind "…", of up to 5 options; their values hold 150 characters: too few for a question."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def option(label: str, value: str) -> Block:
    """An option of a select or an overflow menu."""
    return {"text": plain(label), "value": value}


def container(
    title: str, children: Sequence[Block], *, subtitle: str | None = None, collapsed: bool | None = True
) -> Block:
    """A box of up to 10 sections, context lines, tables, images, dividers, headers or rows of controls.

    For messages and the Home, not for modals. `collapsed` None: it cannot be folded. The title is plain text.
    """
    block: Block = {"type": "container", "title": plain(title), "child_blocks": list(children)}
    if subtitle is not None:
        block["subtitle"] = plain(subtitle)
    if collapsed is not None:
        block |= {"is_collapsible": True, "default_collapsed": collapsed}
    return block


def folds(title: str, children: Sequence[Block], *, collapsed: bool | None = True) -> list[Block]:
    """As few containers as hold all of it, the further ones titled "… (continued)"."""
    return [
        container(
            f"{title} (continued)" if start else title, children[start : start + MOST_CHILDREN], collapsed=collapsed
        )
        for start in range(0, len(children), MOST_CHILDREN)
    ]


def table(rows: Sequence[Sequence[str]], *, wrapped: bool = True) -> Block:
    """A table of plain words, the heads of its columns first; Slack takes one a message, 100 rows by 20 columns."""
    return {
        "type": "table",
        "column_settings": [{"is_wrapped": wrapped}] * len(rows[0]),
        "rows": [[{"type": "raw_text", "text": cell or "-"} for cell in row] for row in rows],
    }


def image(url: str, alt_text: str, *, title: str | None = None) -> Block:
    """A picture with what it shows in words; never the only place where something is said."""
    block: Block = {"type": "image", "image_url": url, "alt_text": alt_text}
    if title is not None:
        block["title"] = plain(title)
    return block


def chart(title: str, unit: str, categories: Sequence[str], series: Mapping[str, Sequence[float]]) -> Block:
    """Bars for up to 6 series over up to 20 categories; names hold 20 characters, the title 50. Say it in words too."""
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": name,
                    "data": [{"label": label, "value": value} for label, value in zip(categories, values, strict=True)],
                }
                for name, values in series.items()
            ],
            "axis_config": {"categories": list(categories), "y_label": unit},
        },
    }


def feedback() -> Block:
    """Whether the answer helped; the request it is about stands in the stamped block_id."""
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {
                    "text": plain("Helpful"),
                    "value": "good",
                    "accessibility_label": "This answer was helpful",
                },
                "negative_button": {
                    "text": plain("Not helpful"),
                    "value": "bad",
                    "accessibility_label": "This answer was not helpful: say why",
                },
            }
        ],
    }


def alert(text: str, level: str = "info") -> Block:
    """A notice of up to 200 characters at the head of a modal; messages take none. The words say it, not the colour."""
    return {"type": "alert", "text": plain(text), "level": level}


def local_time(epoch_seconds: int, fallback: str, shown: str = "{date_short_pretty} at {time}") -> str:
    """An instant in the reader's own time zone, for mrkdwn; `fallback` is read where Slack cannot show it."""
    return f"<!date^{epoch_seconds}^{shown}|{escape(fallback)}>"


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
