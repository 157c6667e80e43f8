"""Numbers for citations in the order in which a reader meets them, and the list they point to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice

from handlers.layouts.blocks import Block, escape
from knowledge.answer import Citation
from knowledge.terms import Verification

_READ_AS = {
    Verification.A: "Primary text read",
    Verification.B: "Read in a verbatim reproduction",
    Verification.C: "Read in a secondary source",
    Verification.D: "Low trust",
    Verification.ARTICLE: "Educational article",
    None: "Second source",
}
# A mark is a place for a number: which statements stay, and in which order, is decided after they are worded.
_MARK = re.compile("\x01([0-9]+)\x02")
_SPACED_MARK = re.compile(" ?\x01[0-9]+\x02")
_WORK_BYTES = 27  # of the date and the signs around a work in the list


@dataclass(slots=True)
class Listed:
    """What a list of references holds so far."""

    places: set[int] = field(default_factory=set)
    works: set[str] = field(default_factory=set)


class References:
    """Hands out marks, then numbers for those that are shown; one instance a message.

    Not `listed`: there is no room for the list, so marks leave no trace.
    """

    def __init__(self, *, listed: bool = True) -> None:
        self._listed = listed
        self._indices: dict[tuple[str, str], int] = {}
        self._citations: list[Citation] = []
        self._met: set[int] = set()
        self._numbers: dict[int, int] = {}

    def marks(self, citations: Iterable[Citation], most: int = 3) -> str:
        """The marks that follow a statement, such as "[1][4]" once they are numbered."""
        found: dict[int, None] = {}
        for citation in islice(citations, most):
            key = (citation.source, citation.locator)
            index = self._indices.get(key)
            if index is None:
                index = self._indices[key] = len(self._citations)
                self._citations.append(citation)
            found[index] = None
        self._met.update(found)
        return "".join([f"\x01{index}\x02" for index in found])

    def met(self) -> set[int]:
        """What was marked since this was last asked."""
        met, self._met = self._met, set()
        return met

    def room(self, cited: Iterable[int], listed: Listed) -> int:
        """About how many bytes the list, without links, grows by for `cited` where `listed` is in it already."""
        total = 0
        for index in cited:
            if index not in listed.places:
                citation = self._citations[index]
                total += len(citation.locator) + 8
                if citation.short not in listed.works:
                    total += len(citation.short) + _WORK_BYTES
        return total

    def add(self, cited: Iterable[int], listed: Listed) -> None:
        """Take `cited` into the list."""
        for index in cited:
            if index not in listed.places:
                listed.places.add(index)
                listed.works.add(self._citations[index].short)

    def link_bytes(self) -> int:
        """How many bytes links add, at most, to the list of what is numbered."""
        urls = {self._citations[index].url for index in self._numbers}
        return sum([len(url) + 24 for url in urls])

    @property
    def sources(self) -> frozenset[str]:
        """The ids of what was cited so far."""
        return frozenset(citation.source for citation in self._citations)

    def restart(self) -> None:
        """Forget the numbers: another choice of statements is laid out."""
        self._numbers.clear()

    def numbered(self, text: str) -> str:
        """The text with numbers for its marks; call it in reading order."""
        return _MARK.sub(self._number, text) if self._listed else _SPACED_MARK.sub("", text)

    def _number(self, mark: re.Match[str]) -> str:
        return f"[{self._numbers.setdefault(int(mark[1]), len(self._numbers) + 1)}]"

    def number(self, blocks: Sequence[Block]) -> None:
        """Number the sections of a view, in place and in reading order."""
        for block in blocks:
            if block["type"] == "section":
                block["text"]["text"] = self.numbered(block["text"]["text"])

    def lines(self, *, links: bool) -> list[str]:
        """The works by how they were read, each with its date and the places that the numbers stand for."""
        read_as: dict[str, dict[str, list[tuple[int, Citation]]]] = {}
        for index, number in self._numbers.items():
            citation = self._citations[index]
            works = read_as.setdefault(_READ_AS[citation.verification], {})
            works.setdefault(citation.short, []).append((number, citation))
        lines = []
        for how, works in read_as.items():
            lines.append(f"_{how}_")
            for short, places in works.items():
                first = places[0][1]
                name = f"<{escape(first.url.replace('|', '%7C'))}|{escape(short)}>" if links else escape(short)
                dated = f", {shown_date(first.dated)}" if first.dated and shown_date(first.dated) not in short else ""
                located = "; ".join([f"[{n}] {escape(c.locator.removeprefix(short + ', '))}" for n, c in places])
                lines.append(f"{name}{dated}: {located}")
        return lines


@lru_cache(maxsize=256)
def shown_date(iso: str) -> str:
    """A date as people write it: "30 July 2026"; a bare year stays a year."""
    if len(iso) != 10:
        return iso
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
