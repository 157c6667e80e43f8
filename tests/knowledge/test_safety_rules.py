"""The ten safety rules hold in every answer the product can give.

The rules are written out here a second time, by hand, so that a mistake in the data's own rules shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

import pytest

from knowledge.answer import Answer, DoseLine, Line, NotCovered, RegimenView
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import Comedication, Intent, Mechanism, RenalMeasure, Site, Verification
from tests.questions import every_cell, every_intent, every_pair, every_report

METALLO = {Mechanism.NDM, Mechanism.VIM, Mechanism.IMP, Mechanism.MBL}
URINE = {Site.CYSTITIS, Site.CUTI, Site.UTI}
CARBAPENEMS_AND_PIV = {"meropenem-vaborbactam", "imipenem-relebactam", "meropenem", "imipenem", "pivmecillinam"}
Result = Answer | NotCovered


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


@pytest.fixture(scope="module")
def results(knowledge: KnowledgeBase) -> list[tuple[Question, Result]]:
    antimicrobials = tuple(d.id for d in knowledge.content.antimicrobials if not d.components)
    questions = chain(every_cell(), every_intent(), every_pair(), every_report(antimicrobials))
    return [(q, knowledge.answer(q)) for q in questions]


def offered(result: Result) -> Iterator[tuple[RegimenView, set[Mechanism], set[Site]]]:
    """Every regimen that is offered, with the mechanisms and sites it is offered for."""
    if isinstance(result, NotCovered):
        return
    for branch in result.branches:
        for view in (*branch.preferred, *branch.alternative, *branch.reserve):
            yield view, set(branch.mechanisms), set(branch.sites)
    for view in (*result.focus, *result.elsewhere):
        if not view.reasons:
            yield view, set(result.question.mechanisms), set(result.question.sites)


def every_view(result: Result) -> list[RegimenView]:
    views = list(result.not_suggested)
    if isinstance(result, Answer):
        views += [*result.preferred, *result.alternative, *result.reserve, *result.focus, *result.elsewhere]
    return views


def every_line(result: Result) -> Iterator[Line]:
    yield from (*result.infection_control, *result.notes, result.consult)
    if isinstance(result, NotCovered):
        yield from (*result.reasons, *result.implications, *result.conditional)
    else:
        yield result.susceptibility
        yield from (*result.duration, *result.combination, *result.management, *result.evidence, *result.article)
        for branch in result.branches:
            yield from (*branch.conditions, *branch.not_covered)
    for view in every_view(result):
        yield from (*view.doses, *view.dose_notes, *view.renal_table, *view.conditions)
        yield from (*view.cautions, *view.marks, *view.reasons)


def test_rule_01_no_inhibitor_combination_alone_for_a_metallo_enzyme(results: list[tuple[Question, Result]]) -> None:
    """The three inhibitor combinations are never offered alone for NDM, VIM or IMP."""
    banned = {("ceftazidime-avibactam",), ("meropenem-vaborbactam",), ("imipenem-relebactam",)}
    for question, result in results:
        for view, mechanisms, _ in offered(result):
            assert not (view.antimicrobials in banned and mechanisms & METALLO), question


def test_rule_02_no_weak_inhibitor_for_oxa_48(results: list[tuple[Question, Result]]) -> None:
    """Meropenem-vaborbactam and imipenem-relebactam are never offered for OXA-48-like, whatever is reported."""
    for question, result in results:
        for view, mechanisms, _ in offered(result):
            banned = {"meropenem-vaborbactam", "imipenem-relebactam"} & set(view.antimicrobials)
            assert not (banned and Mechanism.OXA_48_LIKE in mechanisms), question


def test_rule_03_no_tetracycline_for_blood_or_urine(results: list[tuple[Question, Result]]) -> None:
    """Tigecycline and eravacycline are never offered for bloodstream or urinary infection."""
    for question, result in results:
        for view, _, sites in offered(result):
            tetracycline = {"tigecycline", "eravacycline"} & set(view.antimicrobials)
            assert not (tetracycline and sites & {Site.BACTEREMIA, *URINE}), question


def test_rule_03_tigecycline_in_pneumonia_carries_its_warnings(results: list[tuple[Question, Result]]) -> None:
    """Tigecycline for pneumonia is shown with the boxed warning and the label's limitation of use."""
    seen = 0
    for _, result in results:
        for view, _, sites in offered(result):
            if "tigecycline" in view.antimicrobials and Site.PNEUMONIA in sites:
                seen += 1
                said = " ".join(line.text.lower() for line in view.cautions)
                assert "boxed warning" in said
                assert "47.9%" in said
                assert "ventilator" in said
    assert seen


def test_rule_04_polymyxins(results: list[tuple[Question, Result]]) -> None:
    """Polymyxin B is never offered for urine, and no polymyxin has a dose."""
    for question, result in results:
        for view in every_view(result):
            if {"colistin", "polymyxin-b"} & set(view.antimicrobials):
                assert not view.doses, question
                assert not view.renal_table, question
                assert not any(re.search(r"mg/kg|units/kg", line.text) for line in view.dose_notes)
        for view, _, sites in offered(result):
            assert not ("polymyxin-b" in view.antimicrobials and sites & URINE), question


def test_rule_05_every_dose_names_its_kidney_band(results: list[tuple[Question, Result]]) -> None:
    """No dose without a band; a CrCl band is never applied to an eGFR or the reverse."""
    for question, result in results:
        for view, _, _ in offered(result):
            for dose in (*view.doses, *view.renal_table):
                assert dose.band, question
            if question.renal is None:
                continue
            other = {RenalMeasure.CRCL: "egfr", RenalMeasure.EGFR: "crcl"}.get(question.renal.measure)
            assert not [d for d in view.doses if d.measure == other and other is not None], (question, view.regimen)
            if question.renal.measure in (RenalMeasure.HD, RenalMeasure.CRRT, RenalMeasure.PD):
                wrong = [d for d in view.doses if d.kind == "renal" and not _fits_dialysis(d, question)]
                assert not wrong, (question, view.regimen, wrong)


def _fits_dialysis(dose: DoseLine, question: Question) -> bool:
    assert question.renal is not None
    without_urine = "anuria" in dose.band  # the label names it beside its clearance limit
    return dose.measure in (question.renal.measure.value, "any") or "haemodialysis" in dose.band or without_urine


def test_rule_06_valproate_warns_about_carbapenems_and_pivmecillinam(
    results: list[tuple[Question, Result]], knowledge: KnowledgeBase
) -> None:
    """Valproate in the question: the warning names every carbapenem and pivmecillinam, and marks them where offered."""
    names = {knowledge.antimicrobial_names[a] for a in CARBAPENEMS_AND_PIV}
    for question, result in results:
        if Comedication.VALPROATE not in question.comedications:
            continue
        notes = " ".join(line.text for line in result.notes)
        assert all(name in notes for name in names), question
        for view, _, _ in offered(result):
            if CARBAPENEMS_AND_PIV & set(view.antimicrobials):
                assert any("valpro" in line.text.lower() for line in view.marks), (question, view.regimen)


def test_rule_07_what_is_not_covered_is_said(results: list[tuple[Question, Result]]) -> None:
    """Unknown mechanism, two carbapenemases, CNS and endocarditis: not covered, ID consult, no regimen."""
    for question, result in results:
        if question.intent in (Intent.INFECTION_CONTROL, Intent.EVIDENCE):
            continue
        named = set(question.mechanisms) - {Mechanism.UNKNOWN, Mechanism.MBL}
        alone_unknown = question.mechanisms == (Mechanism.UNKNOWN,)
        mbl_and_other = Mechanism.MBL in question.mechanisms and named - METALLO
        gap = (
            alone_unknown
            or len(named) > 1
            or mbl_and_other
            or set(question.sites) & {Site.CNS, Site.ENDOCARDITIS}
            or question.sites == (Site.UNKNOWN,)
        )
        if gap:
            assert isinstance(result, NotCovered), question
            assert any("not covered" in line.text or "not known" in line.text for line in result.reasons)
            assert all("onsultation" in line.text for line in result.reasons)


def test_rule_08_edition_date_and_the_articles_status(results: list[tuple[Question, Result]]) -> None:
    """Every answer shows edition, date, status and disclaimer; the article stands as what it is."""
    for question, result in results:
        assert result.edition.id
        assert result.edition.compiled_on
        assert result.edition.guidance_dated == "2026-07-30"
        assert result.status == "Awaiting review", question
        assert result.disclaimer
        if isinstance(result, Answer):
            for line in result.article:
                assert all(c.verification is Verification.ARTICLE for c in line.citations), line
                assert all("article" in c.short.lower() for c in line.citations), line


def test_rule_09_every_regimen_is_only_if_susceptible(results: list[tuple[Question, Result]]) -> None:
    """Every offered regimen carries "if susceptible"."""
    for question, result in results:
        for view, _, _ in offered(result):
            assert any("susceptible" in line.text for line in view.conditions), (question, view.regimen)


def test_rule_10_low_trust_only_with_its_caveat(results: list[tuple[Question, Result]]) -> None:
    """Nothing of verification D is shown without a caveat."""
    for question, result in results:
        for line in every_line(result):
            if any(c.verification is Verification.D for c in line.citations[:1]):
                assert line.caveat, (question, line.text)
        if isinstance(result, Answer):
            for other in result.others:
                assert other.citation.verification is not Verification.D or other.caveat


def test_what_is_not_suggested_never_has_a_dose(results: list[tuple[Question, Result]]) -> None:
    """What is named as not suggested has a reason and no dose."""
    for question, result in results:
        for view in result.not_suggested:
            assert not view.doses, (question, view.regimen)
            assert not view.renal_table
            assert view.reasons, (question, view.regimen)


def test_every_line_is_cited(results: list[tuple[Question, Result]]) -> None:
    """No line of any answer is without a citation, and every citation says where and links to it."""
    for question, result in results:
        for line in every_line(result):
            assert line.citations, (question, line.text)
            assert all(c.locator and c.url.startswith("http") for c in line.citations), line


def test_never_silent(results: list[tuple[Question, Result]]) -> None:
    """A treatment question with mechanism and site ends in regimens, in what not to use, or in a stated gap."""
    for question, result in results:
        if question.intent is Intent.TREATMENT and question.mechanisms and question.sites:
            said = every_view(result)
            if isinstance(result, NotCovered):
                assert result.reasons, question
            else:
                assert said, question
                empty = [b for b in result.branches if not (b.preferred or b.alternative or b.reserve)]
                assert all(b.not_covered for b in empty), question


def test_reported_resistance_removes_the_regimen(results: list[tuple[Question, Result]]) -> None:
    """An antimicrobial reported resistant is not offered by itself."""
    for question, result in results:
        for view, _, _ in offered(result):
            if len(view.antimicrobials) == 1 and question.intent is Intent.TREATMENT:
                assert view.antimicrobials[0] not in question.resistant, question
