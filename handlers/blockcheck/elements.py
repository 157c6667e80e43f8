"""Block elements and composition objects: buttons, menus, inputs, options, confirm dialogs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.blockcheck.shapes import (
    Check,
    Inspection,
    anything,
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
from handlers.blockcheck.texts import either, plain

_IS = {"type": anything}
_ACTION = {"action_id": unique_id("action_id")}

CONFIRM = record(
    {"title": plain(100), "text": either(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)


def option(*, mrkdwn: bool = False) -> Check:
    text = either(75) if mrkdwn else plain(75)
    return record({"text": text, "value": string(150)}, {"description": text, "url": web_address()})


def _initials_are_offered(seen: Inspection, where: str, value: Any) -> None:
    """Slack refuses a first choice that is not word for word among the options."""
    groups = value.get("option_groups") or [value]
    offered = [each for group in groups if isinstance(group, Mapping) for each in group.get("options") or []]
    chosen = [value["initial_option"]] if "initial_option" in value else value.get("initial_options") or []
    if any(each not in offered for each in chosen):
        seen.fault(where, "the initial choice is not among the options")


def _values_differ(seen: Inspection, where: str, value: Any) -> None:
    groups = value.get("option_groups") or [value]
    options = [each for group in groups if isinstance(group, Mapping) for each in group.get("options") or []]
    values = [each.get("value") for each in options if isinstance(each, Mapping)]
    if len(values) != len({str(each) for each in values}):
        seen.fault(where, "two options have the same value")


_GROUPS = many(record({"label": plain(75), "options": many(option(), 100)}), 100)
_CHOICES = {"options": many(option(), 100), "option_groups": _GROUPS}
_MENU = {**_ACTION, "placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": boolean}
_MENU_RULES = (exactly_one_of("options", "option_groups"), _initials_are_offered, _values_differ)
_INPUT = {**_ACTION, "placeholder": plain(150), "focus_on_load": boolean, "dispatch_action_config": anything}


def _multi(**more: Check) -> dict[str, Check]:
    return {**_MENU, "max_selected_items": number(1, 100), **more}


def _pick_list(*, initial: str, check: Check) -> Check:
    return record(
        {**_IS, "options": many(option(mrkdwn=True), 10)},
        {**_ACTION, initial: check, "confirm": CONFIRM, "focus_on_load": boolean},
        (_initials_are_offered, _values_differ),
    )


BUTTON = record(
    {**_IS, "text": plain(75)},
    {
        **_ACTION,
        "value": string(2000),
        "url": web_address(),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
_THUMB = record({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})

IMAGE = record(
    {**_IS, "alt_text": string(2000)},
    {"image_url": web_address(), "slack_file": anything},
    (exactly_one_of("image_url", "slack_file"),),
)

BUTTONS_AND_MENUS: dict[str, Check] = {
    "button": BUTTON,
    "checkboxes": _pick_list(initial="initial_options", check=many(option(mrkdwn=True), 10)),
    "radio_buttons": _pick_list(initial="initial_option", check=option(mrkdwn=True)),
    "overflow": record({**_IS, "options": many(option(), 5)}, {**_ACTION, "confirm": CONFIRM}, (_values_differ,)),
    "static_select": record(_IS, {**_MENU, **_CHOICES, "initial_option": option()}, _MENU_RULES),
    "multi_static_select": record(_IS, _multi(**_CHOICES, initial_options=many(option(), 100)), _MENU_RULES),
    "users_select": record(_IS, {**_MENU, "initial_user": string(255)}),
    "multi_users_select": record(_IS, _multi(initial_users=many(string(255), 100))),
    "conversations_select": record(
        _IS,
        {
            **_MENU,
            "initial_conversation": string(255),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": anything,
        },
    ),
    "channels_select": record(_IS, {**_MENU, "initial_channel": string(255), "response_url_enabled": boolean}),
    "datepicker": record(_IS, {**_MENU, "initial_date": string(10, 10)}),
    "timepicker": record(_IS, {**_MENU, "initial_time": string(5, 5), "timezone": string(255)}),
}

INPUTS: dict[str, Check] = {
    **{kind: check for kind, check in BUTTONS_AND_MENUS.items() if kind not in {"button", "overflow"}},
    "plain_text_input": record(
        _IS,
        {
            **_INPUT,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
        },
    ),
    "number_input": record(
        {**_IS, "is_decimal_allowed": boolean},
        {**_INPUT, "initial_value": string(255), "min_value": string(255), "max_value": string(255)},
    ),
    "email_text_input": record(_IS, {**_INPUT, "initial_value": string(255)}),
    "url_text_input": record(_IS, {**_INPUT, "initial_value": web_address()}),
}

SECTION_ACCESSORY = typed({**BUTTONS_AND_MENUS, "image": IMAGE}, "element")
ACTION_ELEMENT = typed(BUTTONS_AND_MENUS, "element")
INPUT_ELEMENT = typed(INPUTS, "element")
CONTEXT_ELEMENT = typed({"image": IMAGE, "mrkdwn": either(3000), "plain_text": either(3000)}, "element")
CONTEXT_ACTION = typed(
    {
        "feedback_buttons": record({**_IS, "positive_button": _THUMB, "negative_button": _THUMB}, _ACTION),
        "icon_button": record(
            {**_IS, "icon": one_of("trash"), "text": plain(75)},
            {
                **_ACTION,
                "value": string(2000),
                "confirm": CONFIRM,
                "accessibility_label": string(75),
                "visible_to_user_ids": many(string(255), 100),
            },
        ),
    },
    "element",
)
