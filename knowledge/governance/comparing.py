"""Two versions of an entry, field by field: nothing that differs goes unsaid, whatever the field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from knowledge.antimicrobials import Band, DoseBody
from knowledge.governance.telling import Names, field, listed
from knowledge.wording import band_text, dose_text

_DOSE = ("steps", "text", "note")
_Pair = tuple[BaseModel | None, BaseModel | None]
Subject = Callable[[BaseModel], str]


def was_is(subject: str, before: str, after: str) -> str:
    """The sentence of a change."""
    return f"{subject}: was {before}, is {after}"


class Comparison:
    """Sentences about what differs, in the words of both editions."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def entry(self, subject: str, before: BaseModel, after: BaseModel, skip: Collection[str] = ()) -> Iterator[str]:
        """What differs between two versions of one entry; fields of `skip` are told elsewhere."""
        done = set(skip)
        doses = isinstance(before, DoseBody) and isinstance(after, DoseBody) and (dose_text(before), dose_text(after))
        if doses and doses[0] != doses[1]:
            yield was_is(subject, *doses)
            done.update(_DOSE)
        for name in type(before).model_fields:
            old, new = getattr(before, name), getattr(after, name)
            if name not in done and old != new:
                yield from self._field(subject, name, old, new)

    def _field(self, subject: str, name: str, old: Any, new: Any) -> Iterator[str]:
        if isinstance(old, tuple) and isinstance(new, tuple):
            if all(isinstance(each, BaseModel) for each in (*old, *new)):
                yield from self.entries(f"{subject}, {field(name)}", old, new)
            else:
                yield from self._values(f"{subject}, {field(name)}", old, new)
        elif isinstance(old, BaseModel) and type(old) is type(new) and not isinstance(old, Band):
            yield from self.entry(f"{subject}, {field(name)}", old, new)
        else:
            before, after = self.names.said(old), self.names.said(new)
            if before == after:
                before, after = _exactly(old), _exactly(new)
            yield was_is(f"{subject}, {field(name)}", before, after)

    def _values(self, subject: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[str]:
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        if gone:
            yield f"{subject}: removed {listed(map(self.names.said, gone.elements()))}"
        if come:
            yield f"{subject}: added {listed(map(self.names.said, come.elements()))}"
        if not gone and not come:
            yield was_is(f"{subject}, order", self.names.said(tuple(old)), self.names.said(tuple(new)))

    def entries(
        self, subject: str, old: Sequence[BaseModel], new: Sequence[BaseModel], named: Subject | None = None
    ) -> Iterator[str]:
        """What differs between two lists of entries. `named` says what one is called; else `subject` and its key."""

        def call(entry: BaseModel) -> str:
            key = _key(entry)
            return named(entry) if named else f"{subject} {key[0]}" if key[0] else subject

        moved = False
        for before, after in paired(old, new):
            if before is None and after is not None:
                yield f"{call(after)}: added, {self._told(after, call(after))}"
            elif after is None and before is not None:
                yield f"{call(before)}: removed, was {self._told(before, call(before))}"
            elif before is not None and after is not None and before != after:
                yield from self.entry(call(before), before, after)
            moved = moved or before is None or after is None
        if (
            not moved
            and [_key(e) for e in old] != [_key(e) for e in new]
            and set(map(_key, old)) == set(map(_key, new))
        ):
            yield f"{subject}: the order of the entries changed"

    def _told(self, entry: BaseModel, called: str) -> str:
        told = self.names.entry(entry)
        return told.removeprefix(f"{_key(entry)[0]}: ") if _has_band(entry) and called else told


def paired(old: Sequence[BaseModel], new: Sequence[BaseModel]) -> list[_Pair]:
    """Entries with the same key, then entries at the same place of equally long lists, then what is alone."""
    olds, news = _numbered(old), _numbered(new)
    pairs: list[_Pair] = []
    same_length = len(old) == len(new)
    taken = set()
    for place, (key, before) in enumerate(olds):
        match = next((number for number, (k, _) in enumerate(news) if k == key), None)
        if match is None and same_length and news[place][0] not in {k for k, _ in olds} and not _named(before):
            match = place  # renamed in place: another band of the same row
        pairs.append((before, None if match is None else news[match][1]))
        taken.add(match)
    pairs += [(None, after) for number, (_, after) in enumerate(news) if number not in taken]
    return pairs


def _named(entry: BaseModel) -> bool:
    return getattr(entry, "id", None) is not None


def _has_band(entry: Any) -> bool:
    return getattr(entry, "band", None) is not None and not _named(entry)


def _numbered(entries: Sequence[BaseModel]) -> list[tuple[tuple[str, int], BaseModel]]:
    seen: Counter[str] = Counter()
    found = []
    for entry in entries:
        key = _key(entry)[0]
        found.append(((key, seen[key]), entry))
        seen[key] += 1
    return found


def _key(entry: Any) -> tuple[str]:
    """What makes an entry the same one in another edition: its id, else band, mechanism, name or source."""
    if _has_band(entry):
        return (band_text(entry.band),)
    kind = getattr(entry, "kind", None)
    if _named(entry):
        return (f"{kind} {entry.id}" if hasattr(entry, "forms") else str(entry.id),)
    for key in ("antimicrobials", "name", "as_printed", "mechanism", "source"):
        if found := getattr(entry, key, None):
            return (" + ".join(found) if isinstance(found, tuple) else str(found),)
    return ("",)


def _exactly(value: Any) -> str:
    return str(value.model_dump(mode="json", exclude_defaults=True)) if isinstance(value, BaseModel) else repr(value)
