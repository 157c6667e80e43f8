"""The insights for reviewers: in words and lines for a modal, as charts with a table for a private message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.insights import DISCLAIMER, LEAST_WEEKS, METHOD, Insights, Signal
from handlers.layouts.blocks import (
    Block,
    actions,
    alert,
    button,
    chart,
    context,
    escape,
    plain,
    section,
    sections,
    table,
)
from handlers.layouts.pickers import SHORT_MECHANISMS, SHORT_SITES
from handlers.layouts.review_form import OUTCOMES, VERDICTS
from handlers.review import Desk
from handlers.reviewing import Unread

MOST_CATEGORIES = 20  # in one chart, 20 characters a label
_LABEL = 20
_MECHANISMS = {each.value: label for each, label in SHORT_MECHANISMS.items()}
_SITES = {each.value: label for each, label in SHORT_SITES.items()}
_LIMITS = {"user": "one person", "channel": "one channel", "workspace": "the workspace"}
_WIDTH = 24
_UNREAD = {
    "not_recorded": "This look could not be recorded, and nothing is shown unrecorded. Try again in a minute.",
    "not_readable": "The audit log cannot be read just now. Try again in a minute.",
    "not_found": "There is nothing to count.",
}


def insights_modal(desk: Desk, found: Insights | Unread) -> Block:
    """Every figure in words; modals take no charts, so those come as a private message."""
    back = button("Back to the list", "review_list", "back")
    if isinstance(found, Unread):
        return _modal([alert(_UNREAD[found.why], "error"), actions([back])], desk)
    blocks: list[Block] = [
        *sections(title(found), figures(found)),
        *sections("Signal", signal_lines(found)),
    ]
    for heading, counts in tables(found):
        blocks += sections(heading, _bars(counts) or ["none"])
    row = actions([button("Send me the charts", "review_charts", "charts", primary=True), back])
    return _modal([*blocks, row, context(f"{DISCLAIMER} {METHOD}")], desk)


def chart_messages(found: Insights) -> list[dict[str, Any]]:
    """Two private messages: two charts each, a table of the same numbers, and all of it as text."""
    days = found.by_day[-MOST_CATEGORIES:]
    by_day = {f"{day:%-d %b}": count for day, count in days}
    named = dict(tables(found))
    first: list[Block] = [
        *sections(title(found), figures(found)),
        *sections("Signal", signal_lines(found)),
        *_chart("Questions by day (UTC)", by_day),
        *_chart("Questions by mechanism", named["By mechanism"]),
        table([["day (UTC)", "questions"], *([f"{day:%a %-d %b %Y}", str(count)] for day, count in found.by_day)]),
        context(f"{DISCLAIMER} {METHOD}"),
    ]
    rows = [[heading, word, str(count)] for heading, counts in named.items() for word, count in counts.items()]
    second: list[Block] = [
        *_chart("Questions by site", named["By site"]),
        *_chart("Questions by outcome", named["By outcome"]),
        table([["what", "which", "how many"], *rows[:99]]) if rows else section("Nothing was counted."),
        context(DISCLAIMER),
    ]
    words = [title(found), *figures(found), *signal_lines(found)]
    counted = [
        f"{heading}: {', '.join(f'{word} {count}' for word, count in each.items()) or 'none'}"
        for heading, each in named.items()
    ]
    return [
        {"text": _text([*words, DISCLAIMER]), "blocks": first},
        {"text": _text([*counted, DISCLAIMER]), "blocks": second},
    ]


def title(found: Insights) -> str:
    """Which days."""
    return f"Insights, {found.first:%-d %b %Y} to {found.last:%-d %b %Y} (UTC)"


def figures(found: Insights) -> list[str]:
    """The single numbers, a line each."""
    ended = [f"{word} {found.endings.get(word, 0)}" for word in ("delivered", "failed", "unknown")]
    lines = [
        f"Questions: {found.questions} (and {found.taps} choices, forms and further views)",
        f"Asked back: {_share(found.asked_back)}",
        f"In scope without an answer: {found.unanswered}; out of scope: {found.outcomes.get('out_of_scope', 0)}",
        f"Denied: {found.outcomes.get('denied', 0)}; limits reached: {found.outcomes.get('limited', 0)}",
        f"Feedback: helpful {found.feedback.get('good', 0)}, not helpful {found.feedback.get('bad', 0)}",
        f"Deliveries: {', '.join(ended)}",
    ]
    if found.answer_ms:
        half, most = found.answer_ms["p50"], found.answer_ms["p95"]
        lines.append(f"Answer time, recorded and delivered: half within {half} ms, 95% within {most} ms")
    if found.counted_from is not None:
        lines.append(f"The log is too long to count whole: from {found.counted_from:%-d %b %Y} on.")
    if found.unreadable:
        lines.append(f"Entries that could not be read: {found.unreadable}. Run cre-bot audit verify.")
    return lines


def signal_lines(found: Insights) -> list[str]:
    """What was asked about more than before, or that nothing was."""
    if found.signals:
        return [_signal(each) for each in found.signals]
    if found.history_weeks < LEAST_WEEKS:
        return [
            f"No statement: {found.history_weeks} whole weeks of record before the last 7 days, {LEAST_WEEKS} needed."
        ]
    return [f"No mechanism was asked about clearly more than in its own {found.history_weeks} weeks before."]


def tables(found: Insights) -> list[tuple[str, Mapping[str, int]]]:
    """Each table with its words as labels."""
    return [
        ("By mechanism", _labelled(found.mechanisms, _MECHANISMS)),
        ("By site", _labelled(found.sites, _SITES)),
        ("By outcome", _labelled(found.outcomes, OUTCOMES)),
        ("By surface", dict(found.surfaces)),
        ("By edition", dict(found.editions)),
        ("Feedback", _labelled(found.feedback, VERDICTS)),
        ("Limits reached", _labelled(found.limits, _LIMITS)),
    ]


def _signal(signal: Signal) -> str:
    name = _MECHANISMS.get(signal.mechanism, signal.mechanism)
    return (
        f"More questions naming {name}: {signal.count} in the last 7 days, {signal.mean:.1f} a week before "
        f"(threshold {signal.threshold:.1f})."
    )


def _labelled(counts: Mapping[str, int], labels: Mapping[str, str]) -> dict[str, int]:
    return {labels.get(word, word): count for word, count in counts.items()}


def _bars(counts: Mapping[str, int]) -> list[str]:
    most = max(counts.values(), default=0)
    return [f"{'█' * max(1, round(_WIDTH * n / most))} {escape(word)}: {n}" for word, n in counts.items() if n]


def _chart(name: str, counts: Mapping[str, int]) -> list[Block]:
    """One series of bars; labels are cut to what a chart takes and stay apart from each other."""
    if not any(counts.values()):
        return [context(f"{name}: none")]
    cut: dict[str, float] = {}
    for word, count in list(counts.items())[:MOST_CATEGORIES]:
        label = word if len(word) <= _LABEL else f"{word[: _LABEL - 1]}…"
        number = 2
        while label in cut:
            label, number = f"{word[: _LABEL - 3]}…{number}", number + 1
        cut[label] = count
    return [chart(name, "questions", list(cut), {"questions": list(cut.values())})]


def _share(value: float | None) -> str:
    return "no questions" if value is None else f"{value:.0%} of the questions"


def _text(lines: Sequence[str]) -> str:
    return escape("\n".join(lines))


def _modal(blocks: list[Block], desk: Desk) -> Block:
    return {
        "type": "modal",
        "callback_id": "review",
        "title": plain("Insights"),
        "close": plain("Close"),
        "private_metadata": desk.model_dump_json(exclude_none=True),
        "blocks": blocks,
    }
