"""`understand`: raw Slack text to what the writer means, in one pass of small steps. Pure, total, deterministic."""

from __future__ import annotations

from handlers.parsed import Context, Doubt, Parsed, ScopeReason, Span
from handlers.understanding.allergy.allergies import find_allergies, find_comedications
from handlers.understanding.attribution import Bearers, opens_case
from handlers.understanding.homonyms import resolve_homonyms
from handlers.understanding.identifiers import count_identifiers
from handlers.understanding.intents import find_intent, instructed
from handlers.understanding.kidney.dialysis import denies_dialysis
from handlers.understanding.kidney.kidneys import find_renal
from handlers.understanding.lexicon import Lexicon, Match, Reading, compile_lexicon, match_forms, split
from handlers.understanding.mechanism.mechanisms import Mechanisms, find_mechanisms
from handlers.understanding.normalise import MAX_LENGTH, normalise, unwrap
from handlers.understanding.organisms import find_organisms
from handlers.understanding.phenotypes import find_phenotype, find_route
from handlers.understanding.report.reports import find_reports
from handlers.understanding.sites import find_sites
from handlers.understanding.spelling import check_spelling, compile_speller
from handlers.understanding.standing import FAMILY
from handlers.understanding.statements import judge
from handlers.understanding.thread import (
    comes_on_top,
    merge,
    must_ask,
    says_it_is_not_known,
    without_bare_urinary,
    without_redundant,
)
from handlers.understanding.whom.scope import out_of_scope
from knowledge.question import Question
from knowledge.terms import Intent, Mechanism, Site
from knowledge.vocabulary import Kind, Vocabulary

_CLINICAL = (
    Kind.MECHANISM, Kind.TEST, Kind.BYSTANDER, Kind.PORIN, Kind.CRE, Kind.SITE, Kind.PLACE, Kind.ANTIMICROBIAL,
    Kind.ORGANISM, Kind.GRAM_NEGATIVE, Kind.DIALYSIS, Kind.WEEKLY, Kind.PHENOTYPE, Kind.AMBIGUOUS,
)  # fmt: skip
_PATIENT = (
    Kind.ALLERGY_CUE,
    Kind.COMEDICATION,
    Kind.KIDNEY,
    Kind.ROUTE,
    Kind.OUTSIDER,
    Kind.NEUTRAL,
)  # enough for a follow-up to be of the patient
_PERSONS = frozenset({"hes", "shes", "he", "she", "patient", "pt"})
_WORK = {
    **dict.fromkeys(FAMILY, 4), Kind.MECHANISM: 12, Kind.DIALYSIS: 12, Kind.WEEKLY: 12, Kind.SITE: 6, Kind.PLACE: 6,
    Kind.REPORT: 5, Kind.ANTIMICROBIAL: 5, Kind.OTHER_ANTIMICROBIAL: 5, Kind.AMBIGUOUS: 5, Kind.KIDNEY: 5,
    Kind.ALLERGY_CUE: 5,
}  # fmt: skip
"""What a finding costs to read, as so many plain words; measured over texts bred to be slow."""
_WORK_OF_UNKNOWN = 3
_MOST_WORK = 1600
"""A consultant's whole note of 3,600 characters comes to 1,300. More is too long: its reading would take too long."""
_CARBAPENEMS = frozenset({"meropenem", "ertapenem", "imipenem"})
_QUESTIONS = frozenset({"dose", "duration", "infection_control", "evidence", "combination"})


def understand(text: str, surface: str, context: Context, vocabulary: Vocabulary) -> Parsed:
    """Read one message. `surface` is `slash`, `mention` or `followup`; `context` is what its thread has settled."""
    seen = unwrap(text)
    plain = normalise(seen)
    if len(plain) > MAX_LENGTH:
        return _too_long(plain)
    lexicon = compile_lexicon(vocabulary)
    reading = split(plain)
    unknown = lexicon.unknown(reading.words)
    work = len(reading.words) + _WORK_OF_UNKNOWN * len(unknown)
    if work > _MOST_WORK:
        return _too_long(plain)
    doubts = check_spelling(reading, unknown, compile_speller(vocabulary))
    match_forms(reading, lexicon)
    if work + sum(_WORK.get(kind, 0) * len(found) for kind, found in reading.kinds.items()) > _MOST_WORK:
        return _too_long(plain)
    resolve_homonyms(reading, lexicon, bool(context.sites))
    return _interpret(reading, lexicon, surface, context, doubts, seen)


def _too_long(plain: str) -> Parsed:
    return Parsed(Question(), ("mechanism", "site"), length=len(plain), too_long=True)


def _interpret(
    reading: Reading, lexicon: Lexicon, surface: str, context: Context, spelling: list[Doubt], seen: str
) -> Parsed:
    bearers = Bearers(reading)
    statements = judge(reading, bearers)
    mechanisms = find_mechanisms(reading, statements, lexicon)
    sites = find_sites(reading, statements)
    organisms = find_organisms(statements)
    allergies, allergens = find_allergies(reading)
    reports = find_reports(reading, allergens)
    renal, renal_match = find_renal(reading, statements, bearers)
    if any(opens_case(reading, m) for m in reading.of(Kind.BEARER)):
        context = Context()  # "Different pt: …" in the thread of another
    is_followup = surface == "followup" or bool(context.mechanisms or context.sites)
    quoted = instructed(reading)
    clinical = (
        any(kind in reading.kinds for kind in _CLINICAL if kind is not Kind.ANTIMICROBIAL)
        or any(match.first not in quoted for match in reading.of(Kind.ANTIMICROBIAL))
        or renal is not None
        or bool(allergies or spelling or mechanisms.present)
        or (is_followup and _speaks_of_patient(reading))
    )
    mentioned = bool(reports.named or reports.resistant or reports.susceptible)
    news = bool(mechanisms.present or mechanisms.negated or sites.present or organisms.name or mentioned or allergies)
    wanted = find_intent(reading, clinical, is_followup and renal is not None and not news, mentioned)
    asks = clinical or (is_followup and not wanted.courtesy) or _asks(reading) or wanted.intent is Intent.DURATION
    carbapenems = {m.id for m in reports.matches if m.id in _CARBAPENEMS}
    active = bool(carbapenems) and carbapenems <= set(reports.susceptible)
    reason = out_of_scope(reading, organisms, mechanisms.spoken_of, reports.carbapenem_resistant, active)
    if context.mechanisms and (
        reason is ScopeReason.NOT_CARBAPENEM_RESISTANT
        or (reason is ScopeReason.OTHER_ORGANISM and comes_on_top(reading, organisms.outsiders))
    ):
        reason = None  # the thread is about CRE; this comes on top of it
    intent = wanted.intent
    if reason is not None:
        intent = Intent.OUT_OF_SCOPE
    elif not reading.words:
        intent = Intent.HELP
    elif intent is not Intent.HELP and not asks and not _names_treatment(reading):
        intent, reason = Intent.OUT_OF_SCOPE, ScopeReason.NOT_CLINICAL
    counted = count_identifiers(seen, lexicon.ordinary)
    corrected = _corrected(reading)
    spans = _spans(
        reading, (*mechanisms.matches, *sites.matches, *reports.matches, *wanted.matches, organisms.match, renal_match)
    )
    if intent in (Intent.HELP, Intent.OUT_OF_SCOPE):
        return Parsed(
            Question(intent=intent), scope_reason=reason, identifiers=counted, length=len(reading.text), spans=spans,
            unknown_tokens=_unknown(reading, lexicon),
        )  # fmt: skip
    stated = _concerned(mechanisms, intent)
    merged_mechanisms = without_redundant(
        merge(stated, context.mechanisms, mechanisms.negated, comes_on_top(reading, mechanisms.matches))
    )
    merged_sites = without_bare_urinary(
        merge(sites.present, context.sites, sites.absent, comes_on_top(reading, sites.matches))
    )
    if surface == "followup" and not news and says_it_is_not_known(reading):
        if merged_sites and not merged_mechanisms:
            merged_mechanisms = (Mechanism.UNKNOWN,)
        elif merged_mechanisms and not merged_sites:
            merged_sites = (Site.UNKNOWN,)
    question = Question(
        mechanisms=merged_mechanisms,
        sites=merged_sites,
        intent=intent,
        renal=renal,
        resistant=reports.resistant,
        susceptible=reports.susceptible,
        antimicrobials=reports.named,
        allergies=allergies,
        comedications=find_comedications(reading),
        organism=organisms.name,
        phenotype=find_phenotype(reading, reports),
        route=find_route(reading),
    )
    return Parsed(
        question,
        must_ask(intent, merged_mechanisms, merged_sites, mentioned),
        (
            *mechanisms.doubts,
            *reports.doubts,
            *_useful(spelling, bool(merged_mechanisms)),
        ),
        corrected=corrected,
        negated=mechanisms.negated,
        suspected=tuple(m for m in mechanisms.suspected if m not in merged_mechanisms),
        renal_denied=denies_dialysis(reading, statements) and (renal is None or renal.value is not None),
        identifiers=counted,
        unknown_tokens=_unknown(reading, lexicon),
        length=len(reading.text),
        spans=spans,
    )


def _speaks_of_patient(reading: Reading) -> bool:
    """Enough in a follow-up to be no mere courtesy."""
    asked = any(m.last > m.first for m in reading.of(Kind.INTENT) if m.id in ("treatment", "drug_choice"))
    asked |= find_route(reading) is not None or "po" in reading.words or not _PERSONS.isdisjoint(reading.words)
    return asked or says_it_is_not_known(reading) or any(kind in reading.kinds for kind in _PATIENT)


def _asks(reading: Reading) -> bool:
    asked = [m for m in reading.of(Kind.INTENT) if m.id in _QUESTIONS]
    quoted = instructed(reading)
    return any(match.first not in quoted for match in asked)


def _concerned(mechanisms: Mechanisms, intent: Intent) -> tuple[Mechanism, ...]:
    """Precautions may be about what somebody else carries; treatment is not."""
    if intent is Intent.INFECTION_CONTROL and not mechanisms.present:
        return mechanisms.of_others
    return mechanisms.present


def _names_treatment(reading: Reading) -> bool:
    return any(m.id == "treatment" for m in reading.of(Kind.INTENT)) and not reading.has(
        Kind.SCOPE, "injection", "chat"
    )


def _useful(doubts: list[Doubt], knows_mechanism: bool) -> tuple[Doubt, ...]:
    """A word near a mechanism's name is worth a question only while no mechanism is known."""
    return tuple(d for d in doubts if d.field != "mechanism" or not knows_mechanism)


def _corrected(reading: Reading) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for number in reading.corrected:
        match = reading.at[number]
        if match is not None and match.kind in (Kind.SITE, Kind.ORGANISM):
            found[match.id] = None
    return tuple(found)


def _unknown(reading: Reading, lexicon: Lexicon) -> int:
    return sum(1 for word in reading.words if word not in lexicon.words and not word[0].isdigit())


def _spans(reading: Reading, matches: tuple[Match | None, ...]) -> tuple[Span, ...]:
    return tuple(
        Span(reading.starts[m.first], reading.ends[m.last], m.kind.value, m.id)
        for m in sorted((m for m in matches if m is not None), key=lambda m: m.first)
    )
