"""What sources other than the leading guidance say: topics on which they differ, and what they list."""

from __future__ import annotations

from collections.abc import Iterable, Set

from knowledge.answer import ConflictView, Line, OtherGuidance, PositionView
from knowledge.citing import Library
from knowledge.content import Content
from knowledge.provenance import Applies, Source
from knowledge.question import Question
from knowledge.recommendations import Conflict, Entry, Row
from knowledge.relevance import about_named, applies, listed_for, widened
from knowledge.terms import Intent, Route


class Comparing:
    """Sets other editions, guidelines, labels and the article beside the leading guidance."""

    def __init__(self, content: Content, library: Library) -> None:
        self._content = content
        self._library = library
        self._names = {drug.id: drug.name for drug in content.antimicrobials}
        self._views = {conflict.id: self._view(conflict) for conflict in content.conflicts}

    def conflicts(
        self, question: Question, shown: Set[str], ruled_out: Set[str] = frozenset()
    ) -> tuple[ConflictView, ...]:
        """Topics on which sources differ that bear on this question, those about its own mechanism first.

        `ruled_out`: what is not suggested here. Where the laboratory reports such a one susceptible, the conflict
        about the mechanism is pressing: it is shown whatever the room.
        """
        if question.intent is Intent.INFECTION_CONTROL:
            return ()
        reported = ruled_out & set(question.susceptible)
        return tuple(
            self._views[conflict.id].model_copy(update={"pressing": True})
            if conflict.mechanisms and reported & set(conflict.antimicrobials)
            else self._views[conflict.id]
            for conflict in sorted(self._content.conflicts, key=_generality)
            if applies(conflict, question, shown | ruled_out if conflict.mechanisms else shown)
            and about_named(conflict, question)
        )

    def others(self, question: Question) -> tuple[OtherGuidance, ...]:
        """What other editions, guidelines and the article list for the same mechanism and sites."""
        views = []
        mechanisms, sites = widened(question)
        for row in self._rows(question):
            source = self._library.sources[row.source]

            def here(entries: Iterable[Entry]) -> tuple[str, ...]:
                return self.titles(e for e in entries if listed_for(e, mechanisms, sites))

            views.append(
                OtherGuidance(
                    title=source.short,
                    dated=_dated(source),
                    preferred=here(row.preferred),
                    alternative=here(row.alternative),
                    not_suggested=here(row.not_suggested),
                    conditions=(*row.conditions, row.note) if row.note else row.conditions,
                    citation=self._library.cite(row)[0],
                    caveat=row.caveat,
                )
            )
        return tuple(views)

    def listed_by_others(self, question: Question) -> tuple[tuple[tuple[str, ...], tuple[Line, ...]], ...]:
        """Preferred regimens of other guidance, each with who lists it; the better read source first."""
        found: dict[tuple[str, ...], list[Line]] = {}
        mechanisms, sites = widened(question)
        for row in sorted(self._rows(question), key=lambda row: row.verification):
            title = self._library.sources[row.source].short
            for entry in row.preferred:
                if not listed_for(entry, mechanisms, sites):
                    continue
                text = f"Listed by {title}, not by the leading guidance"
                line = Line(text=text, citations=self._library.cite(row), caveat=row.caveat)
                found.setdefault(entry.antimicrobials, []).append(line)
        return tuple((antimicrobials, tuple(lines)) for antimicrobials, lines in found.items())

    def titles(self, entries: Iterable[Entry]) -> tuple[str, ...]:
        """Entries of a row as names with their conditions."""
        return tuple(
            " plus ".join(self._names[a] for a in e.antimicrobials)
            + {Route.IV: " IV", Route.ORAL: " oral", None: ""}[e.route]
            + (f" ({'; '.join(e.conditions)})" if e.conditions else "")
            for e in entries
        )

    def _view(self, conflict: Conflict) -> ConflictView:
        return ConflictView(
            id=conflict.id,
            topic=conflict.topic,
            how_shown=conflict.how_shown,
            positions=tuple(
                PositionView(
                    says=position.says,
                    citation=self._library.cite_source(position.source, position.locator or conflict.topic),
                    caveat=position.caveat,
                )
                for position in conflict.positions
            ),
        )

    def _rows(self, question: Question) -> list[Row]:
        mechanisms, sites = widened(question)
        return [
            row
            for row in self._content.rows
            if row.source != self._content.edition.guidance
            and mechanisms & set(row.mechanisms)
            and sites & set(row.sites)
        ]


def _generality(conflict: Applies) -> int:
    """What is about this mechanism comes before what is about a site or an antimicrobial, and that before the rest."""
    return -(4 * bool(conflict.mechanisms) + 2 * bool(conflict.sites) + bool(conflict.antimicrobials))


def _dated(source: Source) -> str | None:
    return source.published_on.isoformat() if source.published_on else (str(source.year) if source.year else None)
