"""Where a statement comes from: what every entry of the clinical data carries, so that no text is shown uncited.

All models of the data are frozen and strict; a misspelt key is a fault.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from knowledge.terms import AllergyClass, Comedication, Mechanism, Site, Strength, Verification

Text = Annotated[str, StringConstraints(min_length=1, max_length=1200, strip_whitespace=True)]
FactId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=64)]
AntimicrobialId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+-]*$", max_length=64)]


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
