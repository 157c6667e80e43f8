"""One antimicrobial as its file says it: activity, doses with their kidney bands, statements."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from knowledge.provenance import AntimicrobialId, DataModel, Fact, FactId, Sourced, Text
from knowledge.terms import AllergyClass, Mechanism, RenalMeasure, Route, Site

Amount = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$")]
"""A decimal number as printed: a leading zero below one, never a trailing zero (ISMP)."""


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
