"""What sources list for mechanisms at sites, where they differ, and the rules that hold over every answer."""

from __future__ import annotations

from knowledge.provenance import AntimicrobialId, Applies, DataModel, FactId, Sourced, SourceId, Text
from knowledge.terms import Mechanism, Phenotype, Route, Site


class Entry(DataModel):
    """A regimen in a row: antimicrobials given together, with what limits it."""

    antimicrobials: tuple[AntimicrobialId, ...]
    route: Route | None = None
    mechanisms: tuple[Mechanism, ...] = ()  # only these of the row's mechanisms
    sites: tuple[Site, ...] = ()  # only these of the row's sites
    organisms: tuple[Text, ...] = ()  # only these organisms
    conditions: tuple[Text, ...] = ()
    reason: Text | None = None  # why it is not suggested
    because: tuple[FactId, ...] = ()


class Row(Sourced):
    """What one source and edition says for mechanisms at sites."""

    id: FactId
    edition: Text
    mechanisms: tuple[Mechanism, ...]
    sites: tuple[Site, ...]
    phenotype: Phenotype | None = None
    phenotype_text: Text | None = None
    preferred: tuple[Entry, ...] = ()
    alternative: tuple[Entry, ...] = ()
    reserve: tuple[Entry, ...] = ()
    not_suggested: tuple[Entry, ...] = ()
    conditions: tuple[Text, ...] = ()
    note: Text | None = None
    not_covered: bool = False  # the source says nothing here: infectious-diseases consultation


class Position(DataModel):
    """What one source says in a conflict."""

    source: SourceId
    says: Text
    locator: Text | None = None
    caveat: Text | None = None


class Conflict(Applies):
    """A topic on which sources differ, side by side; the newest guidance first."""

    id: FactId
    topic: Text
    positions: tuple[Position, ...]
    how_shown: Text


class Forbidden(DataModel):
    """A regimen that must never be offered. Empty mechanisms or sites mean all; `alone` spares a pair."""

    antimicrobials: tuple[AntimicrobialId, ...]
    mechanisms: tuple[Mechanism, ...] = ()
    sites: tuple[Site, ...] = ()
    alone: bool = False
    if_named: bool = False  # said only to a question that names it
    reason: Text


class SafetyRule(DataModel):
    """One of the rules that hold over every answer."""

    id: FactId
    rule: Text
    because: tuple[FactId, ...] = ()
    forbids: tuple[Forbidden, ...] = ()
    no_dose: tuple[AntimicrobialId, ...] = ()
