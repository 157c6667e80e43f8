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


def first_row(question: Question, *, shareable: bool, in_thread: bool) -> Block:
    """What makes the answer fit the patient better, and the way to show it to others."""
    value = encode(question)
    row = [
        button("Set renal function", "set_renal", value, primary=question.renal is None),
        button("Report R/S", "set_reports", value),
        button("Allergy", "set_allergy", value),
    ]
    if shareable:
        row.append(button("Share to thread" if in_thread else "Share to channel", "share", value))
    return actions(row)


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


def new_question(question: Question) -> Block:
    """Opens the form."""
    return button("New question", "new_question", encode(question))


def ending(question: Question, *rows: Block) -> list[Block]:
    """The last rows, feedback beneath."""
    return [*rows, feedback(encode(question))]
