"""The shape of a hospital's own files: what they may say, and nowhere a place for a dose, a rank or a rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from knowledge.provenance import AntimicrobialId, DataModel
from knowledge.terms import Mechanism, Route, Site

FEWEST_ISOLATES = 30  # below it a percentage says little; the usual lower bound of cumulative antibiograms
_ONE_LINE = r"^[^\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]*$"
LocalText = Annotated[str, StringConstraints(min_length=2, max_length=200, strip_whitespace=True, pattern=_ONE_LINE)]
LocalName = Annotated[str, StringConstraints(min_length=2, max_length=60, strip_whitespace=True, pattern=_ONE_LINE)]
Antimicrobials = Annotated[tuple[AntimicrobialId, ...], Field(min_length=1)]


def _plain_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("write a bare number, without quotes or a percent sign")
    return value


class Hospital(DataModel):
    """Whose files these are, who answers for them and until when they hold."""

    name: LocalName
    owner: LocalName
    dated: date
    review_due_on: date

    @model_validator(mode="after")
    def _review_follows(self) -> Self:
        if self.review_due_on <= self.dated:
            raise ValueError("review_due_on must be later than dated: correct one of the two")
        return self


class Item(DataModel):
    """Any entry. `owner` and `dated` where they differ from the hospital's own."""

    owner: LocalName | None = None
    dated: date | None = None


class Scoped(Item):
    """An entry that may hold for some mechanisms or sites only. Empty: for all."""

    mechanisms: tuple[Mechanism, ...] = ()
    sites: tuple[Site, ...] = ()


class Restriction(Scoped):
    """What must happen before these antimicrobials are given: "ID approval, pager 4242"."""

    antimicrobials: Antimicrobials
    text: LocalText


class Contact(Item):
    """How to reach somebody."""

    role: Literal["id_on_call", "microbiology", "pharmacy"]
    route: LocalText


class Formulary(Item):
    """Whether the pharmacy has it."""

    antimicrobials: Antimicrobials
    status: Literal["on_formulary", "non_formulary", "out_of_stock"]
    since: date | None = None
    expected_on: date | None = None
    text: LocalText | None = None

    @model_validator(mode="after")
    def _dates_of_a_shortage(self) -> Self:
        if (self.status == "out_of_stock") != (self.since is not None):
            raise ValueError("since belongs to out_of_stock, and out_of_stock needs it: add or remove the date")
        if self.expected_on is not None and (self.since is None or self.expected_on < self.since):
            raise ValueError("expected_on belongs to out_of_stock and is not before since: correct or remove it")
        return self


class Note(Scoped):
    """Something known or agreed in this hospital. Without `antimicrobials`: for the mechanisms and sites named."""

    antimicrobials: tuple[AntimicrobialId, ...] = ()
    text: LocalText


class Antibiogram(Item):
    """How many isolates of this hospital were susceptible in a period."""

    antimicrobial: AntimicrobialId
    organism: Annotated[str, StringConstraints(pattern=r"^[A-Z][a-z]+( [a-z]+| spp\.)?( complex)?$", max_length=60)]
    mechanisms: tuple[Mechanism, ...] = ()
    percent_susceptible: Annotated[
        Decimal, BeforeValidator(_plain_number), Field(ge=0, le=100, max_digits=4, decimal_places=1)
    ]
    isolates: Annotated[int, Field(strict=True, ge=1)]
    period_from: date
    period_to: date

    @model_validator(mode="after")
    def _period_in_order(self) -> Self:
        if self.period_to < self.period_from:
            raise ValueError("period_to lies before period_from: correct one of the two")
        return self

    @property
    def is_small(self) -> bool:
        """Whether there are too few isolates for a percentage to say much."""
        return self.isolates < FEWEST_ISOLATES


class Hidden(Item):
    """A regimen that the hospital does not offer: exactly these antimicrobials together (and this route)."""

    antimicrobials: Antimicrobials
    route: Route | None = None
    reason: LocalText

    def covers(self, antimicrobials: tuple[str, ...], route: Route | None) -> bool:
        """Whether this entry hides the regimen; a route not named by the guidance may be any."""
        return set(self.antimicrobials) == set(antimicrobials) and (self.route is None or route in (None, self.route))


class OverlayContent(DataModel):
    """Everything that a hospital says of its own."""

    hospital: Hospital
    restrictions: tuple[Restriction, ...] = ()
    contacts: tuple[Contact, ...] = ()
    formulary: tuple[Formulary, ...] = ()
    notes: tuple[Note, ...] = ()
    antibiogram: tuple[Antibiogram, ...] = ()
    hidden: tuple[Hidden, ...] = ()
