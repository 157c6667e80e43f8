"""Which doses may stand beside a regimen for the kidney function given: never a band of another measure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from knowledge.answer import DoseLine, Line
from knowledge.antimicrobials import Antimicrobial, Band, Dose, DoseBody, RenalRow
from knowledge.citing import Library
from knowledge.provenance import Sourced
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
_COMPONENTS = re.compile(r" \([^()]*\+[^()]*\)")  # "(meropenem 2 g + vaborbactam 2 g)"
_NUMERIC = (RenalMeasure.CRCL, RenalMeasure.EGFR)


@dataclass(frozen=True, slots=True)
class Dosing:
    """Doses for the kidney function given, notes that must stand with them, and the whole table."""

    doses: tuple[DoseLine, ...] = ()
    notes: tuple[Line, ...] = ()
    table: tuple[DoseLine, ...] = ()
    measure: str | None = None
    read_table: bool = False  # kidney function was given in another measure: the reader needs the whole table


def covers(band: Band, renal: Renal) -> bool:
    """Whether a row is for this kidney function. Measures never stand in for each other."""
    if band.measure is RenalMeasure.ANY:
        return True
    if band.any_dialysis and renal.measure not in _NUMERIC:
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
    drug: Antimicrobial, route: Route | None, sites: Collection[Site], renal: Renal | None, library: Library
) -> Dosing:
    """The doses of `drug` at `sites` for `renal` (None: normal kidney function, said so, with the table behind)."""
    usual = [dose for dose in _for_sites(drug.doses, frozenset(sites)) if dose.route in (None, route) or route is None]
    rows = drug.renal.rows if not drug.renal.sites or not sites or set(drug.renal.sites) & set(sites) else ()
    table = tuple(_row_line(row, library) for row in rows)
    notes = _notes(drug, frozenset(sites), renal, library)
    measure = drug.renal.measure_text
    if not usual and not rows:
        here = " for this site" if drug.doses else ""
        said = _said(drug, f"No dose{here} in the sources read: ask pharmacy.", library)
        return Dosing(notes=(*said, *(notes if renal else ())) if drug.doses else notes or said)
    if renal is None:
        return Dosing(_merge([_dose_line(d, library) for d in usual]), (), table, measure)
    if not rows:
        here = " for this site" if drug.renal.rows else ""
        said = _said(drug, f"No kidney-dosing table{here} in the sources read: ask pharmacy before dosing.", library)
        return Dosing(_merge([_dose_line(d, library) for d in usual]), (*said, *notes), (), measure)
    fitting = [row for row in rows if covers(row.band, renal)]
    if not fitting and _above_all(rows, renal):
        above = (
            f"{_NAMES[renal.measure]} {number(renal.value or Decimal())} mL/min lies above the bands of the table read"
        )
        said = _said(drug, f"{above}: the dose for normal kidney function is shown.", library)
        return Dosing(_merge([_dose_line(d, library) for d in usual]), (*said, *notes), table, measure)
    between = _beside(rows, renal) if not fitting else []
    if between:
        bands = " and ".join(band_text(row.band) for row in between)
        said = _said(drug, f"{_given(renal)} lies between two bands as printed ({bands}): both are shown.", library)
        fitting, notes = between, (*said, *notes)
    if not fitting:
        numeric = renal.measure in _NUMERIC
        return Dosing((), (*_why_no_row(drug, renal, library), *notes), table, measure, read_table=numeric)
    lines: list[DoseLine] = []
    if any(row.full_dose or row.band.measure is RenalMeasure.ANY for row in fitting):
        current = [d for d in usual if d.kind != "article"]  # the article states no kidney function
        lines += [_dose_line(d, library) for d in current if d.band is None or covers(d.band, renal)]
    lines += [_row_line(row, library) for row in fitting]
    if any(row.of_usual for row in fitting):
        notes = (*_usual_dose(usual, library), *notes)
    # "Use the dose of the CrCl band" on haemodialysis: the reader needs the bands
    in_words = all(row.band.measure is RenalMeasure.HD and not row.steps for row in fitting)
    return Dosing(_merge(lines), notes, table, measure, read_table=in_words)


def ruled_out(drug: Antimicrobial, sites: Collection[Site], renal: Renal | None) -> tuple[RenalRow, ...]:
    """The rows that contraindicate it at this kidney function."""
    if renal is None:
        return ()
    here = not drug.renal.sites or not sites or set(drug.renal.sites) & set(sites)
    return tuple(row for row in drug.renal.rows if here and row.rules_out and covers(row.band, renal))


def _notes(drug: Antimicrobial, sites: frozenset[Site], renal: Renal | None, library: Library) -> tuple[Line, ...]:
    """The remarks of the kidney table that bear on these sites and this kidney function."""
    return tuple(
        library.line(note)
        for note in drug.renal.notes
        if note.topic == "dosing"
        and (not note.sites or not sites or not sites.isdisjoint(note.sites))
        and (not note.bands or renal is None or any(covers(band, renal) for band in note.bands))
    )


def _usual_dose(usual: Iterable[Dose], library: Library) -> tuple[Line, ...]:
    """What "the usual dose" of a row means, so that nobody has to look for it."""
    lines = [_dose_line(dose, library) for dose in usual if dose.kind != "article"]
    if not lines:
        return ()
    told = "; ".join(f"{line.kind} {line.text}" for line in lines)
    cited = tuple(dict.fromkeys(c for line in lines for c in line.citations))
    return (Line(text=f"Usual dose ({NORMAL_KIDNEYS}), to be changed as said: {told}", citations=cited),)


def _above_all(rows: Iterable[RenalRow], renal: Renal) -> bool:
    """A clearance higher than every band of its own measure, where the table has no open top."""
    tops = [row.band.at_most or row.band.below for row in rows if row.band.measure is renal.measure]
    value = renal.value
    return value is not None and bool(tops) and all(top is not None and value >= top for top in tops)


def _beside(rows: Iterable[RenalRow], renal: Renal) -> list[RenalRow]:
    """The two rows that a value falls between, where bands are printed in whole steps: 59.5 in 30-59 and 60-89."""
    value = renal.value if renal.measure in _NUMERIC else renal.effluent_l_per_h
    here = [row for row in rows if row.band.measure is renal.measure]
    if value is None:
        return []
    below = [row for row in here if row.band.at_most is not None and value - 1 < row.band.at_most < value]
    above = [row for row in here if row.band.at_least is not None and value < row.band.at_least < value + 1]
    return [*below, *above] if below and above else []


def _given(renal: Renal) -> str:
    if renal.effluent_l_per_h is not None:
        return f"{_NAMES[renal.measure]} with effluent {number(renal.effluent_l_per_h)} L/h"
    return f"{_NAMES[renal.measure]} {number(renal.value or Decimal())} mL/min"


def _for_sites(doses: Iterable[Dose], sites: frozenset[Site]) -> list[Dose]:
    return [dose for dose in doses if not dose.sites or not sites or not sites.isdisjoint(dose.sites)]


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
    about += [library.breakpoints[drug.id]] if drug.id in library.breakpoints else []
    caveat = about[0].caveat if about else None
    return (Line(text=text, citations=library.cite_all(about[:1]), caveat=caveat),)


def _row_line(row: RenalRow, library: Library) -> DoseLine:
    return _line(row, row, "renal", row.band, library)


def _dose_line(dose: Dose, library: Library) -> DoseLine:
    return _line(dose, dose, dose.kind, dose.band, library, dose.for_text)


def _line(
    body: DoseBody, sourced: Sourced, kind: str, band: Band | None, library: Library, what_for: str | None = None
) -> DoseLine:
    made = library.doses.get(id(body))
    if made is not None:
        return made
    text = dose_text(body)
    made = library.doses[id(body)] = DoseLine.model_validate(
        {
            "text": f"{text} [{what_for}]" if what_for else text,
            "citations": library.cite(sourced),
            "caveat": sourced.caveat,
            "kind": kind,
            "band": _band(kind, band),
            "measure": band.measure.value if band else None,
        }
    )
    return made


def _band(kind: str, band: Band | None) -> str:
    if band is not None:
        return band_text(band)
    return "kidney function not stated" if kind == "article" else NORMAL_KIDNEYS


def _merge(lines: list[DoseLine]) -> tuple[DoseLine, ...]:
    """The same dose told by guidance and label becomes one line with both bands, components and citations."""
    merged: dict[str, DoseLine] = {}
    for line in lines:
        key = _COMPONENTS.sub("", line.text) if line.kind != "article" else f"article {line.text}"
        known = merged.get(key)
        if known is None:
            merged[key] = line
        elif known.band == line.band or known.kind == "guidance":
            merged[key] = _joined(known, line)
        else:
            merged[f"{key} {line.band}"] = line
    return tuple(merged.values())


def _joined(known: DoseLine, line: DoseLine) -> DoseLine:
    extra = tuple(c for c in line.citations if c not in known.citations)
    told = known.band == line.band or known.band.endswith(f"label: {line.band}")
    return known.model_copy(
        update={
            "text": max(known.text, line.text, key=len),
            "band": known.band if told else f"{known.band}; label: {line.band}",
            "measure": known.measure or line.measure,
            "caveat": known.caveat or line.caveat,
            "citations": known.citations + extra,
        }
    )
