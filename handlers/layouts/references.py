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

    def marks(self, citations: Iterable[Citation], most: int = 3) -> str:
        """The marks that follow a statement, such as "[1][4]"."""
        numbers = []
        for citation in list(citations)[:most]:
            key = (citation.source, citation.locator)
            if key not in self._numbers:
                self._numbers[key] = len(self._numbers) + 1
                self._citations.append(citation)
            numbers.append(self._numbers[key])
        return "".join(f"[{number}]" for number in dict.fromkeys(numbers))

    def lines(self, *, links: bool) -> list[str]:
        """One line a reference, with its date and how it was read."""
        lines = []
        for number, citation in enumerate(self._citations, 1):
            name = escape(citation.short)
            if links:
                name = f"<{escape(citation.url.replace('|', '%7C'))}|{name}>"
            dated = f", {shown_date(citation.dated)}" if citation.dated else ""
            lines.append(f"[{number}] {name}{dated}: {escape(citation.locator)} ({_READ_AS[citation.verification]})")
        return lines


def shown_date(iso: str) -> str:
    """A date as people write it: "30 July 2026"; a bare year stays a year."""
    if len(iso) != 10:
        return iso
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
