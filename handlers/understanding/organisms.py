"""The organism asked about, and whether another organism takes the question out of scope."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.understanding.attribution import Bearer
from handlers.understanding.lexicon import Match
from handlers.understanding.standing import Standing
from handlers.understanding.statements import Statement
from knowledge.vocabulary import Kind

_CURRENT = frozenset({Standing.PRESENT, Standing.SUSPECTED, Standing.AWAITED, Standing.UNKNOWN})
_NO_SPECIES = frozenset({"cre"})


@dataclass(slots=True, frozen=True)
class Organisms:
    """Organisms of a message. `carrier`: one outside the scope that carries carbapenemases itself."""

    name: str | None = None
    match: Match | None = None
    outsiders: tuple[Match, ...] = ()
    carrier: bool = False


def find_organisms(statements: list[Statement]) -> Organisms:
    """The first current Enterobacterales named (a species before its genus), and every current outsider."""
    insiders: list[Match] = []
    outsiders: list[Match] = []
    own_mechanism = any(s.match.kind is Kind.MECHANISM and s.bearer is not Bearer.OTHER for s in statements)
    corrected: Match | None = None  # said to be this patient's own, or to be what was meant
    for statement in statements:
        match = statement.match
        if statement.standing not in _CURRENT:
            continue
        if statement.bearer is Bearer.OTHER and (match.kind is not Kind.OUTSIDER or own_mechanism):
            continue
        if match.kind is Kind.ORGANISM or (match.kind is Kind.CRE and match.id not in _NO_SPECIES):
            insiders.append(match)
            corrected = match if statement.bearer is Bearer.OWN else corrected
        elif match.kind is Kind.OUTSIDER:
            outsiders.append(match)
    chosen: Match | None = None
    for match in insiders if corrected is None else [corrected]:
        if chosen is None or (chosen.id.endswith("spp.") and match.id.split()[0] == chosen.id.split()[0]):
            chosen = match
    return Organisms(
        chosen.id if chosen else None, chosen, tuple(outsiders), any(match.term.carrier for match in outsiders)
    )
