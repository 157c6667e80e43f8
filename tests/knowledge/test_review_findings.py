"""What a pharmacist's reading of the answers found, held for good: one test a finding."""

from __future__ import annotations

from decimal import Decimal

import pytest

from knowledge.answer import Answer, NotCovered, RegimenView
from knowledge.base import KnowledgeBase
from knowledge.question import Question, Renal
from knowledge.terms import Intent, Mechanism, Phenotype, RenalMeasure, Site

KPC, NDM, OXA, NON_CP = Mechanism.KPC, Mechanism.NDM, Mechanism.OXA_48_LIKE, Mechanism.NON_CARBAPENEMASE


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


def crcl(value: int) -> Renal:
    return Renal(measure=RenalMeasure.CRCL, value=Decimal(value))


def answered(knowledge: KnowledgeBase, question: Question) -> Answer:
    result = knowledge.answer(question)
    assert isinstance(result, Answer)
    return result


def regimen(answer: Answer, name: str) -> RegimenView:
    views = [*answer.preferred, *answer.alternative, *answer.reserve, *answer.not_suggested, *answer.focus]
    return next(view for view in views if view.regimen == name)


@pytest.mark.parametrize("value", [40, 20, 5])
def test_a_fraction_of_the_usual_dose_names_the_usual_dose(knowledge: KnowledgeBase, value: int) -> None:
    """Meropenem "half the usual dose": the guidance and label doses it is half of stand beside it."""
    question = Question(mechanisms=(NON_CP,), sites=(Site.CIAI,), phenotype=Phenotype.ERTAPENEM_ONLY, renal=crcl(value))
    view = regimen(answered(knowledge, question), "meropenem")
    assert "usual dose" in view.doses[0].text
    said = [line.text for line in view.dose_notes]
    assert any("1-2 g IV every 8 h over 3 h" in text and "normal kidney function" in text for text in said)


def test_on_haemodialysis_the_bands_a_row_refers_to_are_shown(knowledge: KnowledgeBase) -> None:
    """Ceftazidime-avibactam on haemodialysis: "the dose of the CrCl band", so the bands stand there."""
    question = Question(mechanisms=(KPC,), sites=(Site.BACTEREMIA,), renal=Renal(measure=RenalMeasure.HD))
    answer = answered(knowledge, question)
    assert regimen(answer, "ceftazidime-avibactam").read_table
    assert not regimen(answer, "imipenem-relebactam").read_table


@pytest.mark.parametrize(
    ("drug", "renal", "absent"),
    [
        ("imipenem-relebactam", Renal(measure=RenalMeasure.HD), "150 mL/min"),
        ("aztreonam-avibactam", crcl(40), "replacement other than haemodialysis"),
        ("aztreonam-avibactam", crcl(40), "CrCl 15 mL/min or less"),
        ("ceftazidime-avibactam", crcl(40), "CrCl 5 mL/min or less"),
        ("meropenem-vaborbactam", Renal(measure=RenalMeasure.HD), "EU label"),
    ],
)
def test_remarks_are_for_the_kidney_function_given(
    knowledge: KnowledgeBase, drug: str, renal: Renal, absent: str
) -> None:
    """No remark on CrCl 150 for a patient on haemodialysis, none on dialysis for CrCl 40."""
    question = Question(mechanisms=(KPC,), sites=(Site.PNEUMONIA,), renal=renal)
    notes = " ".join(line.text for line in regimen(answered(knowledge, question), drug).dose_notes)
    assert absent not in notes


def test_single_doses_for_cystitis_carry_no_remarks_on_repeated_doses(knowledge: KnowledgeBase) -> None:
    """No trough "before the second dose" and no divided-dose schedule beside a single dose."""
    answer = answered(knowledge, Question(mechanisms=(KPC,), sites=(Site.CYSTITIS,), renal=crcl(40)))
    for drug, absent in (("plazomicin", "second dose"), ("amikacin", "interval in hours")):
        assert absent not in " ".join(line.text for line in regimen(answer, drug).dose_notes)


def test_what_the_label_contraindicates_at_these_kidneys_is_not_offered(knowledge: KnowledgeBase) -> None:
    """Nitrofurantoin below CrCl 60: not suggested, with the label's words; from 60 on it is listed again."""
    low = answered(knowledge, Question(mechanisms=(KPC,), sites=(Site.CYSTITIS,), renal=crcl(59)))
    assert "nitrofurantoin" in {view.regimen for view in low.not_suggested}
    assert "contraindicated" in regimen(low, "nitrofurantoin").reasons[0].text
    high = answered(knowledge, Question(mechanisms=(KPC,), sites=(Site.CYSTITIS,), renal=crcl(60)))
    assert "nitrofurantoin" in {view.regimen for view in high.preferred}


@pytest.mark.parametrize("measure", [RenalMeasure.HD, RenalMeasure.CRRT, RenalMeasure.PD])
def test_gepotidacin_is_to_be_avoided_on_any_dialysis(knowledge: KnowledgeBase, measure: RenalMeasure) -> None:
    """The source says "or other dialysis": with its caveat."""
    question = Question(mechanisms=(KPC,), sites=(Site.CYSTITIS,), renal=Renal(measure=measure))
    (dose,) = regimen(answered(knowledge, question), "gepotidacin").doses
    assert dose.text.startswith("avoid")
    assert dose.caveat


def test_readings_that_differ_in_the_site_only_are_named_by_the_site(knowledge: KnowledgeBase) -> None:
    """An unnamed metallo-enzyme in urine: "If uncomplicated cystitis", whichever enzyme it is."""
    answer = answered(knowledge, Question(mechanisms=(Mechanism.MBL,), sites=(Site.UTI,)))
    assert [branch.label for branch in answer.branches] == [
        "If uncomplicated cystitis",
        "If pyelonephritis or complicated urinary infection",
    ]


def test_the_pair_reported_resistant_says_how_it_is_tested(knowledge: KnowledgeBase) -> None:
    """Aztreonam R and ceftazidime-avibactam R in NDM: the pair stays, with the test that decides."""
    question = Question(mechanisms=(NDM,), sites=(Site.BACTEREMIA,), resistant=("aztreonam", "ceftazidime-avibactam"))
    view = regimen(answered(knowledge, question), "ceftazidime-avibactam + aztreonam")
    assert any("broth disk elution" in line.text for line in view.marks)


def test_a_report_against_the_mechanism_brings_its_conflict_first(knowledge: KnowledgeBase) -> None:
    """OXA-48-like "susceptible" to meropenem-vaborbactam: not suggested, and the conflict cannot be left out."""
    question = Question(mechanisms=(OXA,), sites=(Site.BACTEREMIA,), susceptible=("meropenem-vaborbactam",))
    answer = answered(knowledge, question)
    assert "meropenem-vaborbactam" in {view.regimen for view in answer.not_suggested}
    assert answer.conflicts[0].id == "conf-09"
    assert answer.conflicts[0].pressing
    quiet = answered(knowledge, Question(mechanisms=(OXA,), sites=(Site.BACTEREMIA,)))
    assert not any(conflict.pressing for conflict in quiet.conflicts)


def test_resistance_reported_in_kpc_recalls_what_emerges(knowledge: KnowledgeBase) -> None:
    """KPC with ceftazidime-avibactam R: KPC variants and their lower carbapenem MICs are named."""
    question = Question(mechanisms=(KPC,), sites=(Site.BACTEREMIA,), resistant=("ceftazidime-avibactam",))
    said = " ".join(line.text for line in answered(knowledge, question).notes)
    assert "omega-loop" in said
    assert "lower carbapenem MICs" in said


def test_the_gap_is_cited_to_what_leaves_it(knowledge: KnowledgeBase) -> None:
    """CNS infection with KPC: cited to the section without a question on it, not to a line on unknown mechanisms."""
    result = knowledge.answer(Question(mechanisms=(KPC,), sites=(Site.CNS,)))
    assert isinstance(result, NotCovered)
    assert [c.locator for c in result.reasons[0].citations] == ["Section 3 (no question)"]


def test_evidence_on_a_named_antimicrobial_comes_first(knowledge: KnowledgeBase) -> None:
    """Evidence for cefiderocol: its own studies, and none that are about another mechanism's drugs."""
    answer = answered(knowledge, Question(intent=Intent.EVIDENCE, antimicrobials=("cefiderocol",)))
    assert "NDM subgroups" in answer.evidence[0].text
    assert not [line for line in answer.evidence if "Study 1" in line.text]


def test_a_dose_question_is_not_drowned(knowledge: KnowledgeBase) -> None:
    """The dose of fosfomycin: no conflict about NDM or OXA-48-like, no statement of the article on trials."""
    answer = answered(knowledge, Question(intent=Intent.DOSE, antimicrobials=("fosfomycin",)))
    assert not {"conf-08", "conf-09"} & {conflict.id for conflict in answer.conflicts}
    assert not [line for line in answer.article if "Randomised" in line.text]


def test_infection_control_is_about_infection_control(knowledge: KnowledgeBase) -> None:
    """All ten measures, the article's one statement on it, and nothing on combinations."""
    answer = answered(knowledge, Question(intent=Intent.INFECTION_CONTROL))
    assert len(answer.infection_control) == 10
    assert not answer.combination
    assert [line.text.startswith("Infection control") for line in answer.article] == [True]


def test_the_species_that_are_hardly_susceptible_to_imipenem_are_named(knowledge: KnowledgeBase) -> None:
    """Proteus, Morganella, Providencia: imipenem resistance alone does not make CRE."""
    question = Question(mechanisms=(KPC,), sites=(Site.BACTEREMIA,), organism="Proteus mirabilis")
    assert any("intrinsic susceptibility to imipenem" in line.text for line in answered(knowledge, question).notes)


@pytest.mark.parametrize("named", ["minocycline", "omadacycline"])
def test_every_tetracycline_is_kept_from_blood_and_urine(knowledge: KnowledgeBase, named: str) -> None:
    """Asked for its dose in bloodstream infection: not suggested, with the reason; unasked it is not brought up."""
    asked = Question(mechanisms=(KPC,), sites=(Site.BACTEREMIA,), intent=Intent.DOSE, antimicrobials=(named,))
    (view,) = answered(knowledge, asked).focus
    assert "Serum and urine levels" in view.reasons[0].text
    unasked = answered(knowledge, Question(mechanisms=(KPC,), sites=(Site.BACTEREMIA,)))
    assert named not in {one.regimen for one in unasked.not_suggested}


@pytest.mark.parametrize("measure", [RenalMeasure.HD, RenalMeasure.CRRT, RenalMeasure.PD])
def test_nitrofurantoin_is_not_offered_on_dialysis(knowledge: KnowledgeBase, measure: RenalMeasure) -> None:
    """The label's contraindication names anuria and raised creatinine beside its clearance limit."""
    question = Question(mechanisms=(KPC,), sites=(Site.CYSTITIS,), renal=Renal(measure=measure))
    assert "anuria" in regimen(answered(knowledge, question), "nitrofurantoin").reasons[0].text


def test_what_is_named_says_where_it_stands(knowledge: KnowledgeBase) -> None:
    """Aztreonam in NDM: an alternative only in its pair; minocycline in KPC: not listed, with the panel's caution."""
    ndm = Question(mechanisms=(NDM,), sites=(Site.BACTEREMIA,), antimicrobials=("aztreonam",))
    (about,) = answered(knowledge, ndm).about
    assert about.here is not None
    assert "an alternative as ceftazidime-avibactam plus aztreonam" in about.here.text
    kpc = Question(mechanisms=(KPC,), sites=(Site.PNEUMONIA,), antimicrobials=("minocycline",))
    (about,) = answered(knowledge, kpc).about
    assert about.here is not None
    assert "not listed by IDSA 2026" in about.here.text
    assert any("caution" in line.text for topic in about.topics for line in topic.lines)


@pytest.mark.parametrize(
    ("renal", "drug", "bands"),
    [
        (
            Renal(measure=RenalMeasure.CRCL, value=Decimal("59.5")),
            "imipenem-relebactam",
            ["CrCl 30-59 mL/min", "CrCl 60-89 mL/min"],
        ),
        (
            Renal(measure=RenalMeasure.EGFR, value=Decimal("29.5")),
            "meropenem-vaborbactam",
            ["eGFR 15-29 mL/min", "eGFR 30-49 mL/min"],
        ),
        (
            Renal(measure=RenalMeasure.CRRT, effluent_l_per_h=Decimal("2.05")),
            "cefiderocol",
            ["CRRT, effluent 2 L/h or less", "CRRT, effluent 2.1-3 L/h"],
        ),
    ],
)
def test_between_two_printed_bands_both_are_shown(
    knowledge: KnowledgeBase, renal: Renal, drug: str, bands: list[str]
) -> None:
    """No rounding is invented, and nobody is sent away though the table has both neighbours."""
    view = regimen(answered(knowledge, Question(mechanisms=(KPC,), sites=(Site.BACTEREMIA,), renal=renal)), drug)
    assert [line.band for line in view.doses if line.kind == "renal" or "CrCl 60" in line.band] == bands
    assert "lies between two bands as printed" in view.dose_notes[0].text
    assert view.dose_notes[0].citations


def test_a_value_below_every_band_is_not_between_two(knowledge: KnowledgeBase) -> None:
    """eGFR 14 for meropenem-vaborbactam: no row was read, so none is shown."""
    low = Question(
        mechanisms=(KPC,), sites=(Site.BACTEREMIA,), renal=Renal(measure=RenalMeasure.EGFR, value=Decimal("14.5"))
    )
    view = regimen(answered(knowledge, low), "meropenem-vaborbactam")
    assert view.doses == ()
    assert "lies in no band" in view.dose_notes[0].text


def dose_of(knowledge: KnowledgeBase, drug: str, mechanism: Mechanism, *sites: Site) -> tuple[RegimenView, ...]:
    question = Question(mechanisms=(mechanism,), sites=sites, antimicrobials=(drug,), intent=Intent.DOSE)
    return answered(knowledge, question).focus


@pytest.mark.parametrize(
    ("drug", "mechanism", "sites", "told"),
    [
        (
            "meropenem",
            OXA,
            (),
            "IDSA 2026 does not list it for OXA-48-like; it lists it for Carbapenemase-negative CRE",
        ),
        ("ertapenem", KPC, (Site.BACTEREMIA,), "IDSA 2026 does not list it for KPC (bloodstream)"),
        ("aztreonam", NDM, (), "IDSA 2026 does not list it alone for NDM"),
    ],
)
def test_a_dose_by_name_says_that_the_guidance_does_not_list_it(
    knowledge: KnowledgeBase, drug: str, mechanism: Mechanism, sites: tuple[Site, ...], told: str
) -> None:
    """A dose alone would read as leave to use it."""
    (view,) = dose_of(knowledge, drug, mechanism, *sites)
    assert view.cautions[0].text == told
    assert view.cautions[0].citations
    assert set(view.cautions[0].citations) <= set(view.citations)


def test_a_listed_antimicrobial_carries_no_such_caution(knowledge: KnowledgeBase) -> None:
    """Whatever the class of the enzyme or the kind of urinary infection leaves open."""
    for drug, mechanism, site in (
        ("cefiderocol", NDM, Site.PNEUMONIA),
        ("plazomicin", Mechanism.MBL, Site.UTI),
        ("meropenem", NON_CP, Site.BACTEREMIA),
    ):
        (view,) = dose_of(knowledge, drug, mechanism, site)
        assert not [line for line in view.cautions if "does not list" in line.text]


def test_where_no_dose_was_read_that_is_said(knowledge: KnowledgeBase) -> None:
    """An empty line would leave the reader guessing: ertapenem at all, fosfomycin IV and plazomicin by site."""
    (none,) = dose_of(knowledge, "ertapenem", KPC)
    assert [line.text for line in none.dose_notes] == ["No dose in the sources read: ask pharmacy."]
    (elsewhere,) = dose_of(knowledge, "plazomicin", KPC, Site.PNEUMONIA)
    assert (elsewhere.doses, elsewhere.dose_notes[0].text) == (
        (),
        "No dose for this site in the sources read: ask pharmacy.",
    )
    for cell in ((m, s) for m in (KPC, NDM, OXA) for s in (Site.CYSTITIS, Site.CUTI, Site.BACTEREMIA, Site.CIAI)):
        answer = answered(knowledge, Question(mechanisms=cell[:1], sites=cell[1:]))
        for view in (*answer.preferred, *answer.alternative, *answer.reserve):
            assert view.doses or view.dose_notes, (cell, view.name)


def test_each_route_says_where_it_stands(knowledge: KnowledgeBase) -> None:
    """Fosfomycin in cystitis by Klebsiella: by mouth not suggested, IV held back; one word for both would mislead."""
    question = Question(
        mechanisms=(KPC,), sites=(Site.CYSTITIS,), organism="Klebsiella spp.", antimicrobials=("fosfomycin",)
    )
    (about,) = answered(knowledge, question).about
    assert about.here is not None
    told = about.here.text.removeprefix("For this question: ").split("; ")
    assert sorted(told) == ["fosfomycin IV: likely active, held back", "fosfomycin oral: not suggested"]


@pytest.mark.parametrize("site", [Site.PNEUMONIA, Site.CIAI, Site.SSTI, Site.BONE_JOINT])
@pytest.mark.parametrize("mechanism", [KPC, NDM, OXA])
def test_tetracyclines_stand_with_their_condition(knowledge: KnowledgeBase, mechanism: Mechanism, site: Site) -> None:
    """Only when an active beta-lactam is not available or not tolerated: at every site where they are listed."""
    answer = answered(knowledge, Question(mechanisms=(mechanism,), sites=(site,)))
    for name in ("eravacycline", "tigecycline"):
        told = [line.text for line in regimen(answer, name).conditions]
        assert told.count("only when an active beta-lactam is not available or not tolerated") == 1


def test_a_cross_check_is_a_citation_and_no_advice(knowledge: KnowledgeBase) -> None:
    """That another table prints the same dose stands as a second reference, not as a sentence to read."""
    question = Question(mechanisms=(NDM,), sites=(Site.PNEUMONIA,), renal=crcl(40))
    answer = answered(knowledge, question)
    assert [c.source for c in regimen(answer, "cefiderocol").doses[0].citations] == ["fetroja_com", "aic2023_t3"]
    assert [c.source for c in regimen(answer, "aztreonam-avibactam").doses[0].citations] == [
        "label_emblaveo",
        "pi_atmavi",
    ]
    said = [line.text for view in answer.preferred for line in (*view.dose_notes, *view.conditions)]
    assert not [text for text in said if "same dose" in text or "match" in text]


@pytest.mark.parametrize("site", [Site.BACTEREMIA, Site.PNEUMONIA, Site.CIAI, Site.SSTI, Site.BONE_JOINT])
@pytest.mark.parametrize("mechanism", [Mechanism.VIM, Mechanism.IMP])
def test_where_the_guidance_does_not_cover_others_are_always_told(
    knowledge: KnowledgeBase, mechanism: Mechanism, site: Site
) -> None:
    """Also in tissue, where it names tetracyclines "when an active beta-lactam is not available": which, others say."""
    answer = answered(knowledge, Question(mechanisms=(mechanism,), sites=(site,)))
    assert {view.regimen for view in answer.elsewhere} == {"cefiderocol", "ceftazidime-avibactam + aztreonam"}
    assert answer.branches[0].not_covered


def test_the_duration_of_what_is_named_is_told(knowledge: KnowledgeBase) -> None:
    """Plazomicin is an alternative at cUTI: asked how long, its label answers. What is not suggested stays untold."""
    question = Question(
        mechanisms=(KPC,), sites=(Site.CUTI,), antimicrobials=("plazomicin", "eravacycline"), intent=Intent.DURATION
    )
    told = [line.text for line in answered(knowledge, question).duration]
    assert "plazomicin. Label duration in cUTI: 4-7 days IV, then oral to a total of 7-10 days." in told
    assert not [text for text in told if text.startswith("eravacycline")]
