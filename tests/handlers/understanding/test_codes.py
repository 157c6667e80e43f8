"""Short codes that are words of the ward too are antimicrobials or sites only where they are meant."""

from __future__ import annotations

import pytest

from tests.handlers.understanding.reader import read


@pytest.mark.parametrize(
    "said",
    [
        "stable atm", "atm she is on CRRT", "on mero atm", "on mero atm, 74M", "nothing pending atm",
        "what to use atm", "options plz",
        "plz help", "74M gent", "elderly gent", "gent in bed 4", "gent is 80 yo", "lovely old gent", "on nitro drip",
        "renal transplant on aza and pred", "on lev for seizures", "HIV on azt", "2 mem of staff looked at him",
    ],
)  # fmt: skip
def test_words_of_the_ward_are_no_antimicrobial(said: str) -> None:
    """Nothing is answered about an antimicrobial that nobody meant."""
    named = read(f"NDM bacteremia, {said}").question.antimicrobials
    assert not {"aztreonam", "plazomicin", "gentamicin", "nitrofurantoin"} & set(named), named
    assert not {"aztreonam-avibactam", "levofloxacin"} & set(named), named
    assert "mem" not in said or "meropenem" not in named


@pytest.mark.parametrize(
    ("said", "antimicrobial"),
    [
        ("cza + atm?", "aztreonam"), ("caz-avi and atm", "aztreonam"),
        ("atm 2 g q6h with cza", "aztreonam"), ("stop the gent?", "gentamicin"), ("gent with mero?", "gentamicin"),
        ("is gent enough", "gentamicin"), ("gent levels?", "gentamicin"), ("nitro ok?", "nitrofurantoin"),
        ("mem 2g q8", "meropenem"), ("on mem", "meropenem"), ("lev or cipro?", "levofloxacin"),
    ],
)  # fmt: skip
def test_the_same_codes_where_they_are_meant(said: str, antimicrobial: str) -> None:
    """Beside a dose, another antimicrobial, or what is done with one."""
    question = read(f"NDM UTI, {said}").question
    assert antimicrobial in question.antimicrobials


@pytest.mark.parametrize(
    ("said", "resistant"),
    [
        ("ATM R", ["aztreonam"]), ("R: mero imi erta atm", ["meropenem", "imipenem", "ertapenem", "aztreonam"]),
        ("resist=ETP MEM ATM", ["ertapenem", "meropenem", "aztreonam"]), ("AZA MIC 16 R", ["aztreonam-avibactam"]),
        ("PLZ R, AMK R", ["plazomicin", "amikacin"]), ("gent R", ["gentamicin"]),
        ("MEM/ETP: R", ["meropenem", "ertapenem"]),
    ],
)  # fmt: skip
def test_a_report_makes_a_code_an_antimicrobial(said: str, resistant: list[str]) -> None:
    """Beside R or S, in a row of one report, or with a measured value."""
    assert sorted(read(f"NDM E. coli, blood. {said}").flat()["resistant"]) == sorted(resistant)


@pytest.mark.parametrize(
    ("said", "sites"),
    [
        ("SBP 78 on norad, KPC in blood", ["bacteremia"]), ("SBP>90, KPC VAP", ["pneumonia"]),
        ("SBP in the 80s, KPC VAP", ["pneumonia"]), ("SBP low, KPC VAP", ["pneumonia"]), ("KPC SBP", ["ciai"]),
        ("cirrhosis with SBP, KPC", ["ciai"]), ("SBP 2 weeks ago treated, now KPC SBP", ["ciai"]),
        ("CSF clear, KPC in blood", ["bacteremia"]), ("EVD already out, KPC in blood", ["bacteremia"]),
        ("CSF not sampled, KPC VAP", ["pneumonia"]),
        ("KPC VAP. Had a cystitis in January, treated. CrCl 70", ["pneumonia"]),
        ("1) BLOOD aer+anaer Klebsiella pneumoniae\n2) URINE K. pneumoniae\nKPC pyelo", ["bacteremia", "cuti"]),
    ],
)  # fmt: skip
def test_blood_pressure_and_clean_specimens_are_no_site(said: str, sites: list[str]) -> None:
    """A number behind SBP is a pressure; a specimen that is clear or was not taken is no infection."""
    assert sorted(read(said).flat()["sites"]) == sites


@pytest.mark.parametrize(
    "said",
    [
        "joint plan with surgeons", "head of dept asks", "TIPS shunt", "AV shunt", "chest team involved",
        "resp team happy",
        "blood group O", "heart valve replaced last year", "on SSI for DM", "poly-trauma", "head injury",
    ],
)  # fmt: skip
def test_words_beside_a_site_are_no_site(said: str) -> None:
    """Teams, plans and devices of other organs: the site is asked for."""
    found = read(f"{said}, KPC")
    assert (found.flat()["sites"], found.must_ask, found.doubts) == ([], ("site",), ())


def test_all_is_the_heading_of_allergies() -> None:
    """Before a class, with a colon; "all R" and "all: mero R" are none."""
    assert read("74M, all: PCN, sulfa. KPC in blood").flat()["allergy"] is True
    assert read("KPC in blood. all: mero R, erta R").flat()["allergy"] is False
    assert read("KPC in blood, all penicillins R").flat()["allergy"] is False


def test_normal_saline_is_no_report_and_a_catheter_no_filter() -> None:
    """ "In NS", "2 L NS"; a tunnelled catheter that is out says nothing of dialysis."""
    assert read("KPC BSI, mero in NS over 3 h").flat()["resistant"] == []
    assert read("KPC BSI, mero NS").flat()["resistant"] == ["meropenem"]
    assert read("TDC removed, KPC BSI").flat()["renal"] is None
    assert read("HD via TDC, KPC BSI").flat()["renal"] == {"dialysis": "hd"}


def test_an_esbl_that_carbapenems_reach_is_out_of_scope() -> None:
    """A negative carbapenemase test makes no CRE of it; a resistant carbapenem does."""
    assert (
        read("ESBL Klebsiella bacteremia, mero S, ertapenem S, carbapenemase negative").flat()["intent"]
        == "out_of_scope"
    )
    assert read("E. cloacae line sepsis: mCIM neg; AmpC; mero S; erta I").flat()["mechanisms"] == ["non_cp"]
    assert read("ESBL Klebsiella bacteremia, ertapenem R, mero S, carbapenemase negative").flat()["mechanisms"] == [
        "non_cp"
    ]


def test_an_outsider_of_another_patient_is_out_of_scope() -> None:
    """A neighbour's Pseudomonas is not answered with what the thread holds."""
    assert (
        read("what about his neighbour's Pseudomonas with VIM?", "followup", ("vim",), ("bacteremia",)).flat()["intent"]
        == "out_of_scope"
    )
