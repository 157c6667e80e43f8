"""`Fault`: one thing that keeps the bot from running, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong (`name` says where) and the remedy, in words for whoever runs the bot. Holds no secret."""

    name: str
    problem: str
    remedy: str


class StartError(Exception):
    """The bot does not start; `faults` names every reason at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.name} {fault.problem}" for fault in self.faults))


class SettingsError(StartError):
    """The settings cannot be used."""
