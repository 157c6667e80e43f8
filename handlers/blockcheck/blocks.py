"""The blocks themselves: which keys each one has, how much it holds, and where it may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.blockcheck.charts import CHART
from handlers.blockcheck.elements import (
    ACTION_ELEMENT,
    BUTTON,
    CONTEXT_ACTION,
    CONTEXT_ELEMENT,
    IMAGE,
    INPUT_ELEMENT,
    SECTION_ACCESSORY,
)
from handlers.blockcheck.shapes import (
    Check,
    Inspection,
    anything,
    at_least_one_of,
    boolean,
    exactly_one_of,
    many,
    number,
    one_of,
    record,
    string,
    typed,
    unique_id,
    web_address,
)
from handlers.blockcheck.texts import check_standard_markdown, either, plain, raw_text

_IS = {"type": anything}
_BLOCK = {"block_id": unique_id("block_id")}

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_RICH_TEXT_PART = typed(
    {
        "text": record({**_IS, "text": raw_text(13_000)}, {"style": _STYLE}),
        "link": record({**_IS, "url": web_address()}, {"text": raw_text(3000), "style": _STYLE, "unsafe": boolean}),
        "emoji": record({**_IS, "name": string(100)}, {"unicode": string(100), "style": _STYLE}),
        "user": record({**_IS, "user_id": string(255)}, {"style": _STYLE}),
        "channel": record({**_IS, "channel_id": string(255)}, {"style": _STYLE}),
        "date": record({**_IS, "timestamp": number(0), "format": string(255)}, {"fallback": raw_text(255)}),
    },
    "rich text element",
)
_PARTS = {"elements": many(_RICH_TEXT_PART, 500, least=0)}
_RICH_SECTION = record({**_IS, **_PARTS})
_RICH_TEXT_ELEMENTS = {
    "rich_text_section": _RICH_SECTION,
    "rich_text_list": record(
        {
            **_IS,
            "style": one_of("bullet", "ordered"),
            "elements": many(typed({"rich_text_section": _RICH_SECTION}, "rich text"), 500),
        },
        {"indent": number(0, 8), "offset": number(0), "border": number(0, 1)},
    ),
    "rich_text_preformatted": record({**_IS, **_PARTS}, {"border": number(0, 1), "language": string(100)}),
    "rich_text_quote": record({**_IS, **_PARTS}, {"border": number(0, 1)}),
}
RICH_TEXT = record({**_IS, "elements": many(typed(_RICH_TEXT_ELEMENTS, "rich text"), 500, least=0)}, _BLOCK)

_CELL = typed(
    {
        "raw_text": record({**_IS, "text": raw_text(3000)}),
        "raw_number": record({**_IS, "value": number()}, {"text": raw_text(255)}),
        "rich_text": RICH_TEXT,
    },
    "cell",
)


def _column_setting(seen: Inspection, where: str, value: Any) -> None:
    if value is not None:  # null leaves a column as it is
        record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})(seen, where, value)


def _only_in_modals(seen: Inspection, where: str, _value: Any) -> None:
    if seen.surface != "modal":
        seen.fault(where, "an alert stands in modals only; in a message use a section")


def _not_in_modals(seen: Inspection, where: str, _value: Any) -> None:
    if seen.surface == "modal":
        seen.fault(where, "this block does not stand in modals")


def _collapsing(seen: Inspection, where: str, value: Any) -> None:
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        seen.fault(where, "default_collapsed needs is_collapsible")
    if value.get("is_collapsible") and value.get("has_header_divider"):
        seen.fault(where, "has_header_divider cannot go with is_collapsible")


_CLASSIC: dict[str, Check] = {
    "section": record(
        _IS,
        {
            **_BLOCK,
            "text": either(3000),
            "fields": many(either(2000), 10),
            "accessory": SECTION_ACCESSORY,
            "expand": boolean,
        },
        (at_least_one_of("text", "fields"),),
    ),
    "header": record({**_IS, "text": plain(150)}, {**_BLOCK, "level": number(1, 4)}),
    "divider": record(_IS, _BLOCK),
    "context": record({**_IS, "elements": many(CONTEXT_ELEMENT, 10)}, _BLOCK),
    "actions": record({**_IS, "elements": many(ACTION_ELEMENT, 25)}, _BLOCK),
    "image": record(
        {**_IS, "alt_text": string(2000)},
        {**_BLOCK, "image_url": web_address(), "slack_file": anything, "title": plain(2000)},
        (exactly_one_of("image_url", "slack_file"),),
    ),
    "input": record(
        {**_IS, "label": plain(2000), "element": INPUT_ELEMENT},
        {**_BLOCK, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "table": record(
        {**_IS, "rows": many(many(_CELL, 20), 100)},
        {**_BLOCK, "column_settings": many(_column_setting, 20, least=0)},
        (_not_in_modals,),
    ),
    "rich_text": RICH_TEXT,
}

_BLOCKS: dict[str, Check] = {
    **_CLASSIC,
    "alert": record(
        {**_IS, "text": either(200)},
        {**_BLOCK, "level": one_of("default", "info", "warning", "error", "success")},
        (_only_in_modals,),
    ),
    "context_actions": record({**_IS, "elements": many(CONTEXT_ACTION, 5)}, _BLOCK, (_not_in_modals,)),
    "markdown": record({**_IS, "text": check_standard_markdown}, _BLOCK, (_not_in_modals,)),
    "data_visualization": record({**_IS, "title": raw_text(50), "chart": CHART}, _BLOCK, (_not_in_modals,)),
    "card": record(
        _IS,
        {
            **_BLOCK,
            "hero_image": IMAGE,
            "icon": IMAGE,
            "title": either(150),
            "subtitle": either(150),
            "body": either(200),
            "actions": many(BUTTON, 3),
        },
        (at_least_one_of("hero_image", "title", "actions", "body"), _not_in_modals),
    ),
}

# Slack's page and its validator name different children: only what both name may stand in a container.
_CHILDREN = {kind: _CLASSIC[kind] for kind in ("actions", "context", "divider", "header", "image", "section", "table")}


def _note_type(seen: Inspection, value: Any) -> None:
    if isinstance(value, Mapping):
        seen.block_types.append(str(value.get("type")))


def _child(seen: Inspection, where: str, value: Any) -> None:
    _note_type(seen, value)
    typed(_CHILDREN, "child block")(seen, where, value)


_BLOCKS["container"] = record(
    {**_IS, "child_blocks": many(_child, 10)},
    {
        **_BLOCK,
        "title": plain(150),
        "rich_text_title": anything,
        "subtitle": either(150),
        "width": one_of("narrow", "standard", "wide", "full"),
        "icon": IMAGE,
        "is_collapsible": boolean,
        "default_collapsed": boolean,
        "has_header_divider": boolean,
    },
    (at_least_one_of("title", "rich_text_title"), _collapsing, _not_in_modals),
)


def check_block(seen: Inspection, where: str, value: Any) -> None:
    """One top-level block. In a form an action_id need only differ within its block: values are kept by both ids."""
    if seen.surface != "message":
        seen.ids["action_id"].clear()
    _note_type(seen, value)
    typed(_BLOCKS, "block")(seen, where, value)
