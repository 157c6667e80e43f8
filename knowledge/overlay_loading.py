"""A hospital's folder of TOML files to `OverlayContent`: as strict as the edition, every fault told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from knowledge.content import Content
from knowledge.errors import KnowledgeDataError
from knowledge.files import DataFiles
from knowledge.loading import Model, Reader
from knowledge.loosening import hides_more_than_a_regimen, loosening, loosening_text
from knowledge.overlay_models import (
    Antibiogram,
    Contact,
    Formulary,
    Hidden,
    Hospital,
    Item,
    Note,
    OverlayContent,
    Restriction,
)

_REMEDIES = {
    "extra_forbidden": "remove the key or correct its spelling",
    "missing": "add the key",
    "enum": "use one of the values named",
    "literal_error": "use one of the values named",
    "string_pattern_mismatch": "write one line of plain text; ids as the edition spells them",
    "string_too_long": "shorten the text",
    "string_too_short": "write the text or remove the key",
    "too_short": "name at least one",
    "greater_than_equal": "correct the number",
    "less_than_equal": "correct the number",
    "value_error": "the section on local files in knowledge/data/README.md shows each entry",
}
_MOST_OF_ONE = 2  # restrictions of one antimicrobial and notes of all: what stays readable on a phone
_MOST_NOTES = 12


def load_overlay(folder: Path | DataFiles, content: Content | None) -> OverlayContent:
    """The local files of `folder`, checked against `content` (None: only by themselves). Raises KnowledgeDataError."""
    reader = _LocalReader(DataFiles.of(folder))
    hospital = reader.one("hospital.toml", "hospital", Hospital)
    parts: dict[str, tuple[BaseModel, ...]] = {
        "restrictions": reader.some("restrictions.toml", "restriction", Restriction),
        "contacts": reader.some("contacts.toml", "contact", Contact),
        "formulary": reader.some("formulary.toml", "formulary", Formulary),
        "notes": reader.some("notes.toml", "note", Note),
        "antibiogram": reader.some("antibiogram.toml", "antibiogram", Antibiogram),
        "hidden": reader.some("hide.toml", "hide", Hidden),
    }
    reader.refuse_other_files()
    faults = [_told_as_loosening(fault) for fault in reader.faults]
    if hospital is not None:
        overlay = OverlayContent.model_validate({"hospital": hospital, **parts})
        faults += _faults(overlay, content)
        if not faults:
            return overlay
    raise KnowledgeDataError(tuple(f"local files: {fault}" for fault in faults))


def overlay_faults(folder: Path | None, content: Content | None = None) -> tuple[str, ...]:
    """What is wrong with local files, by themselves where the edition cannot be read either."""
    if folder is None:
        return ()
    try:
        load_overlay(folder, content)
    except KnowledgeDataError as error:
        return error.faults
    return ()


class _LocalReader(Reader):
    """Reads files that may be absent, and names each try to loosen the edition for what it is."""

    remedies: Mapping[str, str] = _REMEDIES

    def some(self, name: str, table: str, model: type[Model]) -> tuple[Model, ...]:
        """Every entry of a file that a hospital may leave out."""
        return self.many(name, table, model) if name in self.files else ()

    def _tables(self, name: str, table: str) -> dict[str, Any]:
        data = self._toml(name) or {}
        if data and table not in data:
            self.faults.append(f"{name}: {table}: missing: add the table")
        for key in data:
            if key != table:
                why = loosening(key) or f'unknown table: only "{table}" belongs here'
                self.faults.append(f"{name}: {key}: {why}: remove it or correct its spelling")
        return data

    def _build(self, name: str, label: str, model: type[Model], value: dict[str, Any]) -> Model | None:
        label = _named(label, value)
        for key, text in value.items():
            why = loosening_text(text) if isinstance(text, str) and key in model.model_fields else None
            if why:
                self.faults.append(f"{name}: {label}: {key}: {why}: rewrite the text")
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                key = ".".join(str(part) for part in fault["loc"]) or "the whole entry"
                why = loosening(key) if fault["type"] == "extra_forbidden" else None
                if why:
                    self.faults.append(f"{name}: {label}: {key}: {why}: remove the key")
                else:
                    remedy = self.remedies.get(fault["type"], "correct the value")
                    self.faults.append(f"{name}: {label}: {key}: {fault['msg']}: {remedy}")
            return None


def _named(label: str, value: Mapping[str, Any]) -> str:
    """An entry by its place and what it is about."""
    about = value.get("antimicrobials") or value.get("antimicrobial") or value.get("role")
    words = " + ".join(map(str, about)) if isinstance(about, list) else about
    return f"{label} ({words})" if words else label


def _told_as_loosening(fault: str) -> str:
    """A file that nothing reads, when its name says what it was meant to do."""
    name, _, rest = fault.partition(": ")
    why = loosening(name) if rest.startswith("no such data file") else None
    return f"{name}: {why}: remove the file" if why else fault


def _faults(overlay: OverlayContent, content: Content | None) -> Iterator[str]:
    yield from _twice(overlay)
    yield from _dates(overlay)
    if content is not None:
        yield from _unknown(overlay, content)
    restricted = Counter(a for one in overlay.restrictions for a in dict.fromkeys(one.antimicrobials))
    for antimicrobial, count in restricted.items():
        if count > _MOST_OF_ONE:
            yield (
                f"restrictions.toml: restriction: {antimicrobial} has {count}: keep {_MOST_OF_ONE} at most, "
                "so that they stay readable beside the regimen: join them"
            )
    if len(overlay.notes) > _MOST_NOTES:
        yield f"notes.toml: note: {len(overlay.notes)} notes: keep {_MOST_NOTES} at most: join or remove some"


def _twice(overlay: OverlayContent) -> Iterator[str]:
    """One thing said twice: nobody would know which holds."""
    lists: tuple[tuple[str, Iterable[str]], ...] = (
        ("contacts.toml: contact: role", (one.role for one in overlay.contacts)),
        ("formulary.toml: formulary: antimicrobial", (a for one in overlay.formulary for a in one.antimicrobials)),
        (
            "hide.toml: hide: regimen",
            (" + ".join(sorted(one.antimicrobials)) + f" {one.route or ''}".rstrip() for one in overlay.hidden),
        ),
        (
            "antibiogram.toml: antibiogram: line",
            (
                f"{one.antimicrobial}, {one.organism}, {one.period_from} to {one.period_to} {list(one.mechanisms)}"
                for one in overlay.antibiogram
            ),
        ),
    )
    for place, names in lists:
        yield from (f"{place} {name} stands {n} times: keep one" for name, n in Counter(names).items() if n > 1)


def _entries(overlay: OverlayContent) -> Iterator[tuple[str, Item]]:
    """Every entry with the file and table it came from."""
    for place, items in (
        ("restrictions.toml: restriction", overlay.restrictions),
        ("contacts.toml: contact", overlay.contacts),
        ("formulary.toml: formulary", overlay.formulary),
        ("notes.toml: note", overlay.notes),
        ("antibiogram.toml: antibiogram", overlay.antibiogram),
        ("hide.toml: hide", overlay.hidden),
    ):
        yield from ((f"{place} number {number}", item) for number, item in enumerate(items, 1))


def _dates(overlay: OverlayContent) -> Iterator[str]:
    due = overlay.hospital.review_due_on
    for place, item in _entries(overlay):
        if item.dated is not None and item.dated >= due:
            yield f"{place}: dated: {item.dated} is not before the review date {due}: correct one of the two"
        if isinstance(item, Antibiogram) and item.period_to > (item.dated or overlay.hospital.dated):
            yield f"{place}: period_to: {item.period_to} lies after the date of the entry: correct one of the two"


def _unknown(overlay: OverlayContent, content: Content) -> Iterator[str]:
    known = {drug.id for drug in content.antimicrobials if not drug.components}
    pairs = {frozenset(drug.components) for drug in content.antimicrobials if drug.components}
    statements = (
        {rule.id for rule in content.rules} | {one.id for one in content.facts} | {one.id for one in content.conflicts}
    )
    statements |= {fact.id for drug in content.antimicrobials for fact in drug.facts}
    for place, item in _entries(overlay):
        named = getattr(item, "antimicrobials", ()) or filter(None, [getattr(item, "antimicrobial", None)])
        for one in named:
            if one in statements and isinstance(item, Hidden):
                yield f"{place}: antimicrobials: {hides_more_than_a_regimen(one)}: remove the entry"
            elif one not in known:
                yield f'{place}: antimicrobials: the edition knows no antimicrobial "{one}": correct the id'
        together = set(getattr(item, "antimicrobials", ()))
        if isinstance(item, Hidden) and len(together) > 1 and together <= known and together not in pairs:
            names = " + ".join(item.antimicrobials)
            yield f"{place}: antimicrobials: the edition has no regimen {names}: hide each by an entry of its own"
