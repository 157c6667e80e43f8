"""What other sources say and where sources differ, one line a source or topic."""

from __future__ import annotations

import re
from collections.abc import Iterable

from handlers.layouts.blocks import escape
from handlers.layouts.references import References, shown_date
from knowledge.answer import ConflictView, OtherGuidance, PositionView

_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")


def conflicts(views: Iterable[ConflictView], refs: References, *, full: bool = False) -> list[str]:
    """Topics on which sources differ, newest guidance first, each with its date; in full also how this bot shows it."""
    shown = [(view, f"\n   _Shown here: {escape(view.how_shown)}_" if full else "") for view in views]
    return [_conflict(view, refs) + how for view, how in shown]


def others(views: Iterable[OtherGuidance], refs: References) -> list[str]:
    """Other editions, guidelines and the article, as what they are."""
    return [_other(view, refs) for view in views]


def _conflict(view: ConflictView, refs: References) -> str:
    return "\n".join([f"• *{escape(view.topic)}*", *(f"   {_position(p, refs)}" for p in view.positions)])


def _position(position: PositionView, refs: References) -> str:
    cited = position.citation
    dated = _dated(cited.short, cited.dated)
    return f"{escape(cited.short)}{dated}: {escape(position.says)}{_caveat(position.caveat)} {refs.marks([cited])}"


def _other(view: OtherGuidance, refs: References) -> str:
    listed = (("first", view.preferred), ("then", view.alternative), ("against", view.not_suggested))
    told = [f"{word}: {escape(', '.join(names))}" for word, names in listed if names]
    told += [escape(text) for text in view.conditions]
    dated = _dated(view.title, view.dated)
    return f"• *{escape(view.title)}*{dated}: {'; '.join(told)}{_caveat(view.caveat)} {refs.marks([view.citation])}"


def _dated(name: str, iso: str | None) -> str:
    """The date of a source unless its name tells it."""
    if iso:
        return "" if shown_date(iso) in name else f" ({shown_date(iso)})"
    return "" if _YEAR.search(name) else " (no date given)"


def _caveat(text: str | None) -> str:
    return f" _(Caveat: {escape(text)})_" if text else ""
