"""The explanation of a reading: which words led to what, how each finding stands and why, and what is asked."""

from __future__ import annotations

import pytest

from handlers.parsed import Context
from handlers.understanding.explanation import Explanation, explain
from tests.fuzz.safety import labelled
from tests.handlers.understanding.reader import read, vocabulary


def told(text: str) -> Explanation:
    """The explanation of a mention without a thread."""
    return explain(text, "mention", Context(), vocabulary())


@pytest.mark.parametrize(
    ("text", "words", "value", "standing", "because"),
    [
        ("KPC not detected. CRE VAP", "kpc", "kpc", "negative", '"not detected"'),
        ("no NDM, VAP", "ndm", "ndm", "negative", '"no"'),
        ("KPC VAP, prior osteomyelitis", "osteomyelitis", "bone_joint", "past", '"prior"'),
        ("KPC, suspected cholangitis", "cholangitis", "ciai", "suspected", '"suspected"'),
        ("NDM pending, BSI", "ndm", "ndm", "awaited", '"pending"'),
        ("KPC-/NDM+ VAP", "kpc", "kpc", "negative", "the sign beside it"),
        ("KPC VAP, not on dialysis", "dialysis", "hd", "negative", '"not on"'),
        ("KPC VAP, mero R", "mero", "meropenem", "reported R", ""),
        ("KPC VAP", "vap", "pneumonia", "present", ""),
    ],
)
def test_each_finding_with_its_cue(text: str, words: str, value: str, standing: str, because: str) -> None:
    """Every finding is listed with its words, its standing, and the words that decided it."""
    step = next(step for step in told(text).steps if step.words == words)
    assert (step.value, step.standing, step.because) == (value, standing, because)


def test_typing_errors_are_shown_as_typed_and_as_read() -> None:
    """A site read through a typing error is told with both spellings."""
    assert told("KPC pnuemonia").corrections == (("pnuemonia", "pneumonia"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("VAP", "Asks for the mechanism: none was named"),
        ("the lab suspects KPC, VAP", "Asks for the mechanism: kpc is named, but not as found."),
        ("was KPC ever checked? VAP", "kpc is named, but not plainly as found."),
        ("KPC negative, VAP", "only negative ones were reported (kpc)"),
        ("KPC", "Asks for the site"),
        ("KPC VAP. KPC negative", "present and as reporting it absent"),
        ("kcp VAP", "Asks whether kpc was meant"),
        ("KPC VAP, polymyxin?", "Asks which antimicrobial was meant"),
        ("CRAB VAP", "Declined: out of scope (other organism)"),
        ("KPC VAP, not on HD", "not being given"),
        ("KPC " * 1500, "Nothing was read"),
    ],
)
def test_the_reason_for_every_question_and_refusal(text: str, reason: str) -> None:
    """What would be asked or declined is told with its reason."""
    assert any(reason in one for one in told(text).reasons)


def test_nothing_to_ask_gives_no_reason() -> None:
    """A message that would be answered has no reason to ask."""
    assert told("KPC VAP, CrCl 30").reasons == ()


def test_every_mechanism_and_site_read_has_its_step() -> None:
    """No field of a labelled message without the words that led to it; the parse is the same with and without."""
    for note in labelled():
        if note.context != ((), ()):
            continue
        explanation = told(note.text)
        assert explanation.parsed == read(note.text)
        values = {step.value for step in explanation.steps}
        for ident in (*explanation.parsed.question.mechanisms, *explanation.parsed.question.sites):
            assert ident.value in values or ident.value in ("unknown", "non_cp", "mbl"), note.text


def test_whose_a_finding_is_and_what_stands_apart_is_told() -> None:
    """What somebody else carries is marked with the word that said so; two mechanisms apart are asked about at once."""
    steps = {step.words: step for step in told("NDM bacteremia, roommate has VIM, everyone assumes KPC").steps}
    assert (steps["vim"].standing, steps["vim"].because) == ("somebody else's", '"roommate"')
    assert steps["kpc"].standing == "guessed"
    assert any(
        "kpc, ndm are named apart" in reason for reason in told("KPC bacteremia. NDM on the other sheet").reasons
    )
