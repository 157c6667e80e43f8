"""The shape of the clinical data: frozen, strict models that the TOML files are read into.

Every clinical statement carries its provenance (`Sourced`), so no text can reach an answer without a citation.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from knowledge.terms import (
    AllergyClass,
    Comedication,
    Mechanism,
    Phenotype,
    RenalMeasure,
    Route,
    Site,
    Strength,
    Verification,
)

Text = Annotated[str, StringConstraints(min_length=1, max_length=1200, strip_whitespace=True)]
FactId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=64)]
AntimicrobialId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+-]*$", max_length=64)]
Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$")]
"""A decimal number as printed: a leading zero below one, never a trailing zero (ISMP)."""


class DataModel(BaseModel):
    """Frozen, nothing extra, no coercion beyond what TOML needs (strings to enums, arrays to tuples)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Also(DataModel):
    """A second source that says the same, or adds to it."""

    source: SourceId
    locator: Text | None = None
    says: Text | None = None


class Sourced(DataModel):
    """Provenance of one statement.

    `url` overrides the source's own. `caveat` is shown with the statement wherever it appears; a D statement has one.
    """

    source: SourceId
    locator: Text
    strength: Strength
    verification: Verification
    url: Text | None = None
    also: tuple[Also, ...] = ()
    caveat: Text | None = None

    @model_validator(mode="after")
    def _low_trust_needs_a_caveat(self) -> Self:
        if self.verification is Verification.D and not self.caveat:
            raise ValueError("verification D needs a caveat that is shown with it (rule-10)")
        return self


class Applies(DataModel):
    """When a statement is relevant. An empty list means any."""

    mechanisms: tuple[Mechanism, ...] = ()
    sites: tuple[Site, ...] = ()
    antimicrobials: tuple[AntimicrobialId, ...] = ()
    organisms: tuple[Text, ...] = ()


class Fact(Sourced, Applies):
    """One statement in our own words, with the numbers of its source. `topic` says which section it belongs to."""

    id: FactId
    topic: FactId
    text: Text
    allergy: tuple[AllergyClass, ...] = ()  # the reported allergies this statement speaks to
    comedication: tuple[Comedication, ...] = ()
    always: bool = False  # shown with every regimen that holds the antimicrobial (boxed warnings, safety signals)


class Source(DataModel):
    """A work that was read, and how much of it."""

    id: SourceId
    short: Text  # as shown beside a line: "IDSA 2026", "US label: Avycaz"
    title: Text
    authors: Text | None = None
    journal: Text | None = None
    year: int | None = None
    published_on: date | None = None
    volume: Text | None = None
    pages: Text | None = None
    doi: Text | None = None
    url: Text
    kind: Text
    tier: Literal["primary", "secondary", "tertiary"]
    read_as: Text
    notes: Text | None = None


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


class Band(DataModel):
    """For which kidney function a dose is meant. Bounds are mL/min (effluent L/h for CRRT).

    `over`/`below` exclude, `at_least`/`at_most` include. `with_dialysis` also covers intermittent haemodialysis,
    `any_dialysis` CRRT and peritoneal dialysis too; `without_dialysis` says that the row is only for a patient without
    it. `region` marks a label of another market.
    """

    measure: RenalMeasure
    at_least: Decimal | None = None
    over: Decimal | None = None
    at_most: Decimal | None = None
    below: Decimal | None = None
    with_dialysis: bool = False
    without_dialysis: bool = False
    any_dialysis: bool = False
    region: Literal["EU"] | None = None
    text: Text | None = None  # a band in words, where the label gives no number


class Step(DataModel):
    """One administration: amount, unit, route, interval and infusion time. `join` ties it to the step before."""

    amount: Amount
    amount_to: Amount | None = None
    unit: Literal["g", "mg", "mg/kg"]
    components: Text | None = None  # in brackets after the total: "meropenem 2 g + vaborbactam 2 g"
    what: Text | None = None  # names the antimicrobial where a dose has two: "aztreonam"; or the form: "suspension"
    route: Literal["IV", "by mouth", "IV or by mouth"] | None = None
    once: bool = False
    per_day: bool = False  # "a day in divided doses"
    every_hours: int | None = None
    every_hours_to: int | None = None
    infusion_minutes: int | None = None
    infusion_minutes_to: int | None = None
    tail: Text | None = None  # "then by pharmacokinetics"
    join: Literal["then", "or", "plus"] = "then"


class DoseBody(DataModel):
    """What to give: typed steps, or words where the source gives no number ("do not use")."""

    steps: tuple[Step, ...] = ()
    text: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.steps and not self.text:
            raise ValueError("a dose needs steps or text")
        return self


class Dose(Sourced, DoseBody):
    """A dose for normal kidney function. `sites` limits it; `for_text` says what for; `band` is its own band."""

    id: FactId
    kind: Literal["guidance", "label", "article"]
    sites: tuple[Site, ...] = ()
    route: Route | None = None  # where routes have doses of their own (fosfomycin)
    for_text: Text | None = None
    band: Band | None = None
    differs_from: tuple[FactId, ...] = ()


class RenalRow(Sourced, DoseBody):
    """One row of a renal table. `full_dose` marks the row of normal kidney function.

    `of_usual`: the row changes the usual dose, so that dose is named beside it. `rules_out`: contraindicated here, so
    the regimen is not offered.
    """

    band: Band
    full_dose: bool = False
    of_usual: bool = False
    rules_out: bool = False


class RenalNote(Fact):
    """A remark on kidney dosing. `bands`: only for these kidney functions; empty: for any."""

    bands: tuple[Band, ...] = ()


class RenalTable(DataModel):
    """All rows that may be shown, with the measure they use. No rows: no table in the sources read."""

    measure: RenalMeasure | None = None
    measure_text: Text | None = None  # "CrCl by Cockcroft-Gault"
    infusion_text: Text | None = None
    sites: tuple[Site, ...] = ()  # the sites whose dose the table adjusts; empty: any
    rows: tuple[RenalRow, ...] = ()
    notes: tuple[RenalNote, ...] = ()


class Activity(Sourced):
    """What a source says of an antimicrobial against a mechanism (`mechanism` None: independent of it)."""

    mechanism: Mechanism | None = None
    activity: Text
    text: Text


class Antimicrobial(DataModel):
    """One antimicrobial, or a pair given together (`components`)."""

    id: AntimicrobialId
    name: Text
    components: tuple[AntimicrobialId, ...] = ()
    brands: tuple[Text, ...] = ()
    drug_class: Text
    allergy_classes: tuple[AllergyClass, ...] = ()  # the classes it belongs to, for a reported allergy
    activity: tuple[Activity, ...] = ()
    doses: tuple[Dose, ...] = ()
    renal: RenalTable = RenalTable()
    facts: tuple[Fact, ...] = ()


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


class Statement(Sourced, Applies):
    """One statement of the educational article, as its own, with the reference numbers as printed there."""

    id: FactId
    heading: Text
    text: Text
    printed_references: tuple[int, ...] = ()
    agrees_with: tuple[FactId, ...] = ()
    conflicts: tuple[FactId, ...] = ()


class ArticleReference(DataModel):
    """An entry of the article's printed reference list."""

    as_printed: Text
    likely_number: Text
    identified: bool
    reference: SourceId | None = None
    note: Text | None = None


class Article(DataModel):
    """The educational article: all its statements and the state of its references."""

    source: SourceId
    label: Text
    flaws: tuple[Text, ...]
    statements: tuple[Statement, ...]
    references: tuple[ArticleReference, ...]


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
