"""Whose a mechanism is: the patient's, somebody else's, or only talked about; two that nothing joins are asked."""

from __future__ import annotations

import pytest

from tests.handlers.understanding.reader import read

OTHERS = (
    "neighbour in bed 3 has {}", "his brother has {}", "the wife had {} last month", "the sink drain grew {}",
    "{} is from bed 12, not this patient", "contact of a known {} case", "the QC strain is {}",
    "the {} belongs to the other patient", "his brother (same house) has {}", "{} (other pt)",
)  # fmt: skip
TALK = (
    "read a paper on {} last night", "everyone assumes {}", "i wish it was {}", "if this were {} i would know",
    "cza covers {}", "avibactam is active against {}", "attending says {}", "we were told {} by phone",
    "there is lots of {} around here", "do not tell me about {} again", "is it {}?", "the fellow insists {}",
)  # fmt: skip


@pytest.mark.parametrize("phrase", OTHERS)
def test_what_others_carry_is_not_the_patients(phrase: str) -> None:
    """It is left out beside the patient's own, and does not answer for a mechanism that is pending."""
    assert read(f"{phrase.format('KPC')}. our pt has NDM bacteremia").flat()["mechanisms"] == ["ndm"]
    assert read(f"{phrase.format('VIM')}. CRE bacteremia, PCR pending").flat()["mechanisms"] == ["unknown"]


@pytest.mark.parametrize("phrase", TALK)
def test_what_is_only_talked_about_gives_way(phrase: str) -> None:
    """It is left out beside what is reported."""
    found = read(f"{phrase.format('KPC')}; PCR: NDM detected, bacteremia")
    assert found.flat()["mechanisms"] == ["ndm"]
    assert not found.must_ask


def test_what_is_asked_about_alone_counts() -> None:
    """A mechanism that is only talked about is the question where nothing else is named."""
    assert read("which drugs are active against NDM in pneumonia?").flat()["mechanisms"] == ["ndm"]
    assert read("what if it were VIM?", "followup", ("kpc",), ("pneumonia",)).flat()["mechanisms"] == ["vim"]
    assert read("roommate of a KPC pt, isolate?").flat()["mechanisms"] == ["kpc"]


@pytest.mark.parametrize(
    "text",
    [
        "KPC bacteremia. NDM something on the sheet", "OXA-48 VAP on vim and vigour", "KPC VIM - typo, blood",
        "what about the IMP gene? KPC and then NDM VAP", "Pt A: KPC, blood. Pt B: NDM, VAP",
    ],
)  # fmt: skip
def test_two_that_nothing_joins_are_asked_about(text: str) -> None:
    """Of two mechanisms in two statements the bot never picks one, nor both."""
    found = read(text)
    assert not found.question.mechanisms
    assert found.doubts


@pytest.mark.parametrize(
    "text",
    [
        "NDM detected. Also OXA-48 detected. VAP", "KPC+ in blood, NDM+ in blood",
        "KPC klebsiella and NDM e coli in blood",
        "blood: KPC positive; NDM positive", "KPC VAP. also NDM", "dual producer KPC, NDM VAP",
    ],
)  # fmt: skip
def test_two_that_are_joined_both_count(text: str) -> None:
    """A list, results of their own, "and" or "also" bring them together."""
    assert len(read(text).question.mechanisms) == 2


@pytest.mark.parametrize(
    ("text", "mechanisms"),
    [
        ('told "NDM"; report: KPC detected, NDM not detected. BSI', ["kpc"]),
        ("previous sheet KPC. current: NDM, no KPC. bacteremia", ["ndm"]),
        ("was KPC -> now NDM. blood cx", ["ndm"]),
        ("bld cx pos: KPC(+) NDM(-) VIM(-)", ["kpc"]),
        ("KPC N | NDM Y | VIM N, blood", ["ndm"]),
        ("we test for KPC and NDM. both negative. VIM pos. blood", ["vim"]),
    ],
)
def test_the_statement_that_denies_one_and_names_the_other_decides(text: str, mechanisms: list[str]) -> None:
    """Corrections and results in rows are read as such."""
    assert read(text).flat()["mechanisms"] == mechanisms
