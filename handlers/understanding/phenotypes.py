"""The carbapenem phenotype as reported, and the route asked for."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.understanding.lexicon import Reading
from handlers.understanding.report.reports import Reports
from knowledge.terms import Phenotype, Route
from knowledge.vocabulary import Kind

_OTHERS = frozenset({"meropenem", "imipenem"})


def find_phenotype(reading: Reading, reports: Reports) -> Phenotype | None:
    """Which carbapenems still work, where the reports say so; None where they leave it open."""
    if reading.has(Kind.PHENOTYPE):
        return Phenotype(reading.of(Kind.PHENOTYPE)[0].id)
    if "resistant to all carbapenems" in reading.text or "r to all carbapenems" in reading.text:
        return Phenotype.ALL_CARBAPENEMS
    return phenotype_of(reports.resistant, reports.susceptible)


def phenotype_of(resistant: Iterable[str], susceptible: Iterable[str]) -> Phenotype | None:
    """What reports on the three carbapenems together say; None where they leave it open."""
    resistant, susceptible = frozenset(resistant), frozenset(susceptible)
    if "ertapenem" not in resistant:
        return None
    if susceptible >= _OTHERS:
        return Phenotype.ERTAPENEM_ONLY
    if resistant >= _OTHERS:
        return Phenotype.ALL_CARBAPENEMS
    return Phenotype.ONE_CARBAPENEM if _OTHERS & susceptible and _OTHERS & resistant else None


def find_route(reading: Reading) -> Route | None:
    """Oral or intravenous, where exactly one is asked for."""
    routes = {Route(match.id) for match in reading.of(Kind.ROUTE)}
    routes |= {Route.ORAL for m in reading.of(Kind.INTENT) if {"oral", "po"} & set(reading.phrase(m).split())}
    return next(iter(routes)) if len(routes) == 1 else None
