"""`Findings`: what `verify` found, place by place: what is wrong, what could not be checked, and how much was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CLEAN, TAMPERED, INCOMPLETE = 0, 1, 2
MOST_KEPT = 100
_LIVE = 1 << 62  # behind every segment and line
CHECKS = {
    "digests": "digests in order, each naming the one before",
    "signatures": "digests signed by a key that is trusted",
    "files": "segment files as their digests say",
    "purged": "segments past their retention, by their digests only",
    "checkpoints": "checkpoints kept elsewhere that the archive still matches",
    "announced": "segments that the log itself says were sealed",
    "entries": "entries in archive and live log",
    "macs": "entries whose MAC was computed again",
    "copies": "entries that archive and live log both have",
    "payloads": "payloads shown, computed again",
    "pairs": "answers prepared or shared, each with its end",
    "heads": "writers whose head in Redis is their last entry",
    "counts": "counts of the store that agree with archive and log",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where, by which check."""

    check: str
    problem: str
    segment: int | None = None
    line: int | None = None
    id: str | None = None
    writer: str | None = None
    sequence: int | None = None

    @property
    def place(self) -> str:
        """The place in words."""
        parts = []
        if self.segment is not None:
            parts.append(f"segment {self.segment}" + (f", line {self.line}" if self.line is not None else ""))
        elif self.id is not None:
            parts.append("live log")
        if self.id is not None:
            parts.append(f"id {self.id}")
        if self.writer is not None:
            parts.append(f"{self.writer} entry {self.sequence}" if self.sequence is not None else self.writer)
        return ", ".join(parts) or self.check

    def as_json(self) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in ("segment", "line", "id", "writer", "sequence")}
        given = {name: value for name, value in values.items() if value is not None}
        return {"check": self.check, "place": self.place, "problem": self.problem, **given}


@dataclass(slots=True)
class Findings:
    """Filled by the checks; the first hundred findings are kept in full, all are counted."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHECKS, 0))
    wrong: list[Finding] = field(default_factory=list)
    wrong_total: int = 0
    unchecked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fault(self, check: str, problem: str, **where: Any) -> None:
        """Something is not as it was written."""
        self.wrong_total += 1
        if len(self.wrong) < MOST_KEPT:
            self.wrong.append(Finding(check, problem, **where))

    def sort(self) -> None:
        """Archive before live log, each from its beginning: the first finding is the first bad place."""
        self.wrong.sort(key=lambda each: (each.segment or _LIVE, each.line or _LIVE))

    def skip(self, what: str) -> None:
        """Something could not be checked, said once."""
        if what not in self.unchecked and len(self.unchecked) < MOST_KEPT:
            self.unchecked.append(what)

    def note(self, what: str) -> None:
        """Worth knowing, not wrong."""
        self.notes.append(what)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 something is wrong, 2 something could not be checked."""
        if self.wrong_total:
            return TAMPERED
        return INCOMPLETE if self.unchecked else CLEAN

    @property
    def verdict(self) -> str:
        """One word for the exit code."""
        return ("clean", "tampered", "incomplete")[self.exit_code]

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "first": self.wrong[0].as_json() if self.wrong else None,
            "wrong": [each.as_json() for each in self.wrong],
            "wrong_total": self.wrong_total,
            "unchecked": self.unchecked,
            "notes": self.notes,
            "counts": self.counts,
        }
