"""`KnowledgeBase`: the reviewed content in memory, and the one question it answers. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.answer import Answer, Branch, Citation, EditionView, Line, NotCovered, RegimenView
from knowledge.article import ArticleReference
from knowledge.background import Background, Backgrounds
from knowledge.branching import Branches
from knowledge.citing import Library
from knowledge.comparing import Comparing
from knowledge.content import Content
from knowledge.errors import KnowledgeDataError
from knowledge.files import SIGN_OFF_FOLDER, DataFiles
from knowledge.governance.signing import AWAITING_REVIEW, NOBODY_TRUSTED, Review, ReviewRules, review
from knowledge.loading import load_content
from knowledge.naming import Named
from knowledge.overlay import LocalOverlay
from knowledge.overlay_loading import overlay_faults
from knowledge.question import Question
from knowledge.ranking import Listed, Rank, forbids, volunteered
from knowledge.recorded import Edit, edits
from knowledge.regimens import Regimens
from knowledge.sections import Sections
from knowledge.terms import Intent, Mechanism, Site

_NO_REGIMEN_INTENTS = frozenset({Intent.INFECTION_CONTROL, Intent.EVIDENCE})
_NOT_COVERED_SITES = frozenset({Site.CNS, Site.ENDOCARDITIS})


class KnowledgeBase:
    """What is known, in one edition. Build it with `load`; share it between tasks and threads freely."""

    def __init__(
        self,
        content: Content,
        digest: str,
        reviewed: Review | None = None,
        local: LocalOverlay | None = None,
        edits: tuple[Edit, ...] = (),
    ) -> None:
        self.content = content
        self.edits = edits
        self.digest = digest
        self.review = reviewed
        self.local = local
        self.status = reviewed.status if reviewed else AWAITING_REVIEW
        self._library = Library(content)
        self._regimens = Regimens(content, self._library)
        self._branches = Branches(content, self._library, self._regimens)
        self._comparing = Comparing(content, self._library)
        self._named = Named(content, self._library, self._regimens, self._comparing)
        self._backgrounds = Backgrounds(content, self._library)
        self._sections = Sections(content, self._library, self._comparing)
        guidance = self._library.sources[content.edition.guidance]
        self.edition = EditionView(
            id=content.edition.id,
            digest=digest,
            compiled_on=content.edition.compiled_on,
            review_due_on=content.edition.review_due_on,
            guidance=guidance.short,
            guidance_dated=guidance.published_on.isoformat() if guidance.published_on else str(guidance.year),
            basis=content.edition.basis,
            overlay_digest=local.digest if local else None,
        )
        self.article_statements = tuple(self._library.line(s) for s in content.article.statements)
        self.article_references = tuple(_printed(one) for one in content.article.references)
        self.mechanism_names = {m.id: m.name for m in content.mechanisms}
        self.site_names = {s.id: s.name for s in content.sites}
        self.antimicrobial_names = {a.id: a.name for a in content.antimicrobials}

    @classmethod
    def load(
        cls,
        folder: Path | DataFiles | None = None,
        rules: ReviewRules = NOBODY_TRUSTED,
        *,
        local: Path | None = None,
        edited: bool = False,
    ) -> KnowledgeBase:
        """Read and check a data folder (default: the shipped one). Raises KnowledgeDataError with every fault.

        A file that is not as recorded in `SHA256SUMS` is a fault. `edited` loads it all the same, to look at a change
        before it is recorded; `edits` then says which files those are. Never answer clinicians from edited content.

        `rules` says whose signature approves it; without them the status is "Awaiting review".
        `local` is a hospital's folder of its own files; a fault there is told with those of the edition.
        """
        files = DataFiles.of(folder)
        changed = edits(files)
        unrecorded = () if edited else tuple(edit.fault for edit in changed)
        try:
            content = load_content(files)
        except KnowledgeDataError as error:
            raise KnowledgeDataError((*error.faults, *unrecorded, *overlay_faults(local))) from None
        if unrecorded:
            raise KnowledgeDataError((*unrecorded, *overlay_faults(local, content)))
        records = rules.folder or files.base / SIGN_OFF_FOLDER
        overlay = LocalOverlay.load(local, content) if local else None
        reviewed = review(content.edition, files.digest, records, rules)
        return cls(content, files.digest, reviewed, overlay, changed)

    def answer(self, question: Question, *, on: date | None = None) -> Answer | NotCovered:
        """What the sources say to `question`, or why they say nothing that may be offered.

        `on` is the day of asking: past the review date the answer says so. Ids unknown to the data raise ValueError.
        """
        result = self._answer(question, on)
        return self.local.applied(result, on) if self.local else result

    def _answer(self, question: Question, on: date | None) -> Answer | NotCovered:
        question = _settled(question.canonical())
        self._check_ids(question)
        frame = self._frame(question, on)
        if question.intent not in _NO_REGIMEN_INTENTS:
            reasons = self._not_covered(question)
            if reasons:
                return NotCovered(
                    **frame,
                    reasons=reasons,
                    implications=self._sections.mechanism_facts(question.mechanisms),
                    conditional=self._sections.conditional(question),
                    testing=self._backgrounds.tests if Mechanism.UNKNOWN in question.mechanisms else (),
                    not_suggested=self._ruled_out(question),
                    ask_site=Site.UNKNOWN in question.sites,
                )
        branches: tuple[Branch, ...] = ()
        if question.intent not in _NO_REGIMEN_INTENTS and question.mechanisms and question.sites:
            branches = self._branches.of(question)
        others = self._comparing.others(question) if branches else ()
        focus = self._named.focus(question, branches)
        elsewhere = self._named.elsewhere(question, branches)
        first = {a for b in branches for r in b.preferred for a in r.antimicrobials}
        first |= {a for r in (*focus, *elsewhere) for a in r.antimicrobials}
        shown = first | {a for b in branches for r in (*b.alternative, *b.reserve) for a in r.antimicrobials}
        ruled_out = {a for b in branches for r in b.not_suggested for a in r.antimicrobials}
        asked_about = first | (set(question.antimicrobials) - (ruled_out - shown))
        answer = Answer(
            **frame,
            branches=branches,
            focus=focus,
            elsewhere=elsewhere,
            susceptibility=self._regimens.susceptibility,
            duration=self._sections.duration(question, asked_about),
            combination=self._sections.combination(question),
            management=self._sections.management(question),
            evidence=self._sections.evidence(question, shown),
            conflicts=self._comparing.conflicts(question, shown | set(question.antimicrobials), ruled_out),
            others=others,
            article=self._sections.article(question),
        )
        return answer.model_copy(update={"about": self._backgrounds.about_named(answer)})

    def background(self, result: Answer | NotCovered) -> Background:
        """What stands around an answer: each antimicrobial in full, mechanism, tests, coverage, works, open points."""
        return self._backgrounds.of(result)

    def _frame(self, question: Question, on: date | None) -> dict[str, Any]:
        edition = self.content.edition
        return {
            "question": question,
            "infection_control": self._sections.infection_control(question),
            "notes": self._sections.notes(question),
            "consult": Line(text=edition.reminder, citations=self._library.because(edition.reminder_because)),
            "edition": self.edition,
            "status": self.status,
            "review_overdue": on is not None and on > edition.review_due_on,
            "disclaimer": edition.disclaimer,
        }

    def _not_covered(self, question: Question) -> tuple[Line, ...]:
        """Rule-07 and its neighbours: why no regimen may be offered."""
        rule = next(rule for rule in self.content.rules if rule.id == "rule-07")
        cited = self._library.because(rule.because)
        said: list[str] = []
        mechanisms = [m for m in question.mechanisms if m is not Mechanism.UNKNOWN]
        if len(mechanisms) > 1:
            names = " + ".join(self.mechanism_names[m] for m in mechanisms)
            said.append(f"Two or more mechanisms together ({names}): not covered by the sources read")
        elif question.mechanisms == (Mechanism.UNKNOWN,):
            here = [
                r for r in self.content.rows if Mechanism.UNKNOWN in r.mechanisms and set(r.sites) & set(question.sites)
            ]
            cited = (*cited, *self._library.cite_all(here))
            said.append("Mechanism not known: not covered by the sources read. Get carbapenemase identification")
        lines = [_consult(text, cited) for text in said]
        for site in question.sites:
            if site in _NOT_COVERED_SITES:
                rows = [row for row in self.content.rows if row.not_covered and site in row.sites]
                text = f"{self.site_names[site]}: not covered by the sources read"
                lines.append(_consult(text, self._library.cite_all(rows)))
        if Site.UNKNOWN in question.sites:
            rows = [row for row in self.content.rows if row.source == self.content.edition.guidance]
            text = "Site of infection not known: the sources list regimens by site, so none is shown yet"
            lines.append(_consult(text, self._library.cite_all(rows[:1])))
        return tuple(lines)

    def _ruled_out(self, question: Question) -> tuple[RegimenView, ...]:
        """What the rules forbid whatever else is true: worth saying even where nothing is offered."""
        views: dict[str, RegimenView] = {}
        drugs = volunteered(self.content.rules)
        for mechanism in question.mechanisms:
            for drug in drugs:
                broken = forbids(self.content.rules, (drug,), mechanism, question.sites)
                if broken and drug not in views:
                    listed = Listed(((drug,), None), Rank.NOT_SUGGESTED, forbidden=broken)
                    views[drug] = self._regimens.view(listed, question, mechanism, question.sites)
        return tuple(views.values())

    def _check_ids(self, question: Question) -> None:
        named: Iterable[str] = (*question.resistant, *question.susceptible, *question.antimicrobials)
        unknown = sorted({one for one in named if one not in self._regimens.drugs})
        if unknown:
            raise ValueError(f"no such antimicrobial in edition {self.edition.id}: {', '.join(unknown)}")


def _printed(reference: ArticleReference) -> str:
    note = f" {reference.note}." if reference.note else ""
    return f"{reference.as_printed} Number in the text: {reference.likely_number}.{note}"


def _consult(text: str, citations: tuple[Citation, ...]) -> Line:
    return Line(text=f"{text}. Infectious-diseases consultation.", citations=citations)


def _settled(question: Question) -> Question:
    """A named finding wins over "not known", and a named metallo-enzyme over the class."""
    mechanisms = question.mechanisms
    if len(mechanisms) > 1:
        mechanisms = tuple(m for m in mechanisms if m is not Mechanism.UNKNOWN)
    if set(mechanisms) & {Mechanism.NDM, Mechanism.VIM, Mechanism.IMP}:
        mechanisms = tuple(m for m in mechanisms if m is not Mechanism.MBL)
    sites = question.sites
    if len(sites) > 1:
        sites = tuple(site for site in sites if site is not Site.UNKNOWN)
    return question.model_copy(update={"mechanisms": mechanisms, "sites": sites})
