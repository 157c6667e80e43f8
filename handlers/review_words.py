"""The words after `/cre audit`, as filters. What is not one of ours is counted, never repeated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, get_args

from pydantic import ValidationError

from handlers.review import LONGEST_DAYS, Filters, Outcome, Verdict
from knowledge.terms import Mechanism, Site

WORD = "audit"
INSIGHTS = "insights"
_USER = re.compile(r"<@([UW][A-Z0-9]{1,20})(\|[^>]*)?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{1,20})(\|[^>]*)?>")
_DAYS = re.compile(r"([1-9][0-9]?)d")
_PERIOD = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.\.([0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_EDITION = re.compile(r"edition:([A-Za-z0-9][A-Za-z0-9.-]{0,31})")
_PLAIN: Mapping[str, tuple[str, str]] = {
    **{each.value: ("mechanism", each.value) for each in Mechanism},
    "oxa-48": ("mechanism", "oxa48"),
    "non-cp": ("mechanism", "non_cp"),
    **{each.value: ("site", each.value) for each in Site if each.value != "unknown"},
    **{word: ("outcome", word) for word in get_args(Outcome)},
    **{word: ("feedback", word) for word in get_args(Verdict)},
}

_OPTIONS = {"first": "since", "last": "until", "asker": "user"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reviewer asked for: a list, or the insights; `unread` words were none of ours."""

    filters: Filters
    insights: bool = False
    unread: int = 0


def is_review(text: str) -> bool:
    """Whether a command asks for the audit review."""
    return text.lower().split(maxsplit=1)[:1] == [WORD]


def export_command(filters: Filters, team: str) -> str:
    """What whoever runs the bot types to make these entries a file; `audit` stands for the reason, one of a list."""
    options = " ".join(f"--{_OPTIONS.get(name, name)} {value}" for name, value in filters.words().items())
    return f"cre-bot audit export --format csv --team {team} {options} --reason audit audit.csv"


def wanted_from(text: str, today: date) -> Wanted:
    """`audit kpc pneumonia asked 31d <@U1>`, in any order; the last word of a kind wins."""
    words = text.split()[1:]
    found: dict[str, Any] = Filters.usual(today).model_dump()
    insights, unread = False, 0
    for word in words:
        if word.lower() == INSIGHTS:
            insights = True
            continue
        part = _part(word, today)
        if part is None or (fitting := _fitting({**found, **part})) is None:
            unread += 1
        else:
            found = fitting
    return Wanted(Filters.model_validate(found), insights, unread)


def _fitting(values: dict[str, Any]) -> dict[str, Any] | None:
    try:
        Filters.model_validate(values)
    except ValidationError:
        return None
    return values


def _part(word: str, today: date) -> dict[str, Any] | None:
    if found := _USER.fullmatch(word):
        return {"asker": found[1]}
    if found := _CHANNEL.fullmatch(word):
        return {"channel": found[1]}
    if found := _EDITION.fullmatch(word):
        return {"edition": found[1]}
    small = word.lower()
    if small == "today":
        return {"first": today, "last": today}
    if (found := _DAYS.fullmatch(small)) and int(found[1]) <= LONGEST_DAYS:
        return {"first": today - timedelta(days=int(found[1]) - 1), "last": today}
    if found := _PERIOD.fullmatch(small):
        return _period(found[1], found[2] or found[1])
    plain = _PLAIN.get(small)
    return {plain[0]: plain[1]} if plain else None


def _period(first: str, last: str) -> dict[str, Any] | None:
    try:
        return {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    except ValueError:
        return None
