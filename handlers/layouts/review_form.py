"""The filters of the review as a form, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from handlers.layouts.blocks import Block, input_block, option, plain
from handlers.layouts.labels import Names
from handlers.review import LONGEST_DAYS, Desk, Filters

OUTCOMES = {
    "answered": "answered",
    "asked": "asked back",
    "not_covered": "not covered",
    "out_of_scope": "out of scope",
    "helped": "help shown",
    "limited": "limit reached",
    "denied": "denied",
    "unavailable": "unavailable",
}
VERDICTS = {"good": "found helpful", "bad": "found not helpful"}
_ANY = "any"
_KEYS = {
    "datepicker": "selected_date",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "static_select": "selected_option",
}


def filter_modal(desk: Desk, names: Names, editions: Iterable[str]) -> Block:
    """One field a filter; all of them may stay open."""
    f = desk.filters
    known = dict.fromkeys([*([f.edition] if f.edition else []), *editions])
    return {
        "type": "modal",
        "callback_id": "review_filters",
        "title": plain("Choose entries"),
        "submit": plain("Show"),
        "close": plain("Close"),
        "private_metadata": desk.model_dump_json(exclude_none=True),
        "blocks": [
            _date("first", "From (UTC day)", str(f.first)),
            _date("last", f"To (at most {LONGEST_DAYS} days)", str(f.last)),
            _pick("asker", "Asked by", "users_select", "initial_user", f.asker),
            _pick("channel", "Channel", "conversations_select", "initial_conversation", f.channel),
            _select("mechanism", "Mechanism", {m.value: name for m, name in names.mechanisms.items()}, f.mechanism),
            _select("site", "Site", {s.value: name for s, name in names.sites.items()}, f.site),
            _select("outcome", "Outcome", OUTCOMES, f.outcome),
            _select("edition", "Edition", {each: each for each in known}, f.edition),
            _select("feedback", "Feedback", VERDICTS, f.feedback),
        ],
    }


def filters_from(values: Mapping[str, Any]) -> Filters | dict[str, str]:
    """The filters of a submitted form, or Slack's map of field to what is wrong with it."""
    given = {name: value for name in Filters.model_fields if (value := _value(values.get(name) or {})) is not None}
    faults = {name: "Give a day." for name in ("first", "last") if name not in given}
    if faults:
        return faults
    try:
        return Filters.model_validate(given)
    except ValidationError as error:
        fields = {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]}
        if not fields:
            return {"last": f"From the first day to the last, at most {LONGEST_DAYS} days."}
        return dict.fromkeys(sorted(fields), "Choose one of the list.")


def _value(fields: Mapping[str, Any]) -> str | None:
    for element in fields.values():
        value = element.get(_KEYS.get(str(element.get("type")), "value"))
        if isinstance(value, Mapping):
            value = value.get("value")
        if isinstance(value, str) and value not in ("", _ANY):
            return value
    return None


def _date(name: str, label: str, value: str) -> Block:
    return input_block(name, label, {"type": "datepicker", "action_id": name, "initial_date": value})


def _pick(name: str, label: str, kind: str, initial: str, value: str | None) -> Block:
    element: Block = {"type": kind, "action_id": name}
    if value is not None:
        element[initial] = value
    return input_block(name, label, element, optional=True)


def _select(name: str, label: str, options: Mapping[str, str], value: str | None) -> Block:
    every = [option("any", _ANY), *(option(label, key) for key, label in options.items())]
    first = next((each for each in every if each["value"] == value), every[0])
    element = {"type": "static_select", "action_id": name, "options": every, "initial_option": first}
    return input_block(name, label, element, optional=True)
