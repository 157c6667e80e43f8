"""Allergies however they are written: none of the patient's is missed, and none of others or of the past is taken."""

from __future__ import annotations

import pytest

from knowledge.terms import AllergyClass
from tests.handlers.understanding.reader import read
from tests.handlers.understanding.test_phrases import phrases

PENICILLIN, CEPHALOSPORIN = AllergyClass.PENICILLIN, AllergyClass.CEPHALOSPORIN
CARBAPENEM, BETA_LACTAM = AllergyClass.CARBAPENEM, AllergyClass.BETA_LACTAM


@pytest.mark.parametrize(
    ("text", "allergy"),
    [
        ("pencillin alergy", PENICILLIN),
        ("penicilin allergey", PENICILLIN),
        ("pennicillen allery", PENICILLIN),
        ("amoxacillin anaphalaxis", PENICILLIN),
        ("agumentin hives", PENICILLIN),
        ("alergic to cefalozin", CEPHALOSPORIN),
        ("cephlosporin allergy", CEPHALOSPORIN),
        ("allergy to merepenem", CARBAPENEM),
        ("carbapenam rash", CARBAPENEM),
        ("anaphylaxsis to penecilin", PENICILLIN),
        ("DRESS on meropenem last admission", CARBAPENEM),
        ("DRESS 2/2 ceftriaxone", CEPHALOSPORIN),
        ("meropenem-induced DRESS", CARBAPENEM),
        ("DRESS (amoxicillin)", PENICILLIN),
        ("TEN to amoxicillin 2011", PENICILLIN),
        ("hx of TEN from ceftriaxone", CEPHALOSPORIN),
        ("SJS/TEN to cefazolin", CEPHALOSPORIN),
        ("HSR to cefuroxime", CEPHALOSPORIN),
        ("cefazolin HSR", CEPHALOSPORIN),
        ("Penicillinallergie (Exanthem)", PENICILLIN),
        ("Cephalosporinallergie bekannt", CEPHALOSPORIN),
        ("allergia alle cefalosporine", CEPHALOSPORIN),
        ("allergia alla penicillina", PENICILLIN),
        ("alergia a cefalosporinas", CEPHALOSPORIN),
        ("alergia às penicilinas", PENICILLIN),
        ("allergie aux pénicillines", PENICILLIN),
        ("allergie aux céphalosporines", CEPHALOSPORIN),
        ("allergia ai beta-lattamici", BETA_LACTAM),
        ("Alergias: penicilina", PENICILLIN),
        ("toxic epidermal necrolysis from ceftriaxone", CEPHALOSPORIN),
        ("amoxicillin made her throat swell", PENICILLIN),
        ("known allergy to ceftaz", CEPHALOSPORIN),
        ("delabelled for penicillin BUT true anaphylaxis to cefazolin", CEPHALOSPORIN),
        ("penicillin allergy removed, however cefazolin anaphylaxis in June", CEPHALOSPORIN),
        ("penicillin gives her hives", PENICILLIN),
        ("mother reports pcn allergy", PENICILLIN),
        ("wife states he had a pcn rash", PENICILLIN),
        ("Mum told her she was allergic to penicillin", PENICILLIN),
        ("per daughter allergic to penicillin", PENICILLIN),
        ("daughter says he is allergic to penicillin", PENICILLIN),
        ("his sister and he are allergic to penicillin", PENICILLIN),
        ("NKDA on chart but had anaphylaxis to penicillin", PENICILLIN),
        ("PCN hives, otherwise NKDA", PENICILLIN),
        ("has no sulfa allergy. penicillin rash", PENICILLIN),
    ],
)
def test_an_allergy_is_read(text: str, allergy: AllergyClass) -> None:
    """Typing errors, abbreviations, other languages and what relatives tell of the patient."""
    for whole in (f"{text}. KPC UTI", f"KPC UTI, {text}"):
        assert allergy in read(whole).question.allergies, whole


@pytest.mark.parametrize(
    "text",
    [
        "His brother is allergic to penicillin, he himself has had it",
        "Pt in next bed is the pen allergic one, not mine",
        "roommate is allergic to penicillin",
        "the amoxicillin anaphylaxis is his wife's, patient himself has no allergies",
        "family hx of penicillin allergy (mother)",
        "FHx: penicillin allergy",
        "thought to be PCN allergic, turned out to be mixed up. Corrected: NKDA",
        "PCN allergy on the chart, actually NKDA",
        "nessuna allergia ai beta-lattamici",
        "keine Penicillinallergie",
        "ten days of meropenem",
        "day ten on meropenem",
        "bed ten on ceftriaxone",
        "ten to fourteen days of meropenem",
        "dress the wound and give meropenem",
        "please dress with gauze, then meropenem",
        "how do we dress it? meropenem running",
        "HSR normal, meropenem running",
        "allergic to cipro, on mero",
        "penicillin allergy delabelled in 2022",
        "denies penicillin alergy",
        "mother is allergic to penicillin",
    ],
)
def test_no_allergy_of_the_patient(text: str) -> None:
    """Allergies of others, taken back or denied, and words that only look like one."""
    beta_lactams = {PENICILLIN, CEPHALOSPORIN, CARBAPENEM, BETA_LACTAM}
    assert not beta_lactams & set(read(f"KPC UTI. {text}").question.allergies)


def test_no_child_pregnancy_or_allergy_of_the_phrases_is_missed() -> None:
    """280 messages by another author: nothing out of scope is answered, no allergy missed, and few adults declined."""
    declined = taken = 0
    for row in phrases("scope.jsonl"):
        got = read(row["text"]).flat()
        out = got["intent"] == "out_of_scope"
        assert out or not row["out_of_scope"], row["text"]
        assert got["allergy"] or not row["allergy"], row["text"]
        declined += out and not row["out_of_scope"]
        taken += got["allergy"] and not row["allergy"]
    assert (declined, taken) == (0, 0)
