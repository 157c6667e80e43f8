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
_MOST_UNDER_ONE = 1000  # characters: a section holds a whole regimen
_DETAILS = "Open *Details* to read it."


def title(frame: Frame) -> str:
    """The heading under which a line needs only its owner and date."""
    return escape(plain_title(frame))


def plain_title(frame: Frame) -> str:
    """The same where nothing is escaped."""
    return f"Local ({frame.local.hospital})" if frame.local else ""


def told(line: LocalLine) -> str:
    """A statement on its own: "Local (General Hospital, pharmacy, 1 Oct 2026): …"."""
    return f"_{line.label} ({escape(line.hospital)}, {_owned(line)}):_ {escape(line.text)}"


def marks(view: RegimenView) -> list[str]:
    """What stands under a regimen: restrictions and stock. What would make it too long is pointed to."""
    lines: list[str] = []
    for line in view.local:
        lines.append(f"   {told(line)}")
        if sum(map(len, lines)) > _MOST_UNDER_ONE:
            who = f"_{line.label} ({escape(line.hospital)}):_"
            return [*lines[:-1], f"   {who} more restrictions or words on stock. {_DETAILS}"]
    return lines


def grouped_marks(views: Iterable[RegimenView]) -> list[str]:
    """The same under the heading, equal words told once for all their regimens."""
    groups: dict[LocalLine, list[str]] = {}
    for view in views:
        for line in view.local:
            groups.setdefault(line, []).append(view.name)
    return [f"• *{escape(', '.join(dict.fromkeys(names)))}:* {_under(line)}" for line, names in groups.items()]


def marked(views: Iterable[RegimenView]) -> list[str]:
    """Where there is no room even for that: which regimens have a restriction or a word on stock."""
    names = ", ".join(dict.fromkeys(view.name for view in views if view.local))
    return [f"• *{escape(names)}:* restricted or with a word on stock. {_DETAILS}"] if names else []


def bullets(lines: Iterable[LocalLine], _: References) -> list[str]:
    """Notes and antibiogram, under the heading."""
    return [f"• {_under(line)}" for line in lines]


def not_offered(hidden: Sequence[NotOffered], refs: References) -> list[str]:
    """Regimens of the guidance that this hospital does not offer, each with where it stands in the guidance."""
    groups: dict[LocalLine, list[str]] = {}
    for one in hidden:
        named = f"*{escape(one.name)}* ({_LISTED[one.listed_as]} {refs.marks(one.citations, most=1)})"
        groups.setdefault(one.local, []).append(named)
    return [f"• {', '.join(dict.fromkeys(names))}: {told(line)}" for line, names in groups.items()]


def not_offered_names(hidden: Sequence[NotOffered], _: References) -> list[str]:
    """Where there is no room for the reasons."""
    names = ", ".join(dict.fromkeys(one.name for one in hidden))
    return [f"• *{escape(names)}* _({hidden[0].local.label}, {escape(hidden[0].local.hospital)})_. {_DETAILS}"]


def contacts(frame: Frame, *, on_call: str = "") -> list[str]:
    """How to reach people here, on one line; without what the route beside it says already."""
    lines = [line for line in frame.local.contacts if line.text not in on_call] if frame.local else []
    return [f"_{title(frame)}:_ {'; '.join(_under(line) for line in lines)}."] if lines else []


def review_banner(frame: Frame) -> list[str]:
    """Said when the hospital's own files are past their review date."""
    local = frame.local
    if local is None or not local.review_overdue:
        return []
    due = short_date(local.review_due_on)
    text = f"*The local content of {escape(local.hospital)} was due for review on {due}.*"
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


def _owned(line: LocalLine) -> str:
    return f"{escape(line.owner)}, {short_date(line.dated)}"


def _under(line: LocalLine) -> str:
    """A statement under a heading that names the hospital."""
    return f"{escape(line.text)} _({_owned(line)})_"
