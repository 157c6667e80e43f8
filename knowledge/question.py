"""`Question`: what a clinician asks, as ids only; the door of this package for every caller."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from knowledge.provenance import AntimicrobialId, Text
from knowledge.terms import (
    AllergyClass,
    Comedication,
    Intent,
    Mechanism,
    Phenotype,
    RenalMeasure,
    Route,
    Site,
)


class Renal(BaseModel):
    """Kidney function as given. `value` is mL/min for CrCl and eGFR; `effluent_l_per_h` belongs to CRRT."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measure: RenalMeasure
    value: Decimal | None = None
    effluent_l_per_h: Decimal | None = None

    @model_validator(mode="after")
    def _fits_the_measure(self) -> Self:
        numeric = self.measure in (RenalMeasure.CRCL, RenalMeasure.EGFR)
        if self.measure is RenalMeasure.ANY:
            raise ValueError("kidney function is given as crcl, egfr, hd, crrt or pd")
        if numeric != (self.value is not None):
            raise ValueError("crcl and egfr need a value in mL/min; dialysis has none")
        if self.value is not None and not 0 <= self.value <= 400:
            raise ValueError("a clearance lies between 0 and 400 mL/min")
        if self.effluent_l_per_h is not None and (
            self.measure is not RenalMeasure.CRRT or not 0 < self.effluent_l_per_h <= 20
        ):
            raise ValueError("effluent belongs to crrt and lies between 0 and 20 L/h")
        return self


class Question(BaseModel):
    """A question in the field's terms. Order within a tuple carries no meaning; ids are normalised by `canonical()`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mechanisms: tuple[Mechanism, ...] = ()
    sites: tuple[Site, ...] = ()
    intent: Intent = Intent.TREATMENT
    renal: Renal | None = None
    resistant: tuple[AntimicrobialId, ...] = ()
    susceptible: tuple[AntimicrobialId, ...] = ()
    antimicrobials: tuple[AntimicrobialId, ...] = ()  # asked about by name
    allergies: tuple[AllergyClass, ...] = ()
    comedications: tuple[Comedication, ...] = ()
    organism: Text | None = None  # full binomial, or "Genus spp."
    phenotype: Phenotype | None = None
    route: Route | None = None

    def canonical(self) -> Question:
        """The same question with every tuple sorted and without repeats, so that equal questions are equal bytes."""
        return self.model_copy(
            update={name: tuple(sorted(set(value))) for name, value in self if isinstance(value, tuple)}
        )
