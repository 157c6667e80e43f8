"""What clinicians type, mapped to the terms of the field: data in `data/vocabulary/`, whole words, never prefixes.

A form is a sequence of words; how its words are joined (space, hyphen, slash, nothing between letters and digits)
never matters, so "oxa 48" is also "OXA-48" and "oxa48".
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.errors import KnowledgeDataError
from knowledge.files import VOCABULARY_FOLDER, DataFiles
from knowledge.provenance import AntimicrobialId, Text
from knowledge.recorded import edits
from knowledge.terms import AllergyClass, Comedication, Mechanism, Phenotype, Route, Site

WORD = re.compile(r"[a-z]+|[0-9]+(?:\.[0-9]+)?")
"""The words of normalised text: letters, or a number with its decimals."""


_PLAIN_WORDS = f"{VOCABULARY_FOLDER}/words.toml"


class Kind(StrEnum):
    """What a form says. The tables of the data files carry these names."""

    MECHANISM = "mechanism"
    TEST = "test"
    BYSTANDER = "bystander"
    PORIN = "porin"
    CRE = "cre"
    SITE = "site"
    PLACE = "place"
    ANTIMICROBIAL = "antimicrobial"
    OTHER_ANTIMICROBIAL = "other_antimicrobial"
    AMBIGUOUS = "ambiguous"
    COMEDICATION = "comedication"
    ORGANISM = "organism"
    OUTSIDER = "outsider"
    GRAM_NEGATIVE = "gram_negative"
    CUE = "cue"
    BEARER = "bearer"
    REPORT = "report"
    ALLERGY_CUE = "allergy_cue"
    KIDNEY = "kidney"
    DIALYSIS = "dialysis"
    WEEKLY = "weekly"
    INTENT = "intent"
    ROUTE = "route"
    PHENOTYPE = "phenotype"
    SCOPE = "scope"
    NEUTRAL = "neutral"
    PLAIN = "plain"


CLOSED: dict[Kind, frozenset[str]] = {
    Kind.MECHANISM: frozenset(Mechanism) - {Mechanism.UNKNOWN},
    Kind.SITE: frozenset(Site) - {Site.UNKNOWN},
    Kind.COMEDICATION: frozenset(Comedication),
    Kind.ROUTE: frozenset(Route),
    Kind.PHENOTYPE: frozenset(Phenotype),
    Kind.TEST: frozenset({"any", "ecim", "mcim_ecim", "typing", "rest"}),
    Kind.PLACE: frozenset({"place", "unknown"}),
    Kind.DIALYSIS: frozenset({"hd", "crrt", "pd", "other"}),
    Kind.KIDNEY: frozenset({"crcl", "egfr", "effluent", "creatinine"}),
    Kind.ALLERGY_CUE: frozenset({"allergy", "removed", "none"}),
    Kind.CUE: frozenset(
        [
            "no",
            "not",
            "not_only",
            "negative",
            "negative_for",
            "positive",
            "positive_for",
            "pending",
            "unknown",
            "untyped",
            "suspected_before",
            "suspected_after",
            "past_before",
            "past_after",
            "contaminant",
            "contrast",
            "join",
            "bridge",
            "also",
            "hypothetical",
            "colonised",
        ]
    ),
    Kind.BEARER: frozenset({"own", "corrected", "other", "other_after", "raised", "raised_after", "guessed"}),
    Kind.REPORT: frozenset(
        [
            "resistant",
            "susceptible",
            "intermediate",
            "resistant_to",
            "susceptible_to",
            "intermediate_to",
            "class",
            "except",
            "laterality",
            "fill",
        ]
    ),
    Kind.INTENT: frozenset(
        [
            "dose",
            "dose_mention",
            "duration",
            "infection_control",
            "infection_control_state",
            "evidence",
            "evidence_mention",
            "combination",
            "treatment",
            "drug_choice",
            "help",
            "greeting",
        ]
    ),
    Kind.SCOPE: frozenset(
        [
            "child",
            "child_mention",
            "pregnancy",
            "pregnancy_mention",
            "animal",
            "animal_mention",
            "susceptible",
            "chat",
            "injection",
        ]
    ),
}
"""Kinds whose ids the code knows; the others are free, so that a pharmacist can add one."""


class Term(BaseModel):
    """One thing that can be said, with every form it is written in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    id: Text
    forms: tuple[Text, ...]
    weak: bool = False  # a site that counts only when no other is named
    reported_only: bool = False  # a code that is also a word: read only beside a susceptibility report
    allergy: AllergyClass | None = None  # the class of an antimicrobial
    candidates: tuple[AntimicrobialId, ...] = ()  # what an ambiguous name can mean
    carrier: bool = False  # an organism outside the scope that carries carbapenemases itself

    def __hash__(self) -> int:
        return id(self)


class Vocabulary(BaseModel):
    """Every term. Two loaded vocabularies are equal only when they are the same object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    terms: tuple[Term, ...]

    def of(self, kind: Kind) -> tuple[Term, ...]:
        """The terms of one kind, in the order of the files."""
        return tuple(term for term in self.terms if term.kind is kind)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def load_vocabulary(folder: Path | DataFiles | None = None, *, edited: bool = False) -> Vocabulary:
    """The words of a data folder (default: the shipped one); raises one error that names all faults.

    A file that is not as recorded is a fault, here as in `KnowledgeBase.load`, unless `edited`.
    """
    data = DataFiles.of(folder)
    faults: list[str] = []
    terms: list[Term] = []
    owners: dict[tuple[str, ...], str] = {}
    files = data.within(VOCABULARY_FOLDER)
    if not files:
        faults.append(f"{VOCABULARY_FOLDER}/: no vocabulary files; expected *.toml")
    for file in files:
        for where, term in _read(file, data, faults):
            _check(term, where, owners, faults)
            terms.append(term)
    found = {(term.kind, term.id) for term in terms}
    for kind in (Kind.MECHANISM, Kind.SITE, Kind.CUE, Kind.REPORT, Kind.INTENT, Kind.SCOPE):
        faults.extend(
            f'{VOCABULARY_FOLDER}/: no [[{kind.value}]] with id = "{missing}"; add one with its forms'
            for missing in sorted(i for i in CLOSED[kind] if files and (kind, i) not in found)
        )
    if not edited:
        faults.extend(edit.fault for edit in edits(data))
    if faults:
        raise KnowledgeDataError(tuple(faults))
    return Vocabulary(terms=tuple(terms))


def _read(file: str, data: DataFiles, faults: list[str]) -> list[tuple[str, Term]]:
    if file in data.unreadable:
        faults.append(f"{file}: can't be read ({data.unreadable[file]}); check the file's rights")
        return []
    try:
        tables = tomllib.loads(data.bodies[file].decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{file}: not readable as TOML ({error}); correct the line it names")
        return []
    terms: list[tuple[str, Term]] = []
    for name, entries in tables.items():
        if name not in frozenset(Kind) or not isinstance(entries, list):
            faults.append(f"{file}: [[{name}]] is not a table of the vocabulary; use one of {', '.join(Kind)}")
            continue
        for number, entry in enumerate(entries, 1):
            where = f"{file}: [[{name}]] {number}"
            if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                where += f" ({entry['id']})"
            if (term := _term(name, entry, where, faults)) is not None:
                terms.append((where, term))
    return terms


def _term(name: str, entry: Any, where: str, faults: list[str]) -> Term | None:
    if not isinstance(entry, dict):
        faults.append(f"{where}: an entry is a table with id and forms")
        return None
    try:
        return Term(**{"kind": name, **entry})
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            key = ".".join(str(part) for part in fault["loc"]) or "entry"
            faults.append(f"{where}: {key}: {fault['msg']}; correct or remove it")
        return None


def _check(term: Term, where: str, owners: dict[tuple[str, ...], str], faults: list[str]) -> None:
    closed = CLOSED.get(term.kind)
    if closed is not None and term.id not in closed:
        faults.append(f"{where}: id: unknown; use one of {', '.join(sorted(closed))}")
    if term.kind is Kind.AMBIGUOUS and not term.candidates:
        faults.append(f"{where}: candidates: missing; list the antimicrobials it can mean")
    if not term.forms:
        faults.append(f"{where}: forms: empty; list at least one")
    for form in term.forms:
        words = tuple(WORD.findall(form))
        if not words or form != form.lower() or not form.isascii():
            faults.append(f'{where}: forms: "{form}" is not plain lower-case words; drop accents and signs')
            continue
        if term.kind is Kind.PLAIN:
            owners.setdefault(words, where)
            continue
        owner = owners.setdefault(words, where)
        if owner != where and not owner.startswith(_PLAIN_WORDS):
            faults.append(f'{where}: forms: "{form}" already belongs to {owner}; keep it in one of the two')
