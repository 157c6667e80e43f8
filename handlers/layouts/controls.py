"""The rows of controls under an answer: few, in words, and the same on every answer."""

from __future__ import annotations

from handlers.layouts.blocks import Block, actions, button, feedback
from handlers.layouts.encoding import encode
from knowledge.question import Question


def correct(question: Question) -> Block:
    """Beside what was understood."""
    return button("Correct this", "correct", encode(question))


def consult(question: Question) -> Block:
    """Beside the line on infectious-diseases consultation."""
    return button("Ask ID to consult", "consult", encode(question))


def fitting(question: Question) -> list[Block]:
    """What makes regimens fit the patient better."""
    value = encode(question)
    return [
        button("Set renal function", "set_renal", value, primary=question.renal is None),
        button("Report R/S", "set_reports", value),
        button("Allergy", "set_allergy", value),
    ]


def first_row(question: Question, *, offered: bool, shareable: bool, in_thread: bool) -> list[Block]:
    """Better fit, where regimens are `offered`, and the way to show the answer to others."""
    row = fitting(question) if offered else []
    if shareable:
        row.append(button("Share to thread" if in_thread else "Share to channel", "share", encode(question)))
    return [actions(row)] if row else []


def last_row(question: Question) -> Block:
    """Where the rest stands, and a new start."""
    value = encode(question)
    return actions(
        [
            button("Details", "show_details", value),
            button("What the article says", "show_article", value),
            new_question(question),
        ]
    )


def new_question(question: Question, label: str = "New question") -> Block:
    """Opens the form."""
    return button(label, "new_question", encode(question))


def ending(question: Question, *rows: Block) -> list[Block]:
    """The last rows, feedback beneath."""
    return [*rows, feedback(encode(question))]
