"""Words for what stands in the data: how a value, a list or an entry is named in a sentence about a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from knowledge.antimicrobials import Band, Dose, DoseBody, RenalRow
from knowledge.content import Content
from knowledge.terms import Mechanism, Route, Site
from knowledge.wording import band_text, dose_text, number

_ROUTES = {Route.IV: "IV", Route.ORAL: "by mouth"}
_FIELDS = {
    "because": "reasons",
    "reminder_because": "reasons of the reminder",
    "susceptibility_because": "reasons of the susceptibility line",
    "also": "further sources",
    "for_text": "what it is for",
    "read_as": "how it was read",
    "forbids": "what it forbids",
    "no_dose": "antimicrobials without a dose",
    "review_due_on": "review date",
    "compiled_on": "compiled on",
    "guidance": "leading guidance",
    "id": "number",
    "measure_text": "measure in words",
    "infusion_text": "infusion time",
    "full_dose": "usual doses shown as well",
    "as_printed": "as printed",
}


class Names:
    """What ids are called, in both editions."""

    def __init__(self, *contents: Content) -> None:
        self.mechanisms: dict[Mechanism, str] = {m.id: m.name for content in contents for m in content.mechanisms}
        self.sites: dict[Site, str] = {s.id: s.short for content in contents for s in content.sites}
        self.sources: dict[str, str] = {s.id: s.short for content in contents for s in content.sources}
        self.drugs: dict[str, str] = {a.id: a.name for content in contents for a in content.antimicrobials}

    def regimen(self, antimicrobials: Sequence[str], route: Route | None = None) -> str:
        """ "ceftazidime-avibactam + aztreonam", "fosfomycin by mouth"."""
        name = " + ".join(self.drugs.get(each, each) for each in antimicrobials)
        return f"{name} {_ROUTES[route]}" if route else name

    def said(self, value: Any) -> str:
        """A value as a reader knows it; sentences in quotes."""
        if value is None or value == ():
            return "nothing"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Mechanism):
            return self.mechanisms.get(value, value.value)
        if isinstance(value, Site):
            return self.sites.get(value, value.value)
        if isinstance(value, Route):
            return _ROUTES[value]
        if isinstance(value, Decimal):
            return number(value)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, tuple):
            return listed(self.said(each) for each in value)
        if isinstance(value, BaseModel):
            return self.entry(value)
        text = self.sources.get(str(value), self.drugs.get(str(value), str(value)))
        return f'"{text}"' if " " in text and text == str(value) else text

    def entry(self, entry: BaseModel) -> str:
        """One entry in a few words."""
        if isinstance(entry, Band):
            return band_text(entry)
        if isinstance(entry, RenalRow):
            return f"{band_text(entry.band)}: {dose_text(entry)}"
        if isinstance(entry, DoseBody):
            return dose_text(entry)
        if together := getattr(entry, "antimicrobials", None):
            return self.regimen(together, getattr(entry, "route", None))
        for key in ("text", "says", "rule", "title", "as_printed", "topic", "name", "source", "id"):
            if found := getattr(entry, key, None):
                return self.said(found)
        return str(entry.model_dump(mode="json", exclude_defaults=True))

    def dose(self, drug: str, dose: Dose) -> str:
        """Which dose of an antimicrobial: "amikacin, guidance dose (IDSA 2026, Table 1), cUTI"."""
        words = [drug, f"{dose.kind} dose ({self.said(dose.source)}, {dose.locator})"]
        words += [listed(self.said(site) for site in dose.sites)] if dose.sites else []
        words += [_ROUTES[dose.route]] if dose.route else []
        words += [dose.for_text] if dose.for_text else []
        words += [band_text(dose.band)] if dose.band else []
        return ", ".join(words)


def field(name: str) -> str:
    """A field of the data as a reader calls it."""
    return _FIELDS.get(name, name.replace("_", " "))


def listed(words: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    found = list(words)
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
