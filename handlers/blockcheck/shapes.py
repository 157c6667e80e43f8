"""The small language the block tables are written in: what a value must look like, and where it fell short."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Surface = Literal["message", "modal", "home"]


@dataclass(slots=True)
class Inspection:
    """One payload under inspection: its faults, and what must be counted or unique over all of it."""

    surface: Surface
    faults: list[str] = field(default_factory=list)
    markdown_characters: int = 0
    block_types: list[str] = field(default_factory=list)
    ids: dict[str, set[str]] = field(default_factory=lambda: {"block_id": set(), "action_id": set()})

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{where}: {what}")

    def claim(self, kind: str, where: str, value: str) -> None:
        """Note an id that must be unique in the payload."""
        if value in self.ids[kind]:
            self.fault(where, f"{kind} {value!r} is used twice")
        self.ids[kind].add(value)


Check = Callable[[Inspection, str, Any], None]


def string(most: int, least: int = 1) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        if not isinstance(value, str):
            seen.fault(where, f"must be a string, not {type(value).__name__}")
        elif not least <= len(value) <= most:
            seen.fault(where, f"must be {least} to {most} characters, is {len(value)}")

    return check


def web_address(most: int = 3000) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        string(most)(seen, where, value)
        if isinstance(value, str) and not value.startswith(("https://", "mailto:", "tel:")):
            seen.fault(where, "must be an https, mailto or tel address")

    return check


def unique_id(kind: str) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        string(255)(seen, where, value)
        if isinstance(value, str):
            seen.claim(kind, where, value)

    return check


def number(least: float = float("-inf"), most: float = float("inf")) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            seen.fault(where, f"must be a number, not {type(value).__name__}")
        elif not least <= value <= most:
            seen.fault(where, f"must be {least:g} to {most:g}, is {value:g}")

    return check


def boolean(seen: Inspection, where: str, value: Any) -> None:
    if not isinstance(value, bool):
        seen.fault(where, "must be true or false")


def anything(_seen: Inspection, _where: str, _value: Any) -> None:
    """Slack keeps this as it is."""


def one_of(*allowed: str) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        if value not in allowed:
            seen.fault(where, f"must be one of {', '.join(allowed)}")

    return check


def many(item: Check, most: int, least: int = 1) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        if not isinstance(value, list | tuple):
            seen.fault(where, f"must be a list, not {type(value).__name__}")
            return
        if not least <= len(value) <= most:
            seen.fault(where, f"must hold {least} to {most} items, holds {len(value)}")
        for index, each in enumerate(value):
            item(seen, f"{where}/{index}", each)

    return check


def record(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    rules: Iterable[Check] = (),
) -> Check:
    """An object: all required keys, no unknown key, each value checked, then the rules between keys."""
    known = {**required, **(optional or {})}
    after = tuple(rules)

    def check(seen: Inspection, where: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            seen.fault(where, f"must be an object, not {type(value).__name__}")
            return
        for key in required:
            if key not in value:
                seen.fault(where, f"{key} is missing")
        for key, each in value.items():
            if key not in known:
                seen.fault(where, f"unknown key {key!r}")
            else:
                known[key](seen, f"{where}/{key}", each)
        for rule in after:
            rule(seen, where, value)

    return check


def typed(table: Mapping[str, Check], noun: str) -> Check:
    """An object whose `type` decides its shape; a type that is not in the table is a fault."""

    def check(seen: Inspection, where: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            seen.fault(where, f"must be an object, not {type(value).__name__}")
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in table:
            seen.fault(where, f"{noun} type {kind!r} is not allowed here")
            return
        table[kind](seen, where, value)

    return check


def at_least_one_of(*keys: str) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        if not any(key in value for key in keys):
            seen.fault(where, f"needs {' or '.join(keys)}")

    return check


def exactly_one_of(*keys: str) -> Check:
    def check(seen: Inspection, where: str, value: Any) -> None:
        if sum(key in value for key in keys) != 1:
            seen.fault(where, f"needs exactly one of {', '.join(keys)}")

    return check
