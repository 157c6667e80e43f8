"""`respond`: from what was understood to the reply. Pure, the same for every door."""

from __future__ import annotations

from datetime import date
from typing import Literal

from handlers.parsed import Parsed
from handlers.replies import Answered, Asked, Helped, NotCovered, OutOfScope, Reply
from handlers.understanding.thread import must_ask
from knowledge.answer import Answer
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import Intent


def respond(parsed: Parsed, knowledge: KnowledgeBase, *, on: date | None = None) -> Reply:
    """The reply to a parsed message. `on` is the day of asking: past the review date the answer says so."""
    question = parsed.question
    if question.intent is Intent.OUT_OF_SCOPE:
        return OutOfScope(parsed)
    if question.intent is Intent.HELP:
        return Helped(parsed)
    missing = still_missing(question)
    if parsed.too_long or parsed.doubts or missing:
        return Asked(parsed, missing, parsed.doubts)
    result = knowledge.answer(question, on=on)
    return Answered(parsed, result) if isinstance(result, Answer) else NotCovered(parsed, result)


def still_missing(question: Question) -> tuple[Literal["mechanism", "site"], ...]:
    """What must be asked before this question can be answered."""
    return must_ask(question.intent, question.mechanisms, question.sites, bool(question.antimicrobials))
