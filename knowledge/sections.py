"""The parts of an answer beside its regimens, each chosen by what the question names."""

from __future__ import annotations

from collections.abc import Iterable, Set

from knowledge.answer import ConflictView, Line, OtherGuidance, PositionView
from knowledge.citing import Library
from knowledge.models import Applies, Content, Entry, Fact, Row, Source
from knowledge.question import Question
from knowledge.terms import URINARY_SITES, Comedication, Intent, Mechanism, Route, Site

_METALLO = (Mechanism.NDM, Mechanism.VIM, Mechanism.IMP)
_DETAIL_TOPICS = {
    Intent.COMBINATION: ("combination",),
    Intent.INFECTION_CONTROL: ("infection_control",),
    Intent.EVIDENCE: ("evidence", "mortality", "epidemiology"),
    Intent.DURATION: ("duration",),
}
_BRIEF = {"combination": 2, "infection_control": 2, "evidence": 0}


class Sections:
    """Chooses facts, conflicts and other guidance for a question."""

    def __init__(self, content: Content, library: Library) -> None:
        self._content = content
        self._library = library
        self._names = {drug.id: drug.name for drug in content.antimicrobials}

    def infection_control(self, question: Question) -> tuple[Line, ...]:
        """Isolation and precautions: the leading lines, or all of them when asked."""
        return self._topic("infection_control", question, set())

    def combination(self, question: Question) -> tuple[Line, ...]:
        """One antimicrobial or two."""
        return self._topic("combination", question, set())

    def duration(self, question: Question, shown: Set[str]) -> tuple[Line, ...]:
        """How long: studies by site, then what the labels of the regimens shown say."""
        if not question.sites and question.intent is not Intent.DURATION:
            return ()
        studies = self._topic("duration", question, shown)
        labels = [
            line.model_copy(update={"text": f"{drug.name}. {line.text}"})
            for drug in self._content.antimicrobials
            if drug.id in shown
            for fact in drug.facts
            if fact.topic == "duration" and _applies(fact, question, shown)
            for line in (self._library.line(fact),)
        ]
        article = [s for s in self._content.article.statements if s.id == "article-09"]
        told = [
            self._library.line(s).model_copy(update={"text": f"{self._content.article.label}: {s.text}"})
            for s in article
        ]
        return (*studies, *labels, *told)

    def management(self, question: Question) -> tuple[Line, ...]:
        """Source control, oral step-down, tetracyclines and cultures where they bear on the question."""
        if question.intent in (Intent.INFECTION_CONTROL, Intent.EVIDENCE) or not question.sites:
            return ()
        topics = ["source_control", "oral_step_down", "tetracyclines", "repeat_cultures"]
        return tuple(line for topic in topics for line in self._topic(topic, question, set()))

    def evidence(self, question: Question, shown: Set[str]) -> tuple[Line, ...]:
        """Studies: only when asked for, or a short list for the mechanism."""
        if question.intent is not Intent.EVIDENCE:
            return ()
        named = set(question.antimicrobials) | set(shown)
        lines = list(self._topic("evidence", question, named))
        for drug in self._content.antimicrobials:
            if drug.id in question.antimicrobials:
                lines += [
                    self._library.line(fact)
                    for fact in drug.facts
                    if fact.topic == "evidence" and _applies(fact, question, named)
                ]
        lines += self._topic("mortality", question, named)
        return tuple(dict.fromkeys(lines))

    def mechanism_facts(self, mechanisms: Iterable[Mechanism]) -> tuple[Line, ...]:
        """What the mechanism implies, where no regimen can be shown."""
        wanted = set(mechanisms)
        return tuple(
            self._library.line(fact) for info in self._content.mechanisms if info.id in wanted for fact in info.facts
        )

    def conditional(self, question: Question) -> tuple[Line, ...]:
        """The urinary lists for an unknown mechanism: as conditional text, never as regimens."""
        if question.mechanisms != (Mechanism.UNKNOWN,):
            return ()
        lines = []
        sites = set(question.sites)
        if Site.UTI in sites:
            sites |= {Site.CYSTITIS, Site.CUTI}
        for row in self._content.rows:
            if row.source != self._content.edition.guidance or not sites & set(row.sites) & URINARY_SITES:
                continue
            if Mechanism.UNKNOWN in row.mechanisms:
                lines += [Line(text=t, citations=self._library.cite(row), caveat=row.caveat) for t in row.conditions]
            elif len(row.mechanisms) > 1 and row.preferred:
                where = "cystitis" if Site.CYSTITIS in row.sites else "complicated urinary infection"
                listed = _joined(self._titles(e for e in row.preferred if len(e.antimicrobials) == 1))
                text = f"For {where} the guidance lists for any CRE, only if the isolate tests susceptible: {listed}"
                lines.append(Line(text=text, citations=self._library.cite(row), caveat=row.caveat))
        return tuple(lines)

    def conflicts(self, question: Question, shown: Set[str]) -> tuple[ConflictView, ...]:
        """Topics on which sources differ that bear on this question."""
        if question.intent is Intent.INFECTION_CONTROL:
            return ()
        return tuple(
            ConflictView(
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
            for conflict in sorted(self._content.conflicts, key=_generality)
            if _applies(conflict, question, shown)
        )

    def others(self, question: Question) -> tuple[OtherGuidance, ...]:
        """What other editions, guidelines and the article list for the same mechanism and sites."""
        views = []
        mechanisms, sites = _widened(question)
        for row in self._other_rows(question):
            source = self._library.sources[row.source]

            def here(entries: Iterable[Entry]) -> tuple[str, ...]:
                return self._titles(e for e in entries if _listed_for(e, mechanisms, sites))

            views.append(
                OtherGuidance(
                    title=source.short,
                    dated=_dated(source),
                    preferred=here(row.preferred),
                    alternative=here(row.alternative),
                    not_suggested=here(row.not_suggested),
                    conditions=row.conditions,
                    citation=self._library.cite(row)[0],
                    caveat=row.caveat,
                )
            )
        return tuple(views)

    def listed_by_others(self, question: Question) -> tuple[tuple[tuple[str, ...], tuple[Line, ...]], ...]:
        """Preferred regimens of other guidance, each with who lists it; the better read source first."""
        found: dict[tuple[str, ...], list[Line]] = {}
        mechanisms, sites = _widened(question)
        for row in sorted(self._other_rows(question), key=lambda row: row.verification):
            title = self._library.sources[row.source].short
            for entry in row.preferred:
                if not _listed_for(entry, mechanisms, sites):
                    continue
                text = f"Listed by {title}, not by the leading guidance"
                line = Line(text=text, citations=self._library.cite(row), caveat=row.caveat)
                found.setdefault(entry.antimicrobials, []).append(line)
        return tuple((antimicrobials, tuple(lines)) for antimicrobials, lines in found.items())

    def article(self, question: Question) -> tuple[Line, ...]:
        """The educational article's statements that bear on the question, as its own."""
        return tuple(
            self._library.line(statement)
            for statement in self._content.article.statements
            if _applies(statement, question, set())
        )

    def notes(self, question: Question) -> tuple[Line, ...]:
        """What was not considered or depends on the organism; valproate where it is named (rule-06)."""
        lines = []
        if Comedication.VALPROATE in question.comedications:
            facts = [
                f for d in self._content.antimicrobials for f in d.facts if Comedication.VALPROATE in f.comedication
            ]
            names = sorted({d.name for d in self._content.antimicrobials if set(d.facts) & set(facts)})
            text = (
                f"Valproate reported: {', '.join(names)} interact with it (loss of seizure control, or to be avoided). "
                "Discuss with pharmacy before use"
            )
            caveats = [f.caveat for f in facts if f.caveat]
            caveat = caveats[0] if caveats else None
            lines.append(Line(text=text, citations=self._library.cite_all(facts), caveat=caveat))
        if question.organism:
            lines += [
                self._library.line(fact)
                for info in self._content.mechanisms
                if info.id in question.mechanisms
                for fact in info.facts
                if question.organism in fact.organisms
            ]
        return tuple(lines)

    def _topic(self, topic: str, question: Question, shown: Set[str]) -> tuple[Line, ...]:
        facts = [f for f in self._content.facts if f.topic == topic and _applies(f, question, shown)]
        if topic not in _DETAIL_TOPICS.get(question.intent, ()) and topic in _BRIEF:
            facts = facts[: _BRIEF[topic]]
        return tuple(self._library.line(fact) for fact in facts)

    def _other_rows(self, question: Question) -> list[Row]:
        mechanisms, sites = _widened(question)
        return [
            row
            for row in self._content.rows
            if row.source != self._content.edition.guidance
            and mechanisms & set(row.mechanisms)
            and sites & set(row.sites)
        ]

    def _titles(self, entries: Iterable[Entry]) -> tuple[str, ...]:
        return tuple(
            " plus ".join(self._names[a] for a in e.antimicrobials)
            + {Route.IV: " IV", Route.ORAL: " oral", None: ""}[e.route]
            + (f" ({'; '.join(e.conditions)})" if e.conditions else "")
            for e in entries
        )


def _widened(question: Question) -> tuple[set[Mechanism], set[Site]]:
    """The question's mechanisms and sites, with what an unnamed metallo-enzyme or urinary infection can be."""
    mechanisms = set(question.mechanisms)
    if Mechanism.MBL in mechanisms:
        mechanisms |= set(_METALLO)
    sites = set(question.sites)
    if Site.UTI in sites:
        sites |= {Site.CYSTITIS, Site.CUTI}
    return mechanisms, sites


def _listed_for(entry: Entry, mechanisms: Set[Mechanism], sites: Set[Site]) -> bool:
    """Whether a row's entry is for one of these mechanisms and sites."""
    return (not entry.mechanisms or bool(mechanisms & set(entry.mechanisms))) and (
        not entry.sites or bool(sites & set(entry.sites))
    )


def _applies(fact: Applies | Fact, question: Question, shown: Set[str]) -> bool:
    mechanisms, sites = _widened(question)
    return (
        (not fact.mechanisms or not mechanisms or bool(mechanisms & set(fact.mechanisms)))
        and (not fact.sites or not sites or bool(sites & set(fact.sites)))
        and (not fact.antimicrobials or not shown or bool(shown & set(fact.antimicrobials)))
        and (not fact.organisms or question.organism is None or question.organism in fact.organisms)
    )


def _generality(conflict: Applies) -> int:
    """Conflicts about this question's terms come before those about everything."""
    return -sum(1 for terms in (conflict.mechanisms, conflict.sites, conflict.antimicrobials) if terms)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)


def _dated(source: Source) -> str | None:
    return source.published_on.isoformat() if source.published_on else (str(source.year) if source.year else None)
