"""Each step of understanding on its own: table cases a pharmacist could check."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.parsed import Doubt, DoubtKind, ScopeReason
from knowledge.terms import AllergyClass, Comedication, Intent, Mechanism, Phenotype, RenalMeasure, Route
from tests.handlers.understanding.reader import flat, read


@pytest.mark.parametrize(
    ("text", "mechanisms"),
    [
        ("IMP R, MEM R, bacteremia", ()),
        ("MEM/IMP/ETP R, bacteremia", ()),
        ("IMP: >16 R", ()),
        ("IMP: not detected, KPC: detected", ("kpc",)),
        ("Imp: NDM pneumonia", ("ndm",)),
        ("Impression: KPC cellulitis", ("kpc",)),
        ("IMP-4 Enterobacter", ("imp",)),
        ("VIM/IMP detected", ("imp", "vim")),
        ("important, simple, Vimpat", ()),
        ("IMP 500 mg q6h for KPC", ("kpc",)),
        ("imp-rel for KPC", ("kpc",)),
        ("how do I exit vim", ()),
    ],
)
def test_imp_by_its_neighbours(text: str, mechanisms: tuple[str, ...]) -> None:
    """IMP is the enzyme among genes, imipenem in an antibiogram, and a heading before a colon."""
    assert flat(text)["mechanisms"] == mechanisms


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("KPC bacteremia and not KPC", Doubt(DoubtKind.CONTRADICTION, "mechanism", ("kpc",))),
        ("KPC positive. KPC negative. VAP", Doubt(DoubtKind.CONTRADICTION, "mechanism", ("kpc",))),
        ("could you add on KPC, bacteremia", Doubt(DoubtKind.UNSETTLED, "mechanism", ("kpc",))),
        ("KPC pos on LFA but neg PCR, blood", Doubt(DoubtKind.CONTRADICTION, "mechanism", ("kpc",))),
        ("kcp bacteremia", Doubt(DoubtKind.DID_YOU_MEAN, "mechanism", ("kpc",))),
        ("NDN pneumonia", Doubt(DoubtKind.DID_YOU_MEAN, "mechanism", ("ndm",))),
        ("KPC bacteremia, cefiderocal ok?", Doubt(DoubtKind.DID_YOU_MEAN, "antimicrobial", ("cefiderocol",))),
        ("KPC VAP, is levo ok", Doubt(DoubtKind.AMBIGUOUS_NAME, "antimicrobial", ("levofloxacin",))),
        ("KPC VAP, can I give CAZ", Doubt(DoubtKind.AMBIGUOUS_NAME, "antimicrobial", ("ceftazidime-avibactam",))),
        ("KPC VAP, polymyxin?", Doubt(DoubtKind.AMBIGUOUS_NAME, "antimicrobial", ("polymyxin-b", "colistin"))),
        ("KPC VAP, gent R, gent S", Doubt(DoubtKind.CONTRADICTION, "antimicrobial", ("gentamicin",))),
    ],
)
def test_doubt_is_a_result(text: str, doubt: Doubt) -> None:
    """Contradictions, near misses and ambiguous names are asked back, never decided."""
    assert doubt in read(text).doubts


@pytest.mark.parametrize(
    "text",
    [
        "KPC VAP, CAZ S", "KPC VAP on levo at 10 mcg", "KPC VAP, levo S", "KPC VAP, please help him win",
        "KPC bacteremia, the patient went to the vent unit", "NDM pyelo, no idea about time of onset",
    ],
)  # fmt: skip
def test_ordinary_words_raise_no_doubt(text: str) -> None:
    """A needless question is a fault too."""
    assert not read(text).doubts


@pytest.mark.parametrize(
    ("text", "site", "organism"),
    [
        ("KPC pnuemonia", "pneumonia", None),
        ("KPC bacterimia", "bacteremia", None),
        ("KPC meningtis", "cns", None),
        ("KPC klebsiela cellulitus", "ssti", "Klebsiella spp."),
        ("KPC enterobactor cystitis", "cystitis", "Enterobacter spp."),
    ],
)
def test_sites_and_organisms_are_corrected_openly(text: str, site: str, organism: str | None) -> None:
    """A misspelt site or organism is read, and listed as corrected."""
    parsed = read(text)
    assert parsed.flat()["sites"] == [site]
    assert parsed.flat()["organism"] == organism
    assert parsed.corrected or "klebsiela" in text


@pytest.mark.parametrize(
    ("text", "measure", "value"),
    [
        ("eGFR=42", RenalMeasure.EGFR, 42),
        ("GFR 42", RenalMeasure.EGFR, 42),
        ("CrCl ~35", RenalMeasure.CRCL, 35),
        ("creat clearance 28", RenalMeasure.CRCL, 28),
        ("CrCl of 40 ml/min", RenalMeasure.CRCL, 40),
        ("CrCl dropped from 80 to 31", RenalMeasure.CRCL, 31),
        ("CrCl 60 -> 22", RenalMeasure.CRCL, 22),
        ("CrCl 12.5", RenalMeasure.CRCL, Decimal("12.5")),
        ("on CVVHDF", RenalMeasure.CRRT, None),
        ("on HD MWF", RenalMeasure.HD, None),
        ("on peritoneal dialysis", RenalMeasure.PD, None),
        ("switched from CRRT to iHD", RenalMeasure.HD, None),
    ],
)
def test_kidney_function_as_given(text: str, measure: RenalMeasure, value: int | Decimal | None) -> None:
    """The measure and the number as written, the newer end of a trend, and the present kind of dialysis."""
    renal = read(f"KPC bacteremia, {text}").question.renal
    assert renal is not None
    assert (renal.measure, renal.value) == (measure, value)


@pytest.mark.parametrize(
    "text",
    [
        "HD stable", "HD#3", "HD 4", "hospital day 4", "hemodynamically stable",
        "high-dose mero", "HD mero", "not on dialysis", "off CRRT",
        "creatinine 2.8",
        "no HD", "urine output 30 ml/h", "age 80, weight 60",
        "MRN 4455667", "GFR in the 40s", "refuses dialysis",
    ],
)  # fmt: skip
def test_what_is_not_kidney_function(text: str) -> None:
    """Haemodynamics, hospital days, serum creatinine and dialysis that is not given are left alone."""
    assert read(f"KPC bacteremia, {text}").question.renal is None


def test_effluent_belongs_to_crrt() -> None:
    """The effluent rate in L/h is kept for CRRT."""
    renal = read("KPC bacteremia on CVVHDF, effluent 2.5 L/h").question.renal
    assert renal is not None
    assert renal.effluent_l_per_h == Decimal("2.5")


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("mero, erta and imi R", "ertapenem imipenem meropenem", ""),
        ("R: mem, etp; S: cza, fdc", "ertapenem meropenem", "cefiderocol ceftazidime-avibactam"),
        ("resistant to gent and cipro, sensitive to amik", "ciprofloxacin gentamicin", "amikacin"),
        ("only S to colistin", "", "colistin"),
        ("caz-avi MIC 16 (R)", "ceftazidime-avibactam", ""),
        ("caz-avi MIC 4", "", ""),
        ("meropenem non-susceptible", "meropenem", ""),
        ("tige I, amik S", "", "amikacin"),
        ("failed mero, caz-avi R", "ceftazidime-avibactam", ""),
        ("on meropenem, R knee", "", ""),
        ("resistant to everything else", "", ""),
        ("tobra R minocycline S", "tobramycin", "minocycline"),
        ("can we use cipro if susceptible", "", ""),
        ("CAZ R, FEP R, CZA S", "", "ceftazidime-avibactam"),
        ("pivmecillinam S, gepotidacin S, omadacycline R", "omadacycline", "gepotidacin pivmecillinam"),
    ],
)
def test_reports(text: str, resistant: str, susceptible: str) -> None:
    """R and S are read from either side, over lists, and from nothing else."""
    question = read(f"KPC bacteremia. {text}").question
    assert " ".join(sorted(question.resistant)) == resistant
    assert " ".join(sorted(question.susceptible)) == susceptible


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("caz-avi/aztreonam?", "aztreonam ceftazidime-avibactam"),
        ("Emblaveo or cefiderocol?", "aztreonam-avibactam cefiderocol"),
        ("mero-vab vs imi-rel", "imipenem-relebactam meropenem-vaborbactam"),
        ("gent R, can I use amikacin", "amikacin"),
        ("allergic to meropenem, cefiderocol ok?", "cefiderocol"),
    ],
)
def test_antimicrobials_asked_about(text: str, named: str) -> None:
    """What is asked about, without what is only reported or an allergen."""
    assert " ".join(sorted(read(f"KPC bacteremia, {text}").question.antimicrobials)) == named


@pytest.mark.parametrize(
    ("text", "allergies"),
    [
        ("PCN allergy", {AllergyClass.PENICILLIN}),
        ("allergic to sulfa and amoxicillin", {AllergyClass.PENICILLIN, AllergyClass.SULFONAMIDE}),
        ("anaphylaxis to ceftriaxone", {AllergyClass.CEPHALOSPORIN}),
        ("meropenem: hives", {AllergyClass.CARBAPENEM}),
        ("beta-lactam allergy", {AllergyClass.BETA_LACTAM}),
        ("cipro allergy", {AllergyClass.FLUOROQUINOLONE}),
        ("NKDA", set()),
        ("no PCN allergy", set()),
        ("penicillin allergy de-labelled", set()),
        ("PCN allergy but tolerates cephalosporins", {AllergyClass.PENICILLIN}),
        ("PCN allergy, since tolerated amoxicillin", set()),
    ],
)
def test_allergies_by_class(text: str, allergies: set[AllergyClass]) -> None:
    """An allergy is kept with its class; denied or removed ones are not."""
    assert set(read(f"KPC bacteremia, {text}").question.allergies) == allergies


def test_valproate() -> None:
    """Co-medication with an interaction is read under its brand too, unless stopped."""
    assert read("KPC bacteremia, on Depakote").question.comedications == (Comedication.VALPROATE,)
    assert read("KPC bacteremia, off valproate").question.comedications == ()


@pytest.mark.parametrize(
    ("text", "phenotype"),
    [
        ("ertapenem R, meropenem S, imipenem S", Phenotype.ERTAPENEM_ONLY),
        ("ETP R, MEM R, IPM S", Phenotype.ONE_CARBAPENEM),
        ("ETP R, MEM R, IPM R", Phenotype.ALL_CARBAPENEMS),
        ("resistant to all carbapenems", Phenotype.ALL_CARBAPENEMS),
        ("ertapenem-only resistance", Phenotype.ERTAPENEM_ONLY),
        ("ETP R", None),
    ],
)
def test_phenotype(text: str, phenotype: Phenotype | None) -> None:
    """The phenotype follows from the reports, or is left open."""
    assert read(f"no carbapenemase, bacteremia. {text}").question.phenotype is phenotype


def test_route() -> None:
    """An oral option asked for is noted."""
    assert read("KPC cystitis, any oral options?").question.route is Route.ORAL
    assert read("KPC cystitis").question.route is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CRAB VAP", ScopeReason.OTHER_ORGANISM),
        ("KPC Pseudomonas bacteremia", ScopeReason.OTHER_ORGANISM),
        ("ESBL E. coli pyelo", ScopeReason.NOT_CARBAPENEM_RESISTANT),
        ("5 yo with KPC pyelo", ScopeReason.CHILD),
        ("pregnant, KPC pyelo", ScopeReason.PREGNANCY),
        ("my dog has KPC pyelo", ScopeReason.ANIMAL),
        ("tell me a joke", ScopeReason.NOT_CLINICAL),
        ("KPC Klebsiella and MRSA bacteremia", None),
        ("not pregnant, KPC pyelo", None),
        ("childhood penicillin rash, KPC pyelo", None),
        ("no pseudomonas, KPC VAP", None),
        ("KPC pyelo, 3 week old stent", None),
    ],
)
def test_scope(text: str, reason: ScopeReason | None) -> None:
    """What is declined, and why; and what only looks like it."""
    parsed = read(text)
    assert parsed.scope_reason is reason
    assert (parsed.question.intent is Intent.OUT_OF_SCOPE) == (reason is not None)


def test_spans_point_at_the_words() -> None:
    """Each span covers the words that led to its field, in the normalised text."""
    text = "kpc vap crcl 35"
    found = {(span.field, text[span.start : span.end]) for span in read(text).spans}
    assert {("mechanism", "kpc"), ("site", "vap"), ("kidney", "crcl")} <= found


def test_negated_mechanisms_are_kept_apart() -> None:
    """A mechanism reported negative is shown as excluded."""
    assert read("NDM positive, KPC negative, VAP").negated == (Mechanism.KPC,)


@pytest.mark.parametrize(
    ("text", "mechanisms", "sites"),
    [
        ("and for pneumonia?", ("kpc",), ("pneumonia",)),
        ("NDM too", ("kpc", "ndm"), ("bacteremia",)),
        ("sorry, NDM not KPC", ("ndm",), ("bacteremia",)),
        ("it's not KPC", (), ("bacteremia",)),
        ("blood and now also urine", ("kpc",), ("bacteremia", "uti")),
    ],
)
def test_follow_ups(text: str, mechanisms: tuple[str, ...], sites: tuple[str, ...]) -> None:
    """A new value replaces the thread's, comes on top when said so, and goes when withdrawn."""
    got = read(text, "followup", ("kpc",), ("bacteremia",)).flat()
    assert tuple(sorted(got["mechanisms"])) == mechanisms
    assert tuple(sorted(got["sites"])) == sites


@pytest.mark.parametrize(
    ("text", "in_scope"),
    [("also ESBL positive", True), ("also grew MRSA", True), ("MRSA now", False), ("in a child?", False)],
)
def test_scope_of_follow_ups(text: str, in_scope: bool) -> None:
    """What comes on top of the thread's CRE stays in scope; another organism instead of it does not."""
    intent = read(text, "followup", ("kpc",), ("bacteremia",)).question.intent
    assert (intent is not Intent.OUT_OF_SCOPE) == in_scope


@pytest.mark.parametrize("dialysis", ["hd", "crrt", "cvvhdf", "ihd"])
@pytest.mark.parametrize("phrase", ["mvb {} dosing", "post {} dose of cza", "cza dose after {}", "time it around {}"])
def test_a_dose_asked_for_with_dialysis_keeps_the_dialysis(phrase: str, dialysis: str) -> None:
    """No phrase that asks for a dose swallows the word for dialysis."""
    renal = flat(f"KPC VAP, {phrase.format(dialysis)}")["renal"]
    assert renal == {"dialysis": "hd" if dialysis in ("hd", "ihd") else "crrt"}


@pytest.mark.parametrize(
    ("text", "resistant", "susceptible"),
    [
        ("Sens: meropenem R, ertapenem R, gent S", ("ertapenem", "meropenem"), ("gentamicin",)),
        ("R: mem, etp; S: cza", ("ertapenem", "meropenem"), ("ceftazidime-avibactam",)),
        ("R to mem (32), etp (>32), S to gent (1)", ("ertapenem", "meropenem"), ("gentamicin",)),
        ("only S to tige and colistin, cefiderocol disc not read yet", (), ("colistin", "tigecycline")),
        ("AMK/GEN: S/R", ("gentamicin",), ("amikacin",)),
        ("if caz-avi S we'd use it, mero is R", ("meropenem",), ()),
        ("cefiderocol sens pending, caz-avi R", ("ceftazidime-avibactam",), ()),
        ("Colistin ..... R\nAmikacin ..... S", ("colistin",), ("amikacin",)),
        ("HD mero R, caz-avi S", ("meropenem",), ("ceftazidime-avibactam",)),
    ],
)
def test_a_report_belongs_to_what_it_is_said_of(
    text: str, resistant: tuple[str, ...], susceptible: tuple[str, ...]
) -> None:
    """Headings, lists with values, rows, suppositions and dotted lines of a laboratory report."""
    got = flat(text)
    assert (got["resistant"], got["susceptible"]) == (resistant, susceptible)


@pytest.mark.parametrize("tail", ["", ", CRE bacteraemia", ". CRE in blood"])
@pytest.mark.parametrize(
    "said",
    [
        "KPC lateral flow negative", "KPC dip-slide came out negative", "KPC wasn't picked up", "KPC? lab says no",
        "KPC, per micro, is negative", "all negative, KPC included", "no longer carries KPC", "no news on KPC",
        "did they run KPC on this?", "lab will tell us if it's KPC", "insufficient sample for KPC", "?KPC",
    ],
)  # fmt: skip
def test_a_doubt_left_over_is_no_mechanism(said: str, tail: str) -> None:
    """However it is said that a mechanism is not there or not known, it is not taken as there."""
    assert "kpc" not in flat(said + tail)["mechanisms"]


@pytest.mark.parametrize(
    "said",
    ["KPC bacteraemia, no allergies", "KPC pyelo, not on dialysis", "KPC in blood, cultures since negative",
     "KPC bacteraemia not improving", "no fever KPC bacteraemia", "what about KPC bacteraemia?"],
)  # fmt: skip
def test_a_denial_of_something_else_leaves_the_mechanism(said: str) -> None:
    """What is said of allergies, dialysis, fever or other cultures is not said of the mechanism."""
    assert flat(said)["mechanisms"] == ("kpc",)


@pytest.mark.parametrize(
    "text", ["31F 28/40, KPC pyelonephritis", "38/40 in labour, febrile, KPC E. coli in the urine"]
)
def test_weeks_of_forty_are_pregnancy(text: str) -> None:
    """Gestation as it is written in Britain takes a question out of scope."""
    assert read(text).scope_reason is ScopeReason.PREGNANCY
