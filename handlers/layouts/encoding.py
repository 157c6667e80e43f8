"""A question in a button's value: ids only, so that any replica can go on from any message."""

from __future__ import annotations

from knowledge.question import Question


def encode(question: Question) -> str:
    """The question as compact JSON; a button value holds 2,000 characters."""
    return question.canonical().model_dump_json(exclude_defaults=True)


def decode(value: str) -> Question:
    """The question of a button. Raises ValueError when the value is not ours."""
    return Question.model_validate_json(value)
