"""TOML files to `Content`: every fault of a data folder is gathered, then told at once.

Which file holds which table is written here and nowhere else. Needs the standard library and pydantic only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.antimicrobials import Antimicrobial
from knowledge.article import Article
from knowledge.content import Breakpoint, Content, Edition, MechanismInfo, NotVerified, RapidTest, SiteInfo
from knowledge.errors import KnowledgeDataError
from knowledge.files import VOCABULARY_FOLDER, DataFiles
from knowledge.provenance import Fact, Source
from knowledge.recommendations import Conflict, Row, SafetyRule
from knowledge.references import reference_faults

_REMEDIES = {
    "extra_forbidden": "remove the key or correct its spelling",
    "missing": "add the key",
    "enum": "use one of the values named",
    "literal_error": "use one of the values named",
    "string_pattern_mismatch": "write it in the form that the pattern allows (numbers: 0.5, never .5 or 5.0)",
    "string_too_long": "shorten the text",
    "string_too_short": "write the text or remove the key",
    "value_error": "knowledge/data/README.md says what the entry needs",
}
_QUOTED = re.compile(r'"([^"]+)"')
Model = TypeVar("Model", bound=BaseModel)


def load_content(folder: Path | DataFiles | None = None) -> Content:
    """Everything known, from `folder` (default: the shipped data). Raises KnowledgeDataError with every fault.

    Whether the files are as they were recorded is not asked here: `KnowledgeBase.load` does.
    """
    reader = Reader(DataFiles.of(folder))
    edition = reader.one("edition.toml", "edition", Edition)
    article = reader.one("article.toml", "article", Article)
    parts: dict[str, tuple[BaseModel, ...]] = {
        "sources": reader.many("sources.toml", "source", Source),
        "mechanisms": reader.many("mechanisms.toml", "mechanism", MechanismInfo),
        "sites": reader.many("sites.toml", "site", SiteInfo),
        "rows": reader.many("recommendations.toml", "row", Row),
        "conflicts": reader.many("conflicts.toml", "conflict", Conflict),
        "rules": reader.many("safety_rules.toml", "rule", SafetyRule),
        "breakpoints": reader.many("breakpoints.toml", "breakpoint", Breakpoint),
        "rapid_tests": reader.many("rapid_tests.toml", "rapid_test", RapidTest),
        "not_verified": reader.many("not_verified.toml", "item", NotVerified),
        "antimicrobials": reader.each("antimicrobials", Antimicrobial),
        "facts": reader.facts("facts"),
    }
    reader.refuse_other_files()
    if edition is None or article is None:
        raise KnowledgeDataError(faults=tuple(reader.faults))
    content = Content.model_validate({"edition": edition, "article": article, **parts})
    faults = [*reader.faults, *reader.certain(reference_faults(content))]
    if faults:
        raise KnowledgeDataError(faults=tuple(faults))
    return content


class Reader:
    """Reads tables out of files and remembers what was wrong with each."""

    remedies: Mapping[str, str] = _REMEDIES

    def __init__(self, files: DataFiles) -> None:
        self.files = files
        self.faults: list[str] = []
        self._read: set[str] = set()
        self._is_there = files.base.is_dir()
        if not self._is_there:
            self.faults.append(f"{files.base}: no such folder: name a folder that holds the data files")

    def one(self, name: str, table: str, model: type[Model]) -> Model | None:
        """The single table of a file."""
        value = self._tables(name, table).get(table)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.faults.append(f"{name}: {table}: must be one table, written [{table}]")
            return None
        return self._build(name, table, model, value)

    def many(self, name: str, table: str, model: type[Model]) -> tuple[Model, ...]:
        """Every entry of a file that holds a list of tables."""
        value = self._tables(name, table).get(table)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.faults.append(f"{name}: {table}: must be a list of tables, each written [[{table}]]")
            return ()
        built = [self._build(name, _label(table, i, entry), model, entry) for i, entry in enumerate(value, 1)]
        return tuple(entry for entry in built if entry is not None)

    def facts(self, folder: str) -> tuple[Fact, ...]:
        """The facts of every file in `folder`."""
        return tuple(fact for name in self._names(folder) for fact in self.many(name, "fact", Fact))

    def each(self, folder: str, model: type[Antimicrobial]) -> tuple[Antimicrobial, ...]:
        """One model a file; the file's name is its id."""
        found = []
        for name in self._names(folder):
            data = self._toml(name)
            built = None if data is None else self._build(name, folder, model, data)
            if built is None:
                continue
            if built.id != (stem := name.rpartition("/")[2].removesuffix(".toml")):
                self.faults.append(f'{name}: id: is "{built.id}", the file is named "{stem}": make them the same')
            found.append(built)
        return tuple(found)

    def certain(self, faults: list[str]) -> list[str]:
        """The references that lead nowhere for sure, not only because the file they lead to has a fault itself."""
        files = {fault.partition(":")[0] for fault in self.faults}
        if not all(name in self.files.bodies for name in files):
            return []
        broken = "".join(self.files.bodies[name].decode(errors="replace") for name in files)
        named = ((fault, _QUOTED.search(fault)) for fault in faults)
        return [fault for fault, name in named if not files or (name is not None and name[1] not in broken)]

    def refuse_other_files(self) -> None:
        """A file that nothing reads would look reviewed without being shown."""
        for name in self.files.names:
            if name not in self._read and name.partition("/")[0] != VOCABULARY_FOLDER:
                self.faults.append(f"{name}: no such data file is known: remove it or correct its name")

    def _names(self, folder: str) -> tuple[str, ...]:
        names = self.files.within(folder)
        if not names and self._is_there:
            self.faults.append(f"{folder}/: holds no .toml file: add the files")
        return names

    def _tables(self, name: str, table: str) -> dict[str, Any]:
        data = self._toml(name)
        if data is None:
            return {}
        if table not in data:
            self.faults.append(f"{name}: {table}: missing: add the table")
        self.faults += [
            f'{name}: {key}: unknown table: only "{table}" belongs here; remove the key or correct its spelling'
            for key in data
            if key != table
        ]
        return data

    def _toml(self, name: str) -> dict[str, Any] | None:
        self._read.add(name)
        if name not in self.files.bodies:
            why = self.files.unreadable.get(name)
            told = f"can't be read ({why}): check the file's rights" if why else "missing: add the file"
            self.faults.append(f"{name}: {told}")
            return None
        try:
            return tomllib.loads(self.files.bodies[name].decode())
        except UnicodeDecodeError as error:
            self.faults.append(f"{name}: byte {error.start} is not UTF-8: save the file as UTF-8")
        except tomllib.TOMLDecodeError as error:
            self.faults.append(f"{name}: not valid TOML: {error}: correct the place named")
        return None

    def _build(self, name: str, label: str, model: type[Model], value: dict[str, Any]) -> Model | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                key = ".".join(str(part) for part in fault["loc"]) or "the whole entry"
                remedy = self.remedies.get(fault["type"], "correct the value")
                self.faults.append(f"{name}: {label}: {key}: {fault['msg']}: {remedy}")
            return None


def _label(table: str, position: int, entry: dict[str, Any]) -> str:
    named = entry.get("id") or entry.get("name")
    return f'{table} "{named}"' if isinstance(named, str) else f"{table} number {position}"
