"""Block Kit pieces as plain dicts from small typed functions (the SDK's models cost a hundred times more)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

Block = dict[str, Any]
SECTION_LIMIT = 2900  # Slack's limit is 3,000 characters; the rest is room for a heading
MOST_CHILDREN = 10  # in one container
_ID_BYTES = 24  # a block_id of five characters


def escape_once(text: str) -> str:
    """Slack's three control characters as entities: text stays text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


escape = lru_cache(maxsize=8192)(escape_once)  # for the lines of the data, which come again and again


def plain(text: str) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def section(text: str, accessory: Block | None = None) -> Block:
    """A section of mrkdwn, all of it in view: without `expand` Slack may hide its end behind "see more"."""
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text}, "expand": True}
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


def folds(
    title: str, children: Sequence[Block], *, subtitle: str | None = None, collapsed: bool | None = True
) -> list[Block]:
    """As few containers as hold all of it, the further ones titled "… (continued)"."""
    made = []
    for start in range(0, len(children), MOST_CHILDREN):
        inside = children[start : start + MOST_CHILDREN]
        if start:
            title, subtitle = f"{title.removesuffix(' (continued)')} (continued)", None
        made.append(container(title, inside, subtitle=subtitle, collapsed=collapsed))
    return made


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


def feedback(about: str = "") -> Block:
    """Whether the answer helped; a "no" brings the encoded question along, the request stands in the block_id."""
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": {"text": plain("Helpful"), "value": "good"},
                "negative_button": {"text": plain("Not helpful"), "value": f"bad {about}".rstrip()},
            }
        ],
    }


def note(text: str, on_call: str | None = None) -> Block:
    """The payload of a private word, with the route that needs no bot."""
    urgent = f"Urgent? Call {escape(on_call)}" if on_call else ""
    return {"text": f"{text} {urgent}".strip(), "blocks": [section(text), *([context(urgent)] if urgent else [])]}


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


def weight(blocks: Sequence[Block]) -> int:
    """How large Slack may find the blocks of a message at worst: their JSON in bytes, and the ids that it adds.

    It refuses a message somewhere past 13,000 and says neither how it counts nor where. Those who measured it found
    some 100 characters for every block beside its text.
    """
    return len(orjson.dumps(blocks)) + _ID_BYTES * count(blocks)


def count(blocks: Sequence[Block]) -> int:
    """How many blocks there are, with those inside containers."""
    return sum([1 + len(block.get("child_blocks", ())) for block in blocks])
