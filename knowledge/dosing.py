"""Which doses may stand beside a regimen for the kidney function given: never a band of another measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from knowledge.answer import DoseLine, Line
from knowledge.citing import Library
from knowledge.models import Antimicrobial, Band, Dose, DoseBody, RenalRow, Sourced
from knowledge.question import Renal
from knowledge.terms import RenalMeasure, Route, Site
from knowledge.wording import NORMAL_KIDNEYS, band_text, dose_text, number

_NAMES = {
    RenalMeasure.CRCL: "CrCl",
    RenalMeasure.EGFR: "eGFR",
    RenalMeasure.HD: "haemodialysis",
    RenalMeasure.CRRT: "CRRT",
    RenalMeasure.PD: "peritoneal dialysis",
}
_NUMERIC = (RenalMeasure.CRCL, RenalMeasure.EGFR)


@dataclass(frozen=True, slots=True)
class Dosing:
    """Doses for the kidney function given, notes that must stand with them, and the whole table."""

    doses: tuple[DoseLine, ...] = ()
    notes: tuple[Line, ...] = ()
    table: tuple[DoseLine, ...] = ()
    measure: str | None = None


def covers(band: Band, renal: Renal) -> bool:
    """Whether a row is for this kidney function. Measures never stand in for each other."""
    if band.measure is RenalMeasure.ANY:
        return True
    if renal.measure is RenalMeasure.HD:
        return band.measure is RenalMeasure.HD or band.with_dialysis
    if band.measure is not renal.measure:
        return False
    value = renal.value if renal.measure in _NUMERIC else renal.effluent_l_per_h
    return value is None or _within(band, value)


def _within(band: Band, value: Decimal) -> bool:
    return (
        (band.at_least is None or value >= band.at_least)
        and (band.over is None or value > band.over)
        and (band.at_most is None or value <= band.at_most)
        and (band.below is None or value < band.below)
    )


def doses_for(
    drug: Antimicrobial, route: Route | None, sites: Iterable[Site], renal: Renal | None, library: Library
) -> Dosing:
    """The doses of `drug` at `sites` for `renal` (None: normal kidney function, said so, with the table behind)."""
    usual = [dose for dose in _for_sites(drug.doses, frozenset(sites)) if dose.route in (None, route) or route is None]
    rows = drug.renal.rows
    table = tuple(_row_line(row, library) for row in rows)
    notes = tuple(library.line(fact) for fact in drug.renal.notes)
    measure = drug.renal.measure_text
    if renal is None:
        return Dosing(_merge([_dose_line(d, library) for d in usual]), (), table, measure)
    if not rows:
        said = _said(drug, "No kidney-dosing table in the sources read: ask pharmacy before dosing.", library)
        return Dosing(_merge([_dose_line(d, library) for d in usual]), (*said, *notes), (), measure)
    fitting = [row for row in rows if covers(row.band, renal)]
    if not fitting:
        return Dosing((), (*_why_no_row(drug, renal, library), *notes), table, measure)
    lines: list[DoseLine] = []
    if any(row.full_dose or row.band.measure is RenalMeasure.ANY for row in fitting):
        lines += [_dose_line(d, library) for d in usual if d.band is None or covers(d.band, renal)]
    lines += [_row_line(row, library) for row in fitting]
    return Dosing(_merge(lines), notes, table, measure)


def _for_sites(doses: Iterable[Dose], sites: frozenset[Site]) -> list[Dose]:
    return [dose for dose in doses if not dose.sites or not sites or sites & frozenset(dose.sites)]


def _why_no_row(drug: Antimicrobial, renal: Renal, library: Library) -> tuple[Line, ...]:
    given = _NAMES[renal.measure]
    measures = {row.band.measure for row in drug.renal.rows}
    if renal.measure in _NUMERIC and renal.measure not in measures and measures & set(_NUMERIC):
        other = _NAMES[(measures & set(_NUMERIC)).pop()]
        return _said(
            drug,
            f"The dosing table read uses {other}; {given} was given. The two are not interchangeable: "
            f"work out the {other}, then read the table.",
            library,
        )
    if renal.value is not None:
        return _said(
            drug,
            f"{given} {number(renal.value)} mL/min lies in no band of the table read: ask pharmacy.",
            library,
        )
    return _said(drug, f"The table read has no row for {given}: ask pharmacy.", library)


def _said(drug: Antimicrobial, text: str, library: Library) -> tuple[Line, ...]:
    """Our own remark on what was read, cited to the sources it is about."""
    about: list[Sourced] = [*drug.renal.rows, *drug.renal.notes, *drug.doses, *drug.activity]
    return (Line(text=text, citations=library.cite_all(about[:1])),)


def _row_line(row: RenalRow, library: Library) -> DoseLine:
    return _line(row, row, "renal", row.band, library)


def _dose_line(dose: Dose, library: Library) -> DoseLine:
    return _line(dose, dose, dose.kind, dose.band, library, dose.for_text)


def _line(
    body: DoseBody, sourced: Sourced, kind: str, band: Band | None, library: Library, what_for: str | None = None
) -> DoseLine:
    text = dose_text(body)
    return DoseLine.model_validate(
        {
            "text": f"{text} [{what_for}]" if what_for else text,
            "citations": library.cite(sourced),
            "caveat": sourced.caveat,
            "kind": kind,
            "band": band_text(band) if band else NORMAL_KIDNEYS,
            "measure": band.measure.value if band else None,
        }
    )


def _merge(lines: list[DoseLine]) -> tuple[DoseLine, ...]:
    """Lines with the same text and band become one with both citations."""
    merged: dict[tuple[str, str], DoseLine] = {}
    for line in lines:
        key = (line.text, line.band)
        known = merged.get(key)
        if known is None:
            merged[key] = line
        else:
            extra = tuple(c for c in line.citations if c not in known.citations)
            merged[key] = known.model_copy(update={"citations": known.citations + extra})
    return tuple(merged.values())
