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
    ("text", "counted"),
    [
        ("Re: Janet Doe, DOB 1/2/1950, ward12 bed B4", {"name": 1, "birth_date": 1, "room": 2}),
        ("Mr Doe mrn: AB 44-00-71, call me at 5550142", {"name": 1, "record_number": 1, "phone": 1}),
        ("cc a.b@example.org and c@example.org, hosp no 7730021", {"email": 2, "record_number": 1}),
        ("Doe, Janet NHS no 999 000 1234, in 4B", {"name": 1, "record_number": 1, "room": 1}),
        ("born on 3 May 1950, 123-45-6789", {"birth_date": 1, "social_security": 1}),
        ("summary: bedside swarm, stationary, account of the dobutamine", {}),
    ],
)
def test_identifiers_are_counted_once(text: str, counted: dict[str, int]) -> None:
    """Each kind with its number, whatever stands glued to it; none inside a word."""
    assert dict(read(f"{text}. KPC").identifiers) == counted


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
