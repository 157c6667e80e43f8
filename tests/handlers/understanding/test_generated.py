"""Labelled and generated messages: nothing dangerous among thousands, and every finding where it was put."""

from __future__ import annotations

import random

from tests.fuzz.notes import make_note
from tests.fuzz.safety import count
from tests.handlers.understanding.reader import read

MESSAGES = 5000


def test_no_message_is_read_dangerously() -> None:
    """No wrong mechanism or antimicrobial, no negation or dialysis missed; at most 3 % are asked about needlessly."""
    counts = count(MESSAGES)
    print(counts)
    assert not counts.wrong_mechanism
    assert not counts.wrong_antimicrobial
    assert not counts.missed_negation
    assert not counts.missed_dialysis
    assert counts.safe, str(counts)


def test_findings_are_read_whatever_stands_around_them() -> None:
    """Sites, kidney function, reports and allergies of generated notes are read as they were written, in any order."""
    rng = random.Random(7)  # noqa: S311  # a fixed sequence of test messages
    for _ in range(2000):
        note = make_note(rng)
        got = read(note.text, note.surface, *note.context).flat()
        for field in ("sites", "renal", "resistant", "susceptible", "allergy", "intent"):
            assert got[field] == note.want[field], (field, note.text)
