"""Numbers for citations in the order in which a reader meets them, and the list they point to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from handlers.layouts.blocks import escape
from knowledge.answer import Citation
from knowledge.terms import Verification

_READ_AS = {
    Verification.A: "primary text read",
    Verification.B: "read in a verbatim reproduction",
    Verification.C: "read in a secondary source",
    Verification.D: "low trust",
    Verification.ARTICLE: "educational article",
    None: "second source",
}


class References:
    """Hands out numbers; one instance a message."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._citations: list[Citation] = []
        self._works: set[str] = set()
        self.characters = 0  # about how long the list will be

    def marks(self, citations: Iterable[Citation], most: int = 3) -> str:
        """The marks that follow a statement, such as "[1][4]"."""
        numbers = []
        for citation in list(citations)[:most]:
            key = (citation.source, citation.locator)
            if key not in self._numbers:
                self._numbers[key] = len(self._numbers) + 1
                self._citations.append(citation)
                self.characters += len(citation.locator) + 7
                if citation.short not in self._works:
                    self._works.add(citation.short)
                    self.characters += len(citation.url) + len(citation.short) + 50
            numbers.append(self._numbers[key])
        return "".join(f"[{number}]" for number in dict.fromkeys(numbers))

    @property
    def sources(self) -> frozenset[str]:
        """The ids of what was cited so far."""
        return frozenset(citation.source for citation in self._citations)

    def lines(self, *, links: bool) -> list[str]:
        """One line a work: its date, how it was read, and the places that the numbers stand for."""
        works: dict[tuple[str, Verification | None], list[tuple[int, Citation]]] = {}
        for number, citation in enumerate(self._citations, 1):
            works.setdefault((citation.short, citation.verification), []).append((number, citation))
        lines = []
        for (short, verification), places in works.items():
            first = places[0][1]
            name = f"<{escape(first.url.replace('|', '%7C'))}|{escape(short)}>" if links else escape(short)
            dated = f", {shown_date(first.dated)}" if first.dated and shown_date(first.dated) not in short else ""
            located = "; ".join(f"[{n}] {escape(c.locator.removeprefix(short + ', '))}" for n, c in places)
            lines.append(f"{name}{dated} ({_READ_AS[verification]}): {located}")
        return lines


def shown_date(iso: str) -> str:
    """A date as people write it: "30 July 2026"; a bare year stays a year."""
    if len(iso) != 10:
        return iso
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
