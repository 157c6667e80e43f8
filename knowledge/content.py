"""The content of one edition as a whole: everything that a data folder says."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from knowledge.antimicrobials import Antimicrobial
from knowledge.article import Article
from knowledge.provenance import AntimicrobialId, DataModel, Fact, FactId, Source, Sourced, SourceId, Text
from knowledge.recommendations import Conflict, Row, SafetyRule
from knowledge.terms import Mechanism, Route, Site


class Edition(DataModel):
    """The edition of the content as a whole."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}\.[0-9]{1,2}$")]
    compiled_on: date
    review_due_on: date
    owner: Text
    guidance: SourceId  # the source whose rows lead
    basis: Text  # how the leading guidance was read
    disclaimer: Text
    reminder: Text  # the ID-consult reminder
    susceptibility: Text  # "if susceptible", beside every regimen
    reminder_because: tuple[FactId, ...]
    susceptibility_because: tuple[FactId, ...]


class Breakpoint(Sourced):
    """Susceptible at or below, microgram/mL, as printed."""

    antimicrobials: tuple[AntimicrobialId, ...]
    route: Route | None = None
    susceptible_at_or_below: Text | None = None
    note: Text | None = None


class RapidTest(Sourced):
    """A named test and what it can find."""

    name: Text
    technology: Text
    targets: tuple[Text, ...]
    specimen: Text
    us_cleared: bool


class MechanismInfo(DataModel):
    """A mechanism as shown."""

    id: Mechanism
    name: Text
    ambler_class: Text | None = None
    enzyme_type: Text
    facts: tuple[Fact, ...] = ()


class SiteInfo(DataModel):
    """A site as shown, and what the leading guidance covers of it."""

    id: Site
    name: Text
    short: Text
    coverage: tuple[Text, ...] = ()
    note: Text | None = None


class NotVerified(DataModel):
    """What the sources read leave open, so nothing may be stated of it."""

    text: Text


class Content(DataModel):
    """Everything that is known, read from one folder."""

    edition: Edition
    sources: tuple[Source, ...]
    mechanisms: tuple[MechanismInfo, ...]
    sites: tuple[SiteInfo, ...]
    antimicrobials: tuple[Antimicrobial, ...]
    rows: tuple[Row, ...]
    facts: tuple[Fact, ...]  # management, infection control, evidence, mechanisms in general, rapid tests
    conflicts: tuple[Conflict, ...]
    article: Article
    rules: tuple[SafetyRule, ...]
    breakpoints: tuple[Breakpoint, ...] = ()
    rapid_tests: tuple[RapidTest, ...] = ()
    not_verified: tuple[NotVerified, ...] = ()
