"""Every number of the data against tables of their own, typed from the fact pack and never from the TOML.

`expected_doses.csv`: one line a step of every dose and kidney band. `expected_numbers.csv`: the numbers that stand in
every other statement. Both are compared both ways: nothing may be missing and nothing may be added.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge.antimicrobials import Antimicrobial, Band, Dose, RenalRow
from knowledge.content import Content
from knowledge.loading import load_content
from knowledge.provenance import Fact
from knowledge.recommendations import Entry, Row
from knowledge.wording import dose_text

HERE = Path(__file__).parent
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
DoseLine = tuple[str, ...]

SUSCEPTIBLE_AT = {
    ("amikacin",): "4",
    ("aztreonam",): "4",
    ("aztreonam-avibactam",): "4/4",
    ("cefiderocol",): "4",
    ("ceftazidime-avibactam",): "8/4",
    ("ciprofloxacin",): "0.25",
    ("colistin", "polymyxin-b"): None,
    ("ertapenem",): "0.5",
    ("fosfomycin", "iv"): "8 (E. coli)",
    ("fosfomycin", "oral"): "64",
    ("gentamicin",): "2",
    ("gepotidacin",): "16",
    ("imipenem",): "1",
    ("imipenem-relebactam",): "1/4",
    ("levofloxacin",): "0.5",
    ("meropenem",): "1",
    ("meropenem-vaborbactam",): "4/8",
    ("minocycline",): "4",
    ("nitrofurantoin",): "32",
    ("pivmecillinam",): "8",
    ("plazomicin",): "2",
    ("tigecycline",): "2",
    ("tmp-smx",): "2/38",
    ("tobramycin",): "2",
}
HIGHEST_SINGLE_DOSE = {"g": Decimal(6), "mg": Decimal(750), "mg/kg": Decimal(15)}


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="") as lines:
        return list(csv.DictReader(lines))


def numbers(text: str) -> str:
    return " ".join(sorted(NUMBER.findall(text.replace(", ", " , "))))


def band_words(band: Band | None) -> str:
    if band is None:
        return ""
    bounds = ((">", band.over), (">=", band.at_least), ("<", band.below), ("<=", band.at_most))
    parts = [band.measure.value, *(f"{sign}{bound}" for sign, bound in bounds if bound is not None), band.region or ""]
    return " ".join(part for part in parts if part)


def entries(drug: Antimicrobial) -> list[tuple[str, Dose | RenalRow]]:
    """Doses by their id, then the rows of the kidney table."""
    return [*((dose.id, dose) for dose in drug.doses), *(("renal", row) for row in drug.renal.rows)]


def dose_lines(antimicrobial: str, entry: str, dose: Dose | RenalRow) -> Iterator[DoseLine]:
    band = band_words(dose.band)
    if not dose.steps:
        said = f"words {numbers(dose.text or '')}".strip()
        yield (antimicrobial, entry, band, "1", "", "", "", "", "", "", "", said)
    for position, step in enumerate(dose.steps, 1):
        fields = (step.every_hours, step.every_hours_to, step.infusion_minutes, step.infusion_minutes_to)
        typed = tuple("" if field is None else str(field) for field in fields)
        yield (antimicrobial, entry, band, str(position), step.amount, step.amount_to or "", step.unit, *typed, "")


def test_every_dose_and_band_is_the_one_typed_from_the_pack(content: Content) -> None:
    """Amounts, intervals, infusion times and bands of every dose and kidney row, none missing and none extra."""
    shown = [
        line
        for drug in content.antimicrobials
        for entry, dose in entries(drug)
        for line in dose_lines(drug.id, entry, dose)
    ]
    keys = ("antimicrobial", "entry", "band", "step", "amount", "amount_to", "unit", "every_hours", "every_hours_to")
    expected = [
        tuple(line[key] for key in (*keys, "infusion_minutes", "infusion_minutes_to", "words"))
        for line in table("expected_doses.csv")
    ]
    assert sorted(set(expected) - set(shown)) == []
    assert sorted(set(shown) - set(expected)) == []
    assert sorted(shown) == sorted(expected)


def test_the_components_of_a_combination_are_typed_and_add_up(content: Content) -> None:
    """The parts in brackets are those of the pack, and their sum is the total, so 2.5 g is 2 g + 0.5 g."""
    expected = {
        (line["antimicrobial"], line["entry"], line["band"], line["step"]): numbers(line["components"])
        for line in table("expected_doses.csv")
        if line["components"] and "tablet" not in line["components"]
    }
    checked = 0
    for drug in content.antimicrobials:
        for entry, dose in entries(drug):
            for position, step in enumerate(dose.steps, 1):
                if not step.components or "tablet" in step.components:
                    continue
                checked += 1
                parts = NUMBER.findall(step.components)
                assert sum(map(Decimal, parts)) == Decimal(step.amount), (drug.id, entry, step.components)
                key = (drug.id, entry, band_words(dose.band), str(position))
                assert expected.pop(key, numbers(step.components)) == numbers(step.components), key
    assert not expected
    assert checked > 20


def test_every_statement_has_the_numbers_of_the_pack(content: Content) -> None:
    """Percentages, counts, confidence intervals, days: in facts, notes, rows, conflicts and the article."""
    shown = {key: numbers(text) for key, text in statements(content).items()}
    expected = {line["entry"]: line["numbers"] for line in table("expected_numbers.csv")}
    assert sorted(set(expected) - set(shown)) == []
    assert sorted(set(shown) - set(expected)) == []
    assert {key: (value, shown[key]) for key, value in expected.items() if shown[key] != value} == {}


def test_every_statement_keeps_its_source_and_how_it_was_read(content: Content) -> None:
    """Source and verification of each fact, activity and article statement are those of the pack."""
    shown = {fact.id: (fact.source, fact.verification.value) for fact in facts_of(content)}
    shown |= {s.id: (s.source, s.verification.value) for s in content.article.statements}
    for drug in content.antimicrobials:
        for said in drug.activity:
            key = f"{drug.id}/{said.mechanism.value if said.mechanism else 'any'}"
            shown[key] = (said.source, said.verification.value)
    lines = [line for line in table("expected_numbers.csv") if line["source"]]
    assert len(lines) > 250
    assert [line for line in lines if shown[line["entry"]] != (line["source"], line["verification"])] == []


def facts_of(content: Content) -> list[Fact]:
    facts = [*content.facts, *(fact for mechanism in content.mechanisms for fact in mechanism.facts)]
    for drug in content.antimicrobials:
        facts += [*drug.facts, *drug.renal.notes]
    return facts


def statements(content: Content) -> dict[str, str]:
    found: dict[str, str] = {}
    for drug in content.antimicrobials:
        for said in drug.activity:
            mechanism = said.mechanism.value if said.mechanism else "any"
            found[f"{drug.id}/{mechanism}"] = f"{said.activity} {said.text}"
    found |= {fact.id: fact.text for fact in facts_of(content)}
    found |= {statement.id: statement.text for statement in content.article.statements}
    for conflict in content.conflicts:
        for position in conflict.positions:
            key = f"{conflict.id}/{position.source}"
            found[key] = f"{found.get(key, '')} {position.says}"
    found |= {f"row/{row.id}": " ".join(row_texts(row)) for row in content.rows}
    return found


def row_texts(row: Row) -> list[str]:
    """The row's conditions, and each different text of its entries once."""
    entries: list[Entry] = [*row.preferred, *row.alternative, *row.reserve, *row.not_suggested]
    said = [text for entry in entries for text in (*entry.conditions, *([entry.reason] if entry.reason else ()))]
    return list(dict.fromkeys([*row.conditions, *said]))


def test_notes_to_doses(content: Content) -> None:
    """Numbers that stand beside a dose: daily maxima, serum levels, ages."""
    noted = {d.id: numbers(d.note) for drug in content.antimicrobials for d in drug.doses if d.note and numbers(d.note)}
    assert noted == {
        "atm-dose-label": "8",
        "mem-dose-idsa-other": "130 2",
        "ipm-dose-label": "4",
        "amikacin-dose-label": "1.5 10 15 2 3 35",
        "gep-dose-label": "12 5",
    }
    rows = {
        (drug.id, band_words(row.band)): numbers(row.note)
        for drug in content.antimicrobials
        for row in drug.renal.rows
        if row.note and numbers(row.note)
    }
    assert rows == {("imipenem", "crcl >=90"): "2 3 4"}


def test_breakpoints_are_those_of_table_2(content: Content) -> None:
    """All 24 susceptible limits as printed."""
    shown = {
        (*one.antimicrobials, *([one.route.value] if one.route else ())): one.susceptible_at_or_below
        for one in content.breakpoints
    }
    assert shown == SUSCEPTIBLE_AT
    assert len(content.breakpoints) == 24


def test_amounts_are_in_a_sane_range(content: Content) -> None:
    """No single dose above 6 g, 750 mg or 15 mg/kg, no interval over 48 h, no infusion over 3 h; ranges run upward."""
    for drug in content.antimicrobials:
        for _, dose in entries(drug):
            for step in dose.steps:
                assert 0 < Decimal(step.amount) <= HIGHEST_SINGLE_DOSE[step.unit], (drug.id, dose_text(dose))
                assert step.every_hours in (None, 6, 8, 12, 24, 48), (drug.id, dose_text(dose))
                assert step.infusion_minutes in (None, 20, 30, 40, 60, 120, 180), (drug.id, dose_text(dose))
                assert step.once or step.every_hours or step.per_day, (drug.id, dose_text(dose))
                if step.amount_to:
                    assert Decimal(step.amount) < Decimal(step.amount_to)


def test_bands_do_not_overlap(content: Content) -> None:
    """A creatinine clearance, eGFR or effluent falls into one row of a table at most."""
    for drug in content.antimicrobials:
        rows = [row.band for row in drug.renal.rows]
        for tenths in range(0, 2000):
            value = Decimal(tenths) / 10
            for measure in {band.measure for band in rows}:
                hits = [b for b in rows if b.measure is measure and numeric(b) and within(b, value)]
                assert len(hits) <= 1, (drug.id, measure, value)


def numeric(band: Band) -> bool:
    return any(bound is not None for bound in (band.over, band.at_least, band.below, band.at_most))


def within(band: Band, value: Decimal) -> bool:
    return (
        (band.over is None or value > band.over)
        and (band.at_least is None or value >= band.at_least)
        and (band.below is None or value < band.below)
        and (band.at_most is None or value <= band.at_most)
    )
