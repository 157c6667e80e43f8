"""The answer: first what a tired reader needs, then folds that may give way to Slack's limits, never a caveat."""

from __future__ import annotations

from handlers.layouts import controls, fold_parts, leading, local_lines
from handlers.layouts.blocks import Block, context, divider, escape, weight
from handlers.layouts.drawing import Drawn, Part, draw
from handlers.layouts.references import shown_date
from handlers.layouts.regimen_lines import anything_offered
from handlers.layouts.view import View
from handlers.replies import Answered
from knowledge.answer import Frame

_LEFT_OUT = "Left out here for length, in part or whole: {}. Open *Details* to read it."
_SOURCES = "Which source says what did not fit here: open *Details*."
_MOST_NAMED = 4
_LEFT_OUT_BYTES = 300


def answered(reply: Answered, view: View) -> list[Block]:
    """The message for an answer."""
    answer = reply.answer
    question = answer.question
    tail = footer(answer)
    offered = anything_offered(answer)
    first = controls.first_row(question, offered=offered, shareable=view.shareable, in_thread=view.in_thread)
    last = controls.ending(question, controls.last_row(question))
    drawn = _drawn(reply, view, weight([*tail, *first, *last]) + _LEFT_OUT_BYTES)
    return [*drawn.open, *tail, *first, *drawn.folded, *_left_out(drawn), *last]


def _drawn(reply: Answered, view: View, reserve: int) -> Drawn:
    """In full if what is required fits, else step by step shorter; what is never cut is a line that safety demands."""
    folding = fold_parts.folding(reply.answer, view)
    drawn = draw(parts(reply, view), reserve=reserve, folding=folding)
    if drawn.overflow:
        drawn = draw(parts(reply, view, brief=True), reserve=reserve, folding=folding)
    if drawn.overflow and reply.answer.local:
        drawn = draw(parts(reply, view, brief=True, terse=True), reserve=reserve, folding=folding)
    if drawn.overflow:
        shortest = [*parts(reply, view, brief=True, terse=True), Part("", lambda _: [_SOURCES])]
        drawn = draw(shortest, reserve=reserve, folding=folding, referenced=False)
    if drawn.overflow:
        drawn = draw(leading.names_only(reply, view), reserve=reserve)
    return drawn


def parts(reply: Answered, view: View, *, brief: bool = False, terse: bool = False) -> list[Part]:
    """The parts of an answer in reading order: open ones, then folds."""
    opened = leading.parts(reply, view, brief=brief, terse=terse)
    return [*opened, *fold_parts.parts(reply.answer, view, brief=brief)]


def _left_out(drawn: Drawn) -> list[Block]:
    if not drawn.left_out:
        return []
    named = [escape(title.lower()) for title in drawn.left_out[:_MOST_NAMED]]
    more = ["more"] if len(drawn.left_out) > _MOST_NAMED else []
    return [context(_LEFT_OUT.format("; ".join(named + more)))]


def footer(answer: Frame) -> list[Block]:
    """Review status, edition and disclaimer: never dropped."""
    edition = answer.edition
    compiled = shown_date(edition.compiled_on.isoformat())
    return [
        divider(),
        context(
            f"*Status: {escape(answer.status)}.* Edition {escape(edition.id)}, {compiled}. {escape(edition.basis)}",
            escape(answer.disclaimer),
            *local_lines.footer(answer),
        ),
    ]
