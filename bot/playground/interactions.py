"""Pressing, choosing and typing: the action Slack would send, and the state it keeps."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from bot.playground.records import Json

_BUTTON_LIKE = {"button", "icon_button", "feedback_buttons", "overflow"}
SELECTED_IDS = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
}


def elements_of(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with the block it stands in, containers included."""
    for block in blocks:
        for key in ("accessory", "element"):
            if isinstance(block.get(key), dict):
                yield block, block[key]
        if block.get("type") in {"actions", "context_actions"}:
            for element in block.get("elements", []):
                yield block, element
        yield from elements_of(block.get("child_blocks", []))


def find_element(blocks: list[Json], action_id: str) -> tuple[Json, Json]:
    """The block and the element with this action_id, or with this "block_id/action_id"."""
    for block, element in elements_of(blocks):
        if action_id in (element.get("action_id"), f"{block.get('block_id')}/{element.get('action_id')}"):
            return block, element
    known = sorted(str(element.get("action_id")) for _, element in elements_of(blocks))
    raise LookupError(f"nothing to press with action_id {action_id!r}; there are {known}")


def _options(element: Json) -> list[Json]:
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group.get("options", [])]


def _option(element: Json, value: str) -> Json:
    for option in _options(element):
        if value == option["value"]:
            return copy.deepcopy(option)
    raise LookupError(f"no option {value!r}; there are {[option['value'] for option in _options(element)]}")


def chosen(element: Json, value: Any) -> Json:
    """The part of an action (or of `state.values`) that says what was chosen."""
    kind = element["type"]
    if kind in {"static_select", "radio_buttons", "overflow"}:
        return {"selected_option": None if value is None else _option(element, str(value))}
    if kind in {"checkboxes", "multi_static_select"}:
        return {"selected_options": [_option(element, str(each)) for each in value or []]}
    if kind in {"plain_text_input", "number_input", "email_text_input", "url_text_input"}:
        return {"value": None if value in (None, "") else str(value)}
    if kind == "datepicker":
        return {"selected_date": value}
    if kind == "timepicker":
        return {"selected_time": value}
    if kind in SELECTED_IDS:
        return {SELECTED_IDS[kind]: value or None}
    if kind == "feedback_buttons":
        negative = element["negative_button"]["value"]
        side = "negative_button" if value in (negative, negative.partition(" ")[0]) else "positive_button"
        return {"text": copy.deepcopy(element[side]["text"]), "value": element[side]["value"]}
    action: Json = {"text": copy.deepcopy(element.get("text"))}
    if "value" in element:
        action["value"] = element["value"]
    return action


def action_of(block: Json, element: Json, value: Any, at: str) -> Json:
    """One entry of `actions` in a block_actions payload."""
    action: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    for key in ("placeholder", "initial_option", "initial_options", "style", "url"):
        if key in element:
            action[key] = copy.deepcopy(element[key])
    return action | chosen(element, value) | {"action_ts": at}


def initial_values(blocks: list[Json]) -> Json:
    """`state.values` before anybody touched anything."""
    values: Json = {}
    for block, element in elements_of(blocks):
        if element["type"] in _BUTTON_LIKE or element["type"] == "image":
            continue
        initial: Any = element.get("initial_value") or element.get("initial_date") or element.get("initial_time")
        for name in ("initial_user", "initial_conversation", "initial_channel"):
            initial = initial or element.get(name)
        if "initial_option" in element:
            initial = element["initial_option"]["value"]
        if "initial_options" in element:
            initial = [option["value"] for option in element["initial_options"]]
        entry = {"type": element["type"], **chosen(element, initial)}
        values.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return values


def keep(values: Json, block: Json, element: Json, value: Any) -> None:
    """Remember a choice in `state.values`; buttons have no state."""
    if element["type"] not in _BUTTON_LIKE:
        entry = {"type": element["type"], **chosen(element, value)}
        values.setdefault(block["block_id"], {})[element["action_id"]] = entry
