"""The carbapenem phenotype as reported, and the route asked for."""

from __future__ import annotations

from handlers.understanding.lexicon import Reading
from handlers.understanding.reports import Reports
from knowledge.terms import Phenotype, Route
from knowledge.vocabulary import Kind

_OTHERS = frozenset({"meropenem", "imipenem"})


def find_phenotype(reading: Reading, reports: Reports) -> Phenotype | None:
    """Which carbapenems still work, where the reports say so; None where they leave it open."""
    if reading.has(Kind.PHENOTYPE):
        return Phenotype(reading.of(Kind.PHENOTYPE)[0].id)
    if "resistant to all carbapenems" in reading.text or "r to all carbapenems" in reading.text:
        return Phenotype.ALL_CARBAPENEMS
    if "ertapenem" not in reports.resistant:
        return None
    susceptible = _OTHERS.intersection(reports.susceptible)
    resistant = _OTHERS.intersection(reports.resistant)
    if susceptible == _OTHERS:
        return Phenotype.ERTAPENEM_ONLY
    if resistant == _OTHERS:
        return Phenotype.ALL_CARBAPENEMS
    return Phenotype.ONE_CARBAPENEM if susceptible and resistant else None


def find_route(reading: Reading) -> Route | None:
    """Oral or intravenous, where exactly one is asked for."""
    routes = {Route(match.id) for match in reading.of(Kind.ROUTE)}
    routes |= {Route.ORAL for m in reading.of(Kind.INTENT) if {"oral", "po"} & set(reading.phrase(m).split())}
    return next(iter(routes)) if len(routes) == 1 else None
