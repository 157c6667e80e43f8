"""A hospital's own word beside an answer. It works on an answer that is already complete and safe.

All it can do is add lines with its own label and take a regimen out of what is offered, which stays named. There is no
way from here to a dose, a rank, a reason or a caution, so no local file can loosen a safety rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from knowledge.answer import AboutView, Answer, Branch, Line, LocalLine, LocalView, NotCovered, NotOffered, RegimenView
from knowledge.content import Content
from knowledge.files import DataFiles
from knowledge.overlay_loading import load_overlay
from knowledge.overlay_models import Antibiogram, Contact, Formulary, Hidden, Item, OverlayContent, Scoped
from knowledge.question import Question
from knowledge.terms import Mechanism, Route, Site
from knowledge.wording import number

Rank = Literal["preferred", "alternative", "reserve", "named", "elsewhere"]
_ROLES = {"id_on_call": "ID on call", "microbiology": "microbiology", "pharmacy": "pharmacy"}
_STATUS = {"on_formulary": "on formulary", "non_formulary": "not on formulary", "out_of_stock": "out of stock"}
_METALLO = frozenset({Mechanism.NDM, Mechanism.VIM, Mechanism.IMP})
_URINARY = frozenset({Site.CYSTITIS, Site.CUTI})
NOTHING_LEFT = (
    "Every regimen that the guidance lists here is marked as not offered in this hospital (Local). "
    "Infectious-diseases consultation."
)


class LocalOverlay:
    """What a hospital says of its own, in memory; shared between tasks and threads freely."""

    def __init__(self, said: OverlayContent, digest: str, content: Content) -> None:
        self.said = said
        self.digest = digest
        self._parts = {drug.id: drug.components or (drug.id,) for drug in content.antimicrobials}
        self._names = {drug.id: drug.name for drug in content.antimicrobials}
        self._mechanisms = {one.id: one.name for one in content.mechanisms}
        self._sites = {one.id: one.short for one in content.sites}
        self.contacts = tuple(self._contact(one) for one in said.contacts)

    @classmethod
    def load(cls, folder: Path, content: Content) -> LocalOverlay:
        """Read and check a hospital's folder. Raises KnowledgeDataError with every fault."""
        files = DataFiles.of(folder)
        return cls(load_overlay(files, content), files.digest, content)

    @property
    def on_call(self) -> str | None:
        """How to reach ID on call, with whose word it is; None when the hospital does not say."""
        found = [one for one in self.contacts if one.role == "id_on_call"]
        return f"{found[0].text} (Local, {self.said.hospital.name})" if found else None

    def applied(self, result: Answer | NotCovered, on: date | None) -> Answer | NotCovered:
        """The same answer with the hospital's marks and lines, and without the regimens it does not offer."""
        if isinstance(result, NotCovered):
            return result.model_copy(update={"local": self._view(result.question, (), on)})
        mechanisms, sites = _reach(result.question.mechanisms, result.question.sites)
        branches = tuple(self._branch(branch) for branch in result.branches)
        focus, named = self._parted(result.focus, "named", mechanisms, sites)
        elsewhere, there = self._parted(result.elsewhere, "elsewhere", mechanisms, sites)
        listed = tuple(one for branch in branches for one in branch.not_offered)
        told = {(one.antimicrobials, one.route) for one in listed}
        hidden = (*listed, *(one for one in named if (one.antimicrobials, one.route) not in told), *there)
        changed = result.model_copy(
            update={"branches": branches, "focus": focus, "elsewhere": elsewhere, "not_offered": hidden}
        )
        changed = changed.model_copy(update={"about": tuple(self._told(one, hidden) for one in result.about)})
        return changed.model_copy(update={"local": self._view(result.question, _offered(changed), on, hidden)})

    def _branch(self, branch: Branch) -> Branch:
        changed: dict[str, Any] = {}
        hidden: list[NotOffered] = []
        ranks: tuple[Literal["preferred", "alternative", "reserve"], ...] = ("preferred", "alternative", "reserve")
        mechanisms, sites = _reach(branch.mechanisms, branch.sites)
        for rank in ranks:
            changed[rank], gone = self._parted(getattr(branch, rank), rank, mechanisms, sites)
            hidden += gone
        if hidden and not any(changed[rank] for rank in ranks):
            cited = tuple(dict.fromkeys(one.citations[0] for one in hidden))
            changed["not_covered"] = (*branch.not_covered, Line(text=NOTHING_LEFT, citations=cited))
        return branch.model_copy(update={**changed, "not_offered": tuple(hidden)})

    def _parted(
        self, views: Iterable[RegimenView], rank: Rank, mechanisms: frozenset[Mechanism], sites: frozenset[Site]
    ) -> tuple[tuple[RegimenView, ...], tuple[NotOffered, ...]]:
        """What is still offered, with its marks, and what is not. A view with reasons is not suggested: left alone."""
        kept, gone = [], []
        for view in views:
            entry = None if view.reasons else self._hides(view.antimicrobials, view.route)
            if entry is not None:
                gone.append(
                    NotOffered(
                        regimen=view.regimen,
                        name=view.name,
                        antimicrobials=view.antimicrobials,
                        route=view.route,
                        branch=view.branch,
                        listed_as=rank,
                        citations=view.citations,
                        local=self._line("hidden", entry, entry.reason),
                    )
                )
            elif view.reasons:
                kept.append(view)
            else:
                marks = tuple(self._marks(view.antimicrobials, mechanisms, sites))
                kept.append(view.model_copy(update={"local": marks}))
        return tuple(kept), tuple(gone)

    def _told(self, view: AboutView, hidden: tuple[NotOffered, ...]) -> AboutView:
        """Where an antimicrobial stands in the guidance, with that it is not offered here."""
        gone = {one.name for one in hidden if self._parts.get(view.antimicrobial) == one.antimicrobials}
        if view.here is None or not gone:
            return view
        which = "" if gone == {view.name} else f"{', '.join(sorted(gone))} "
        text = f"{view.here.text}; {which}not offered here (Local, {self.said.hospital.name})"
        return view.model_copy(update={"here": view.here.model_copy(update={"text": text})})

    def _hides(self, antimicrobials: tuple[str, ...], route: Route | None) -> Hidden | None:
        return next((one for one in self.said.hidden if one.covers(antimicrobials, route)), None)

    def _marks(
        self, antimicrobials: tuple[str, ...], mechanisms: frozenset[Mechanism], sites: frozenset[Site]
    ) -> Iterator[LocalLine]:
        """Restrictions, then stock, of every antimicrobial in the regimen."""
        for one in self.said.restrictions:
            meant = [a for a in antimicrobials if a in one.antimicrobials]
            if meant and _holds(one, mechanisms, sites):
                yield self._line("restriction", one, self._about(meant, antimicrobials, one.text, one))
        for stock in self.said.formulary:
            meant = [a for a in antimicrobials if a in stock.antimicrobials]
            if meant:
                yield self._line("formulary", stock, self._about(meant, antimicrobials, _stock(stock)))

    def _about(self, meant: list[str], whole: tuple[str, ...], text: str, scope: Scoped | None = None) -> str:
        """The text, with the antimicrobial named where the regimen has others, and with what it is limited to."""
        named = f"{', '.join(self._names[a] for a in meant)}: " if len(meant) < len(whole) else ""
        return named + text + (self._scope(scope) if scope else "")

    def _scope(self, scope: Scoped) -> str:
        words = [*(self._mechanisms[m] for m in scope.mechanisms), *(self._sites[s] for s in scope.sites)]
        return f" (for {', '.join(words)})" if words else ""

    def _view(
        self, question: Question, offered: tuple[RegimenView, ...], on: date | None, hidden: tuple[NotOffered, ...] = ()
    ) -> LocalView:
        hospital = self.said.hospital
        return LocalView(
            hospital=hospital.name,
            owner=hospital.owner,
            dated=hospital.dated,
            review_due_on=hospital.review_due_on,
            review_overdue=on is not None and on > hospital.review_due_on,
            contacts=self.contacts,
            lines=(*self._notes(question, offered, hidden), *self._antibiogram(question, offered)),
        )

    def _notes(
        self, question: Question, offered: tuple[RegimenView, ...], hidden: tuple[NotOffered, ...]
    ) -> Iterator[LocalLine]:
        mechanisms, sites = _reach(question.mechanisms, question.sites)
        shown = {a for view in offered for a in view.antimicrobials} | set(question.antimicrobials)
        shown |= {a for one in hidden for a in one.antimicrobials}
        for note in self.said.notes:
            if _holds(note, mechanisms, sites) and (not note.antimicrobials or shown & set(note.antimicrobials)):
                names = f"{', '.join(self._names[a] for a in note.antimicrobials)}: " if note.antimicrobials else ""
                yield self._line("note", note, names + note.text + self._scope(note))

    def _antibiogram(self, question: Question, offered: tuple[RegimenView, ...]) -> Iterator[LocalLine]:
        """Only of what is offered by itself: beside anything not suggested a percentage would read as leave to use."""
        mechanisms, _ = _reach(question.mechanisms, question.sites)
        alone = {view.antimicrobials[0] for view in offered if len(view.antimicrobials) == 1}
        for line in self.said.antibiogram:
            named = question.organism in (None, line.organism)
            fits = not line.mechanisms or not mechanisms or bool(mechanisms & set(line.mechanisms))
            if line.antimicrobial in alone and named and fits:
                yield self._line("antibiogram", line, self._counted(line))

    def _counted(self, line: Antibiogram) -> str:
        which = f" with {', '.join(self._mechanisms[m] for m in line.mechanisms)}" if line.mechanisms else ""
        few = " Fewer than 30 isolates: the percentage says little." if line.is_small else ""
        return (
            f"{self._names[line.antimicrobial]}: {number(line.percent_susceptible)}% of {line.isolates} isolates of "
            f"{line.organism}{which} susceptible, {_day(line.period_from)} to {_day(line.period_to)}.{few}"
        )

    def _contact(self, contact: Contact) -> LocalLine:
        line = self._line("contact", contact, f"{_ROLES[contact.role]}: {contact.route}")
        return line.model_copy(update={"role": contact.role})

    def _line(
        self,
        kind: Literal["restriction", "formulary", "hidden", "note", "antibiogram", "contact"],
        item: Item,
        text: str,
    ) -> LocalLine:
        hospital = self.said.hospital
        return LocalLine(
            kind=kind,
            text=text,
            hospital=hospital.name,
            owner=item.owner or hospital.owner,
            dated=item.dated or hospital.dated,
        )


def _offered(answer: Answer) -> tuple[RegimenView, ...]:
    """Every regimen offered, but none that is not suggested in another reading of the same question."""
    against = {view.antimicrobials for view in (*answer.not_suggested, *(v for v in answer.focus if v.reasons))}
    views = (*answer.preferred, *answer.alternative, *answer.reserve, *answer.focus, *answer.elsewhere)
    return tuple(view for view in views if not view.reasons and view.antimicrobials not in against)


def _holds(scope: Scoped, mechanisms: frozenset[Mechanism], sites: frozenset[Site]) -> bool:
    """Whether an entry is for this question; what the question leaves open counts as meant."""
    return (not scope.mechanisms or not mechanisms or bool(mechanisms & set(scope.mechanisms))) and (
        not scope.sites or not sites or bool(sites & set(scope.sites))
    )


def _reach(mechanisms: Iterable[Mechanism], sites: Iterable[Site]) -> tuple[frozenset[Mechanism], frozenset[Site]]:
    """Mechanisms and sites with what an unnamed one can be; an entry for the class is for each of its kinds."""
    wide, at = set(mechanisms), set(sites)
    if Mechanism.MBL in wide:
        wide |= _METALLO
    if wide & _METALLO:
        wide.add(Mechanism.MBL)
    if Site.UTI in at:
        at |= _URINARY
    if at & _URINARY:
        at.add(Site.UTI)
    return frozenset(wide), frozenset(at)


def _stock(stock: Formulary) -> str:
    text = _STATUS[stock.status]
    if stock.since is not None:
        text += f" since {_day(stock.since)}"
    if stock.expected_on is not None:
        text += f", expected back {_day(stock.expected_on)}"
    return f"{text}. {stock.text}" if stock.text else text


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
