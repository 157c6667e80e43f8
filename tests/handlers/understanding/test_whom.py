"""Whom the bot answers for: no child, pregnancy or animal, and every adult who looks like one."""

from __future__ import annotations

import pytest

from handlers.parsed import ScopeReason
from tests.handlers.understanding.reader import read


def reason(text: str) -> ScopeReason | None:
    return read(text).scope_reason


@pytest.mark.parametrize(
    "text",
    [
        "3/12 old, KPC UTI",
        "8/52 old girl, KPC UTI",
        "4/12 F with KPC UTI",
        "1 3/12 yo, KPC UTI",
        "22 mo F, KPC UTI",
        "5y3m, 17kg, NDM pyelo",
        "2 yrs 4 months, KPC UTI",
        "5y 3mo old, KPC UTI",
        "KPC UTI CrCl (Schwartz) 60",
        "KPC UTI, bedside Schwartz 45",
        "ex prem, NDM line sepsis",
        "ex-27 weeker, KPC BSI",
        "Kind, 8 Jahre, KPC HWI",
        "8-jähriges Kind mit KPC",
        "Junge, 8 J., KPC Pneumonie",
        "Säugling 3 Monate alt, NDM UTI",
        "6 Wochen alt, NDM UTI",
        "niño de 5 años, KPC UTI",
        "varón de 5 meses, KPC UTI",
        "10 días de vida, NDM BSI",
        "garçon de 8 mois, NDM UTI",
        "fille de 4 ans, KPC UTI",
        "15 jours de vie, KPC UTI",
        "bambina di 7 anni, KPC UTI",
        "lattante, 4 mesi, KPC UTI",
        "menino de 6 anos, KPC UTI",
        "criança de 9 anos, KPC UTI",
        "recém-nascido, KPC BSI",
        "edad 9, KPC UTI",
        "15F sickle cell, KPC osteo",
        "our 9M with CF, KPC HAP",
        "F/12 KPC UTI",
        "Male, 9, KPC UTI",
        "KPC UTI, aged seven",
        "seven year old, KPC UTI",
        "fourteen years old, KPC UTI",
        "12kg pt with KPC BSI",
        "my 9 y patient has KPC UTI",
        "he is 15, KPC UTI",
        "our patient (9 years, 28 kg) has KPC BSI",
        "day 3 of life, KPC BSI",
        "36 hours of life, NDM BSI",
        "day of life 4, NDM BSI",
        "born 3 days ago, KPC BSI",
        "born at 28 weeks, KPC BSI",
        "wt 9.2 kg, KPC UTI dose CZA",
        "KPC UTI, 8 kg, dose CZA?",
        "childrens hospital here, KPC BSI",
        "6wo, KPC UTI",
        "36 h old, KPC BSI",
        "8y, 25kg, KPC UTI",
        "PICU pt with 20F chest drain, KPC",
        "PICU, 20M with KPC VAP",
        "PICU pt T 102F, KPC VAP",
        "8yearold with KPC UTI",
        "NICU, mum is 31F and a KPC carrier, KPC BSI now",
        "paeds: donor 46F, KPC BSI",
        "34 yo mum, her newborn has KPC BSI",
        "31F mother, baby day 3 septic with NDM",
        "4 year old boy, KPC UTI",
        "peds, adult dosing ok? KPC UTI",
        "16 ish yo with KPC UTI",
        "he's only 16. KPC UTI",
        "term newborn, mum 31F known CPE, NDM BSI",
        "4 yo liver transplant, donor 46F, KPC cholangitis",
        "her 4 yo son has KPC UTI, mum 34F",
        "transferred from PICU last night, KPC pneumonia",
    ],
)
def test_a_child_is_declined(text: str) -> None:
    """Ages under 18 as they are written in six languages, weights and births; an adult relative changes nothing."""
    assert reason(text) is ScopeReason.CHILD


@pytest.mark.parametrize(
    "text",
    [
        "paediatric ward's boarder 45M, KPC BSI",
        "paeds reg doing adult nights, 72 y.o. man, KPC VAP",
        "NICU nurse, 31F, KPC pyelo",
        "PICU fellow covering adult ECMO: 40M, KPC VAP",
        "under paeds til 18, 21F, KPC BSI",
        "does pediatric data matter? no, pt is 59M. KPC BSI",
        "ex-prem with CP, now 21 years old, KPC VAP",
        "old boy of 91, KPC UTI",
        "lovely old girl in bed 12, 88, KPC cystitis",
        "dear old boy on my ward, KPC UTI",
        "2 year old TKR, KPC PJI, pt is 70",
        "6 week old hip hemiarthroplasty, KPC, 84F",
        "35M dad of a newborn, KPC BSI",
        "kidney from an 8 yo donor transplanted to 46F, KPC abscess",
        "46F, donor was 8 yo, KPC abscess",
        "she had her baby 8 weeks ago, KPC BSI",
        "30F post partum, KPC wound, baby with grandma",
        "57M, at home with his 4 yo son, KPC UTI",
        "Homme 43 ans, dialyse depuis 5 ans, KPC UTI",
        "KPC UTI, diabète depuis 5 ans",
        "KPC UTI, trasplante hace 5 años",
        "KPC UTI, trapianto 5 anni fa",
        "KPC UTI, 2y3m post transplant",
        "KPC UTI, on HD for 22 mo f/u today",
        "KPC UTI, 14F Foley changed",
        "KPC empyema, 12F drain",
        "palliative, last days of life, KPC UTI",
        "lost 8 kg, KPC UTI",
        "weight loss 10 kg, KPC UTI",
        "weight up 3 kg, KPC UTI",
        "Dr Schwartz asks: KPC UTI, dose CZA",
        "KPC UTI, born 1951",
        "what kind of 7 day course for KPC UTI",
        "Kinderarzt, 45M, KPC UTI",
        "KPC UTI M, day 4",
        "KPC line age 5 days",
        "74 J., KPC UTI",
        "KPC UTI, traitement 8 j",
        "60F lives with 5 yo grandson, KPC UTI",
        "ped vs car, 45M, KPC wound",
        "childhood asthma, 33F, KPC HAP",
        "66F, granddaughter 4 yo visits, KPC UTI",
        "HIV 10y, on ART, KPC UTI",
        "3 kg over dry weight, KPC UTI",
        "DM 15 years, KPC UTI",
        "woman of 40, neonatal nurse, KPC UTI",
        "adolescent unit 19F, KPC UTI",
        "22M w spina bifida, recently transitioned from peds urology, KPC pyelo",
    ],
)
def test_an_adult_beside_words_of_children_is_answered(text: str) -> None:
    """Wards, donors, implants, relatives and spans of time make no child of an adult."""
    assert reason(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "bhcg came back positive, KPC UTI",
        "KPC UTI, hCG 8400",
        "positive UPT today, KPC UTI",
        "8 months along, KPC UTI",
        "20 weeks along with twins? no: 20 weeks along, KPC UTI",
        "gestante de 22 semanas, KPC UTI",
        "KPC UTI, 30. SSW",
        "Schwangere mit KPC",
        "femme enceinte, KPC UTI",
        "donna incinta, KPC UTI",
        "mulher grávida, KPC UTI",
        "33 yo, 27w2d, KPC UTI",
        "28F at 31+4, KPC UTI",
        "EGA 24w, KPC UTI",
        "EDD 12 March, KPC UTI",
        "KPC UTI, 31F 28/40",
        "preg test positive, KPC UTI",
        "pregnancy test positive. MRSA neg. KPC UTI",
        "my wife is pregnant, KPC UTI",
        "wife of a pt, she is pregnant, KPC UTI",
        "mum to be, KPC UTI",
        "she's expecting, KPC UTI",
        "26 y, pregnant, KPC UTI",
        "labour ward, KPC UTI",
        "MRSA neg, pregnant 30F with KPC UTI",
        "pregnant, her husband 40M is well, KPC UTI",
        "KPC UTI. And if she was pregnant?",
    ],
)
def test_a_pregnancy_is_declined(text: str) -> None:
    """Weeks, tests and words for it in six languages."""
    assert reason(text) is ScopeReason.PREGNANCY


@pytest.mark.parametrize(
    "text",
    [
        "neg preg test today, KPC UTI",
        "preg test: neg, KPC UTI",
        "pregnancy test today was negative, KPC UTI",
        "Pregnant? No. KPC UTI",
        "pregnant: no, KPC UTI",
        "isn't currently pregnant, KPC UTI",
        "nicht schwanger, KPC UTI",
        "no está embarazada, KPC UTI",
        "pas enceinte, KPC UTI",
        "test de embarazo negativo, KPC UTI",
        "hCG neg, KPC UTI",
        "hCG <2, KPC UTI",
        "36M, KPC UTI, wife is 30 weeks pregnant",
        "60F, KPC UTI, her daughter is pregnant",
        "obstetric HDU, 30F post partum day 6, KPC wound",
        "hx of gestational diabetes, KPC UTI",
        "KPC UTI, 2w3d of CZA",
        "8 weeks along with PT, KPC osteo",
        "testicular cancer, hCG 5000, KPC UTI",
        "negative urine preg test, KPC UTI",
        "due for surgery in 5 weeks, KPC UTI",
        "G3P3, 49, KPC UTI",
        "pregnancy status negative, KPC UTI",
        "45yo male, wife 8 months pregnant, NDM in hip hardware",
        "my pregnant SHO is off, pt is 66M w VIM HAP",
    ],
)
def test_no_pregnancy_of_the_patient_is_answered(text: str) -> None:
    """Negative tests, past pregnancies and those of others."""
    assert reason(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat, 4.1 kg, KPC pyelo", ScopeReason.ANIMAL),
        ("12 yo dog with KPC UTI", ScopeReason.ANIMAL),
        ("dog (9 y) NDM wound", ScopeReason.ANIMAL),
        ("mare with KPC", ScopeReason.ANIMAL),
        ("my dog bit him, what for his KPC UTI? the dog has it", ScopeReason.ANIMAL),
        ("vet hospital: spayed labrador, KPC UTI", ScopeReason.ANIMAL),
        ("farmer, 66, fell in cattle pen, KPC wound", None),
        ("44M kicked by horse, KPC wound", None),
        ("pig farmer 58M, KPC UTI", None),
        ("71F, bitten by the dog, KPC wound", None),
        ("cat 4 pressure ulcer, KPC", None),
        ("CAT scan: KPC liver abscess", None),
        ("veterinarian student 34F, KPC UTI", None),
    ],
)
def test_animals(text: str, expected: ScopeReason | None) -> None:
    """An animal is declined; one that hurt or belongs to the patient is not the patient."""
    assert reason(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "carbapenemase PCR neg, mero MIC 0.06, so just a plain ESBL kleb in blood",
            ScopeReason.NOT_CARBAPENEM_RESISTANT,
        ),
        ("carbapenemase negative, simply an ESBL E coli UTI", ScopeReason.NOT_CARBAPENEM_RESISTANT),
        ("ESBL only, carbapenemase negative, E coli UTI", ScopeReason.NOT_CARBAPENEM_RESISTANT),
        ("ESBL kleb BSI, carbapenemase neg, meropenem MIC 0.25", ScopeReason.NOT_CARBAPENEM_RESISTANT),
        ("not just an ESBL, it's KPC, UTI", None),
        ("ESBL + porin loss, carbapenemase neg, mero MIC 8, BSI", None),
        ("ESBL, carbapenemase negative, mero R, BSI", None),
        ("write me a limerick about colistin", ScopeReason.NOT_CLINICAL),
        ("compose a short haiku about meropenem", ScopeReason.NOT_CLINICAL),
        ("KPC UTI, CZA dose? and tell me a joke", None),
    ],
)
def test_mere_esbl_and_verses(text: str, expected: ScopeReason | None) -> None:
    """An ESBL that carbapenems reach is no CRE; a poem about an antimicrobial is no question."""
    assert reason(text) is expected


def test_the_age_of_a_reaction_is_not_the_patients() -> None:
    """ "Hives with amoxicillin aged 5" is a reaction long ago; a boy aged 5 is a child."""
    assert read("KPC in blood. Patient had hives with amoxicillin aged 5").flat()["allergy"] is True
    assert read("boy aged 5 with hives to amoxicillin, KPC in blood").flat()["intent"] == "out_of_scope"
