"""What other sources say and where sources differ, one line a source or topic."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.layouts.blocks import escape
from handlers.layouts.references import References, shown_date
from knowledge.answer import ConflictView, OtherGuidance


def conflicts(views: Iterable[ConflictView], refs: References, *, full: bool = False) -> list[str]:
    """Topics on which sources differ, side by side, newest guidance first; in full also how this bot shows them."""
    shown = [(view, f" _Shown here: {escape(view.how_shown)}_" if full else "") for view in views]
    return [_conflict(view, refs) + how for view, how in shown]


def others(views: Iterable[OtherGuidance], refs: References) -> list[str]:
    """Other editions, guidelines and the article, as what they are."""
    return [_other(view, refs) for view in views]


def _conflict(view: ConflictView, refs: References) -> str:
    positions = "; ".join(
        f"{escape(p.citation.short)}: {escape(p.says)}{_caveat(p.caveat)} {refs.marks([p.citation])}"
        for p in view.positions
    )
    return f"• *{escape(view.topic)}.* {positions}"


def _other(view: OtherGuidance, refs: References) -> str:
    listed = (("first", view.preferred), ("then", view.alternative), ("against", view.not_suggested))
    told = [f"{word}: {escape(', '.join(names))}" for word, names in listed if names]
    told += [escape(text) for text in view.conditions]
    dated = f" ({shown_date(view.dated)})" if view.dated and shown_date(view.dated) not in view.title else ""
    return f"• *{escape(view.title)}*{dated}: {'; '.join(told)}{_caveat(view.caveat)} {refs.marks([view.citation])}"


def _caveat(text: str | None) -> str:
    return f" _(Caveat: {escape(text)})_" if text else ""
