"""The ten safety rules and the promises beside them, written by hand and not read from the data.

`broken` names what an answer breaks. The tests and the exhaustive run (`make exhaustive`) share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.answer import Answer, DoseLine, Line, NotCovered, RegimenView
from knowledge.question import Question
from knowledge.terms import Comedication, Intent, Mechanism, RenalMeasure, Site, Verification

Result = Answer | NotCovered
METALLO = {Mechanism.NDM, Mechanism.VIM, Mechanism.IMP, Mechanism.MBL}
URINE = {Site.CYSTITIS, Site.CUTI, Site.UTI}
INHIBITOR_COMBINATIONS = {("ceftazidime-avibactam",), ("meropenem-vaborbactam",), ("imipenem-relebactam",)}
WEAK_FOR_OXA = {"meropenem-vaborbactam", "imipenem-relebactam"}
TETRACYCLINES = {"tigecycline", "eravacycline", "minocycline", "omadacycline"}
POLYMYXINS = {"colistin", "polymyxin-b"}
CARBAPENEMS_AND_PIV = {"meropenem-vaborbactam", "imipenem-relebactam", "meropenem", "imipenem", "pivmecillinam"}
CARBAPENEM_NAMES = (
    "meropenem-vaborbactam",
    "imipenem-cilastatin-relebactam",
    "meropenem",
    "imipenem-cilastatin",
    "pivmecillinam",
)
_POLYMYXIN_DOSE = re.compile(r"mg/kg|units/kg")
_WELL_CITED: dict[int, Line] = {}  # lines are made once an edition: looked at once


def offered(result: Result) -> Iterator[tuple[RegimenView, set[Mechanism], set[Site]]]:
    """Every regimen that is offered, with the mechanisms and sites it is offered for."""
    if isinstance(result, NotCovered):
        return
    for branch in result.branches:
        mechanisms, sites = set(branch.mechanisms), set(branch.sites)
        for view in (*branch.preferred, *branch.alternative, *branch.reserve):
            yield view, mechanisms, sites
    for view in (*result.focus, *result.elsewhere):
        if not view.reasons:
            yield view, set(result.question.mechanisms), set(result.question.sites)


def every_view(result: Result) -> list[RegimenView]:
    """Everything that is named as a regimen, offered or not."""
    views = list(result.not_suggested)
    if isinstance(result, Answer):
        views += [*result.preferred, *result.alternative, *result.reserve, *result.focus, *result.elsewhere]
    return views


def every_line(result: Result) -> Iterator[Line]:
    """Every statement of an answer."""
    yield from (*result.infection_control, *result.notes, result.consult)
    if isinstance(result, NotCovered):
        yield from (*result.reasons, *result.implications, *result.conditional, *result.testing)
    else:
        yield result.susceptibility
        yield from (*result.duration, *result.combination, *result.management, *result.evidence, *result.article)
        for branch in result.branches:
            yield from (*branch.conditions, *branch.not_covered)
        for about in result.about:
            yield from (about.here,) if about.here else ()
            for topic in about.topics:
                yield from topic.lines
    for view in every_view(result):
        yield from (*view.doses, *view.dose_notes, *view.renal_table, *view.conditions)
        yield from (*view.cautions, *view.marks, *view.reasons)


def broken(question: Question, result: Result) -> list[str]:
    """What this answer breaks, each in a few words. Empty: it may be shown."""
    found = [*_gap(question, result), *_frame(result), *_against(result), *_never_silent(question, result)]
    warned = _valproate_warning(question, result)
    found += warned
    for view, mechanisms, sites in offered(result):
        found += [f"{what}: {view.regimen}" for what in _offered(question, view, mechanisms, sites)]
    for view in every_view(result):
        if POLYMYXINS & set(view.antimicrobials) and (
            view.doses or view.renal_table or any(_POLYMYXIN_DOSE.search(line.text) for line in view.dose_notes)
        ):
            found.append(f"rule-04: a dose of {view.regimen}")
    found += [f"{what}: {line.text[:60]}" for line in every_line(result) for what in _line(line)]
    if isinstance(result, Answer):
        low = [o.title for o in result.others if o.citation.verification is Verification.D and not o.caveat]
        found += [f"rule-10: {title} without its caveat" for title in low]
    return found


def _offered(question: Question, view: RegimenView, mechanisms: set[Mechanism], sites: set[Site]) -> Iterator[str]:
    named = set(view.antimicrobials)
    if view.antimicrobials in INHIBITOR_COMBINATIONS and mechanisms & METALLO:
        yield "rule-01: offered alone for a metallo-enzyme"
    if named & WEAK_FOR_OXA and Mechanism.OXA_48_LIKE in mechanisms:
        yield "rule-02: offered for OXA-48-like"
    if named & TETRACYCLINES and sites & {Site.BACTEREMIA, *URINE}:
        yield "rule-03: offered for blood or urine"
    if "tigecycline" in named and Site.PNEUMONIA in sites:
        said = " ".join(line.text.lower() for line in view.cautions)
        if not ("boxed warning" in said and "47.9%" in said and "ventilator" in said):
            yield "rule-03: without its warnings"
    if "polymyxin-b" in named and sites & URINE:
        yield "rule-04: offered for urine"
    yield from _kidneys(question, view)
    warned = any("valpro" in line.text.lower() for line in view.marks)
    if Comedication.VALPROATE in question.comedications and CARBAPENEMS_AND_PIV & named and not warned:
        yield "rule-06: not marked"
    if not any("susceptible" in line.text for line in view.conditions):
        yield "rule-09: without 'if susceptible'"
    if len(view.antimicrobials) == 1 and question.intent is Intent.TREATMENT and named & set(question.resistant):
        yield "offered though reported resistant"
    allergies = [line for line in view.marks if line.text.startswith("Allergy reported")]
    if "penicillin" in question.allergies and view.regimen == "meropenem-vaborbactam" and not allergies:
        yield "allergy not marked"


def _kidneys(question: Question, view: RegimenView) -> Iterator[str]:
    if any(not dose.band for dose in (*view.doses, *view.renal_table)):
        yield "rule-05: a dose without its band"
    if question.renal is None:
        return
    given = question.renal.measure
    other = {RenalMeasure.CRCL: "egfr", RenalMeasure.EGFR: "crcl"}.get(given)
    if other and any(dose.measure == other for dose in view.doses):
        yield "rule-05: a band of another measure"
    if given in (RenalMeasure.HD, RenalMeasure.CRRT, RenalMeasure.PD):
        for dose in view.doses:
            if dose.kind == "renal" and not _fits_dialysis(dose, given):
                yield "rule-05: not for this dialysis"
    if not (view.doses or view.dose_notes):
        yield "kidney function given, and nothing said of the dose"


def _fits_dialysis(dose: DoseLine, given: RenalMeasure) -> bool:
    said = dose.band.lower()
    by_words = "anuria" in said or "other dialysis" in said or (given is RenalMeasure.HD and "haemodialysis" in said)
    return dose.measure in (given.value, "any") or by_words


def _valproate_warning(question: Question, result: Result) -> list[str]:
    if Comedication.VALPROATE not in question.comedications:
        return []
    notes = " ".join(line.text for line in result.notes)
    return [f"rule-06: {name} not named" for name in CARBAPENEM_NAMES if name not in notes]


def _gap(question: Question, result: Result) -> Iterator[str]:
    if question.intent in (Intent.INFECTION_CONTROL, Intent.EVIDENCE):
        return
    named = set(question.mechanisms) - {Mechanism.UNKNOWN, Mechanism.MBL}
    gap = (
        question.mechanisms == (Mechanism.UNKNOWN,)
        or len(named) > 1
        or (Mechanism.MBL in question.mechanisms and named - METALLO)
        or set(question.sites) & {Site.CNS, Site.ENDOCARDITIS}
        or question.sites == (Site.UNKNOWN,)
    )
    if gap and not isinstance(result, NotCovered):
        yield "rule-07: answered where the sources say nothing"
    if isinstance(result, NotCovered):
        if not all("not covered" in line.text or "not known" in line.text for line in result.reasons):
            yield "rule-07: the gap is not named"
        if not result.reasons or not all("onsultation" in line.text for line in result.reasons):
            yield "rule-07: without consultation"


def _frame(result: Result) -> Iterator[str]:
    edition = result.edition
    if not (edition.id and edition.compiled_on and edition.guidance_dated == "2026-07-30" and result.disclaimer):
        yield "rule-08: edition, date or disclaimer missing"
    if not result.status:
        yield "rule-08: status missing"
    if isinstance(result, Answer):
        for line in result.article:
            if not all(c.verification is Verification.ARTICLE and "article" in c.short.lower() for c in line.citations):
                yield "rule-08: the article's line without its name"


def _against(result: Result) -> Iterator[str]:
    for view in result.not_suggested:
        if view.doses or view.renal_table:
            yield f"a dose of what is not suggested: {view.regimen}"
        if not view.reasons:
            yield f"not suggested without a reason: {view.regimen}"


def _never_silent(question: Question, result: Result) -> Iterator[str]:
    if question.intent is not Intent.TREATMENT or not (question.mechanisms and question.sites):
        return
    if isinstance(result, Answer):
        if not every_view(result):
            yield "nothing is said"
        for branch in result.branches:
            if not (branch.preferred or branch.alternative or branch.reserve or branch.not_covered):
                yield "an empty branch without a word"


def _line(line: Line) -> Iterator[str]:
    if id(line) in _WELL_CITED and _WELL_CITED[id(line)] is line:
        return
    faults = []
    if not line.citations or not all(c.locator and c.url.startswith("http") for c in line.citations):
        faults.append("not cited")
    if any(c.verification is Verification.D for c in line.citations[:1]) and not line.caveat:
        faults.append("rule-10: low trust without its caveat")
    if not faults and len(_WELL_CITED) < 20_000:
        _WELL_CITED[id(line)] = line
    yield from faults
