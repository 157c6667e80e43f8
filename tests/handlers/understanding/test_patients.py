"""Who the patient is: children in numbers and words, identifiers of every kind, dialysis that is denied."""

from __future__ import annotations

import pytest

from handlers.parsed import ScopeReason
from tests.handlers.understanding.reader import read


@pytest.mark.parametrize(
    "age",
    [
        *(
            "3 yo",
            "3 y/o",
            "3-year-old",
            "6 month old",
            "8yr M",
            "14 y F",
            "7 years of age",
            "aged 7",
            "seventeen year old",
        ),
        *("DOL 12", "ex-27-weeker", "neonate", "infant", "toddler", "paeds", "3 day-old", "3mo M"),
    ],
)
def test_a_child_is_declined(age: str) -> None:
    """Each way of saying that the patient is a child is out of scope."""
    assert read(f"KPC pyelo, {age}").scope_reason is ScopeReason.CHILD


@pytest.mark.parametrize(
    "text",
    [
        *("71 yo", "twenty seven year old", "2 year old graft", "amox rash age 5", "prosthetic knee 5 years old"),
        *("3 y ago had UTI", "7 day old cultures", "16F foley", "14 days of therapy"),
    ],
)
def test_ages_of_adults_and_things_are_not_a_child(text: str) -> None:
    """The ages of adults, devices and old reactions decline nothing."""
    assert read(f"KPC pyelo, {text}").scope_reason is None


@pytest.mark.parametrize(
    ("text", "kind", "seen"),
    [
        ("John Smith MRN 123456 KPC", "name", True),
        ("SMITH, John MRN 1234567 KPC", "name", True),
        ("Mary O'Brien 12/03/1944 KPC", "name", True),
        ("patient Jane Doe has KPC", "name", True),
        ("Dr Smith asks: KPC", "name", False),
        ("blood culture KPC Klebsiella 12/03/2024", "name", False),
        ("ward 7B, KPC", "room", True),
        ("ward round, KPC", "room", False),
        ("lives 12 Oak Street, KPC", "address", True),
    ],
)
def test_identifiers(text: str, kind: str, seen: bool) -> None:
    """Names without a title count beside a record number or date; clinicians and organisms do not."""
    assert (kind in dict(read(text).identifiers)) is seen


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        *(("not on dialysis", True), ("no HD", True), ("off CRRT", True), ("eGFR 18, not on HD", True)),
        *(("on HD", False), ("CrCl 30", False), ("off pressors, on HD", False)),
    ],
)
def test_denied_dialysis_is_visible(text: str, denied: bool) -> None:
    """Dialysis said not to be given is kept apart from dialysis not mentioned."""
    assert read(f"KPC bacteremia, {text}").renal_denied is denied
