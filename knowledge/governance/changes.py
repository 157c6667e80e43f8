"""The clinical changes between two editions, in sentences that a pharmacist can check against the sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from knowledge.antimicrobials import Antimicrobial, Dose, RenalRow
from knowledge.content import Content
from knowledge.governance.comparing import Comparison, paired
from knowledge.governance.row_changes import new_row, row_changes
from knowledge.governance.telling import Names
from knowledge.recommendations import Row
from knowledge.vocabulary import Term, Vocabulary
from knowledge.wording import band_text


@dataclass(frozen=True, slots=True)
class Change:
    """One difference, the section it belongs to and the file it is in."""

    section: str
    file: str
    text: str


def changes(before: Content, after: Content) -> tuple[Change, ...]:
    """Every difference of the content, most clinical first. Empty only when the two say the same."""
    compare = Comparison(Names(before, after))
    found = [
        *_told("Edition", "edition.toml", compare.entry("Edition", before.edition, after.edition)),
        *_rows(before.rows, after.rows, compare),
        *_antimicrobials(before.antimicrobials, after.antimicrobials, compare),
        *_told("Safety rules", "safety_rules.toml", compare.entries("Rule", before.rules, after.rules)),
        *_told("Statements", "facts/", compare.entries("Statement", before.facts, after.facts)),
        *_told("Conflicts", "conflicts.toml", compare.entries("Conflict", before.conflicts, after.conflicts)),
    ]
    for section, file, name, called in (
        ("Mechanisms and sites", "mechanisms.toml", "mechanisms", "Mechanism"),
        ("Mechanisms and sites", "sites.toml", "sites", "Site"),
        ("Testing", "breakpoints.toml", "breakpoints", "Breakpoint of"),
        ("Testing", "rapid_tests.toml", "rapid_tests", "Rapid test"),
        ("Left open", "not_verified.toml", "not_verified", "Not verified"),
        ("Sources", "sources.toml", "sources", "Source"),
    ):
        found += _told(section, file, compare.entries(called, getattr(before, name), getattr(after, name)))
    found += _told("Educational article", "article.toml", compare.entry("Article", before.article, after.article))
    if not found and before != after:
        found.append(Change("Edition", "", "the two differ in a way that has no words yet: compare the files"))
    return tuple(found)


def vocabulary_changes(before: Vocabulary, after: Vocabulary, content: Content) -> tuple[Change, ...]:
    """What clinicians can type: words that came, went or changed their meaning."""
    compare = Comparison(Names(content))
    return tuple(_told("Vocabulary", "vocabulary/", compare.entries("Word", before.terms, after.terms, _term)))


def _term(entry: BaseModel) -> str:
    if not isinstance(entry, Term):
        raise TypeError(type(entry))
    return f"Words for {entry.kind.value.replace('_', ' ')} {entry.id}"


def _told(section: str, file: str, sentences: Iterable[str]) -> list[Change]:
    return [Change(section, file, sentence) for sentence in sentences]


def _rows(old: Sequence[Row], new: Sequence[Row], compare: Comparison) -> Iterator[Change]:
    def sentences() -> Iterator[str]:
        for before, after in paired(old, new):
            if isinstance(before, Row) and isinstance(after, Row):
                yield from row_changes(before, after, compare) if before != after else ()
            elif isinstance(before, Row):
                yield from new_row(before, compare.names, "removed")
            elif isinstance(after, Row):
                yield from new_row(after, compare.names, "added")
        shared = [row.id for row in new if row.id in {each.id for each in old}]
        if shared != [row.id for row in old if row.id in set(shared)]:
            yield "Recommendations: the order of the rows changed"

    yield from _told("Regimens", "recommendations.toml", sentences())


def _antimicrobials(
    old: Sequence[Antimicrobial], new: Sequence[Antimicrobial], compare: Comparison
) -> Iterator[Change]:
    for before, after in paired(old, new):
        one = after or before
        if not isinstance(one, Antimicrobial) or before == after:
            continue
        file = f"antimicrobials/{one.id}.toml"
        if isinstance(before, Antimicrobial) and isinstance(after, Antimicrobial):
            yield from _told("Antimicrobials", file, _drug(before, after, compare))
        else:
            verb = "added" if before is None else "removed"
            yield from _told("Antimicrobials", file, _whole(one, verb, compare.names))


def _drug(before: Antimicrobial, after: Antimicrobial, compare: Comparison) -> Iterator[str]:
    drug = after.name
    yield from compare.entries(f"{drug}, doses", before.doses, after.doses, _dose_of(drug, compare.names))
    yield from compare.entries(
        f"{drug}, kidney table", before.renal.rows, after.renal.rows, lambda row: f"{drug}, {_band(row)}"
    )
    yield from compare.entries(
        f"{drug}, notes of the kidney table", before.renal.notes, after.renal.notes, lambda note: _fact(drug, note)
    )
    yield from compare.entry(f"{drug}, kidney table", before.renal, after.renal, ("rows", "notes"))
    yield from compare.entries(f"{drug}, statements", before.facts, after.facts, lambda fact: _fact(drug, fact))
    yield from compare.entry(drug, before, after, ("doses", "renal", "facts"))


def _whole(drug: Antimicrobial, verb: str, names: Names) -> Iterator[str]:
    yield f"{drug.name}: antimicrobial {verb}"
    yield from (f"{names.dose(drug.name, dose)}: {verb}, {names.entry(dose)}" for dose in drug.doses)
    yield from (f"{drug.name}, {_band(row)}: {verb}, {names.entry(row)}" for row in drug.renal.rows)
    yield from (f"{_fact(drug.name, fact)}: {verb}, {names.entry(fact)}" for fact in (*drug.renal.notes, *drug.facts))


def _dose_of(drug: str, names: Names) -> Callable[[BaseModel], str]:
    def called(entry: Any) -> str:
        return names.dose(drug, entry) if isinstance(entry, Dose) else drug

    return called


def _band(row: Any) -> str:
    return band_text(row.band) if isinstance(row, RenalRow) else ""


def _fact(drug: str, fact: Any) -> str:
    return f"{drug}, {fact.topic} ({fact.id})"
