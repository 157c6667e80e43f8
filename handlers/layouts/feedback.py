"""Feedback: the reasons of a thumbs-down, the thanks, and what the content owner reads."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from handlers.layouts.blocks import Block, context, escape, input_block, note, option, plain, section
from handlers.layouts.labels import Names, understood
from handlers.replies import parsed_from
from knowledge.question import Question


class Reason(StrEnum):
    """Why an answer did not help."""

    WRONG_PARSE = "wrong_parse"
    OUTDATED = "outdated"
    LOCAL_POLICY_DIFFERS = "local_policy_differs"
    UNCLEAR = "unclear"
    OTHER = "other"


_REASONS = {
    Reason.WRONG_PARSE: "I was understood wrongly",
    Reason.OUTDATED: "The content looks outdated",
    Reason.LOCAL_POLICY_DIFFERS: "Our local policy differs",
    Reason.UNCLEAR: "The answer is unclear",
    Reason.OTHER: "Something else",
}


def form(private_metadata: str) -> Block:
    """Asks why; there is no field for words, so that no patient ends up in it."""
    radio = {
        "type": "radio_buttons",
        "action_id": "reason",
        "options": [option(label, reason.value) for reason, label in _REASONS.items()],
    }
    return {
        "type": "modal",
        "callback_id": "feedback",
        "title": plain("Not helpful"),
        "submit": plain("Send"),
        "close": plain("Cancel"),
        "private_metadata": private_metadata,
        "blocks": [
            input_block("reason", "What was wrong?", radio),
            context("Goes to those who look after the content, with what was understood and never your words."),
        ],
    }


def report(reason: Reason, rid: str, question: Question | None, names: Names) -> dict[str, Any]:
    """To the content owner: what was asked as understood, why it did not help, and where to find it."""
    label = escape(understood(parsed_from(question), names)) if question else "not kept"
    lead = f"*Answer not helpful: {_REASONS[reason].lower()}*"
    blocks = [
        section(f"{lead}\n*Understood as:* {label}"),
        context(f"Request {rid}: `cre-bot audit show {rid}`"),
    ]
    return {"text": f"{lead.replace('*', '')}: {label}. Request {rid}", "blocks": blocks}


def thanks() -> dict[str, Any]:
    """For a thumbs-up."""
    return note("Thank you. That is recorded.")


def thanks_for_reason(*, reached: bool) -> dict[str, Any]:
    """For a thumbs-down."""
    where = " and sent to those who look after the content" if reached else ""
    return note(f"Thank you. That is recorded{where}. If the patient cannot wait, ask ID or pharmacy.")


def counted_already() -> dict[str, Any]:
    """For what changes nothing."""
    return note("You have told me about this answer already. Your first word counts.")
