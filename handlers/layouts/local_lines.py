"""The hospital's own words: always with the label, the hospital, the owner and the date, never with a citation mark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from handlers.layouts.blocks import escape
from handlers.layouts.references import References
from knowledge.answer import Frame, LocalLine, NotOffered, RegimenView

_LISTED = {
    "preferred": "preferred in the guidance",
    "alternative": "an alternative in the guidance",
    "reserve": "held back in the guidance",
    "elsewhere": "listed by other guidance",
    "named": "asked about",
}


def whose(line: LocalLine) -> str:
    """Who says so and since when: "Local (General Hospital, pharmacy, 1 Oct 2026)"."""
    return f"{line.label} ({escape(line.hospital)}, {escape(line.owner)}, {short_date(line.dated)})"


def told(line: LocalLine) -> str:
    """A statement of the hospital."""
    return f"_{whose(line)}:_ {escape(line.text)}"


def marks(view: RegimenView) -> list[str]:
    """What stands under a regimen: restrictions and stock."""
    return [f"   {told(line)}" for line in view.local]


def grouped_marks(views: Iterable[RegimenView]) -> list[str]:
    """The same for many regimens, equal words told once."""
    groups: dict[LocalLine, list[str]] = {}
    for view in views:
        for line in view.local:
            groups.setdefault(line, []).append(view.name)
    return [f"• *{escape(', '.join(dict.fromkeys(names)))}:* {told(line)}" for line, names in groups.items()]


def bullets(lines: Iterable[LocalLine], _: References) -> list[str]:
    """Notes and antibiogram."""
    return [f"• {told(line)}" for line in lines]


def not_offered(hidden: Sequence[NotOffered], refs: References) -> list[str]:
    """Regimens of the guidance that this hospital does not offer, each with where it stands in the guidance."""
    groups: dict[LocalLine, list[str]] = {}
    for one in hidden:
        named = f"*{escape(one.name)}* ({_LISTED[one.listed_as]} {refs.marks(one.citations, most=1)})"
        groups.setdefault(one.local, []).append(named)
    return [f"• {', '.join(dict.fromkeys(names))}: {told(line)}" for line, names in groups.items()]


def contacts(frame: Frame, *, on_call: str = "") -> list[str]:
    """How to reach people here, on one line; without what the route beside it says already."""
    if frame.local is None:
        return []
    lines = [line for line in frame.local.contacts if line.text not in on_call]
    said: dict[str, list[str]] = {}
    for line in lines:
        said.setdefault(f"_{whose(line)}:_", []).append(escape(line.text))
    return [" ".join(f"{who} {'; '.join(texts)}." for who, texts in said.items())] if said else []


def review_banner(frame: Frame) -> list[str]:
    """Said when the hospital's own files are past their review date."""
    local = frame.local
    if local is None or not local.review_overdue:
        return []
    due = short_date(local.review_due_on)
    text = f":warning: *The local content of {escape(local.hospital)} was due for review on {due}.*"
    return [f"{text} Check restrictions, stock and contacts with pharmacy."]


def footer(frame: Frame) -> list[str]:
    """Whose local content this answer holds, and exactly which."""
    local, digest = frame.local, frame.edition.overlay_digest
    if local is None or digest is None:
        return []
    owned = f"{escape(local.hospital)}, {escape(local.owner)}, {short_date(local.dated)}"
    due = f"next review {short_date(local.review_due_on)}"
    return [f"Local content: {owned}, {due}, digest {digest[:12]}. Not part of the reviewed edition."]


def short_date(day: date) -> str:
    """A date that leaves room for the words: "1 Oct 2026"."""
    return f"{day.day} {day:%b %Y}"
