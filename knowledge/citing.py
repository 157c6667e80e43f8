"""From provenance in the data to citations in an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from knowledge.answer import Citation, DoseLine, Line
from knowledge.article import Statement
from knowledge.content import Content
from knowledge.provenance import Fact, Source, Sourced
from knowledge.terms import Strength, Verification


class Library:
    """Sources and facts by id, and the one place where a citation is made.

    Citations and lines are made once for each statement; the statements live as long as `content`, which is kept.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        self._cited: dict[int, tuple[Citation, ...]] = {}
        self._lines: dict[int, Line] = {}
        self.doses: dict[int, DoseLine] = {}
        self.sources: Mapping[str, Source] = {source.id: source for source in content.sources}
        facts: dict[str, Fact | Statement] = {fact.id: fact for fact in content.facts}
        for mechanism in content.mechanisms:
            facts |= {fact.id: fact for fact in mechanism.facts}
        for drug in content.antimicrobials:
            facts |= {fact.id: fact for fact in (*drug.facts, *drug.renal.notes)}
        facts |= {statement.id: statement for statement in content.article.statements}
        self.facts: Mapping[str, Fact | Statement] = facts
        self._read_as = {one.source: one.verification for one in reversed(_statements(content))}
        self._doses = {dose.id: dose for drug in content.antimicrobials for dose in drug.doses}
        self.breakpoints = {a: point for point in content.breakpoints for a in point.antimicrobials}
        self._conflicts = {conflict.id: conflict for conflict in content.conflicts}

    def cite(self, sourced: Sourced) -> tuple[Citation, ...]:
        """The citation of a statement, then those of the sources that say the same."""
        made = self._cited.get(id(sourced))
        if made is None:
            made = self._cited[id(sourced)] = self._cite(sourced)
        return made

    def _cite(self, sourced: Sourced) -> tuple[Citation, ...]:
        first = self._citation(sourced.source, sourced.locator, sourced.url, sourced.strength, sourced.verification)
        also = tuple(
            self._citation(a.source, a.locator or "says the same", None, None, self._read_as.get(a.source))
            for a in sourced.also
        )
        return (first, *also)

    def cite_all(self, sourced: Iterable[Sourced]) -> tuple[Citation, ...]:
        """Citations of several statements, each once."""
        return tuple(dict.fromkeys(c for one in sourced for c in self.cite(one)))

    def because(self, ids: Iterable[str]) -> tuple[Citation, ...]:
        """Citations of facts, doses or conflicts named by id (the loader has checked that they exist)."""
        cited: list[Citation] = []
        for one in ids:
            if one in self._conflicts:
                positions = self._conflicts[one].positions
                cited += [self.cite_source(p.source, p.locator or p.says) for p in positions]
            else:
                cited += self.cite(self.facts.get(one) or self._doses[one])
        return tuple(dict.fromkeys(cited))

    def line(self, fact: Fact | Statement) -> Line:
        """A fact as a line."""
        made = self._lines.get(id(fact))
        if made is None:
            made = self._lines[id(fact)] = Line(text=fact.text, citations=self.cite(fact), caveat=fact.caveat)
        return made

    def cite_source(self, source_id: str, locator: str) -> Citation:
        """A citation of a source as such, for positions in a conflict."""
        return self._citation(source_id, locator, None, None, self._read_as.get(source_id))

    def _citation(
        self,
        source_id: str,
        locator: str,
        url: str | None,
        strength: Strength | None,
        verification: Verification | None,
    ) -> Citation:
        source = self.sources[source_id]
        dated = source.published_on.isoformat() if source.published_on else (str(source.year) if source.year else None)
        return Citation(
            source=source_id,
            short=source.short,
            locator=locator,
            url=url or source.url,
            dated=dated,
            strength=strength,
            verification=verification,
        )


def _statements(content: Content) -> list[Sourced]:
    """Everything with a provenance of its own, to know how each source was read."""
    found: list[Sourced] = [*content.rows, *content.facts, *content.article.statements, *content.breakpoints]
    for drug in content.antimicrobials:
        found += [*drug.activity, *drug.doses, *drug.renal.rows, *drug.renal.notes, *drug.facts]
    for mechanism in content.mechanisms:
        found += mechanism.facts
    return found
