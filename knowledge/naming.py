"""Regimens that no list of the leading guidance puts forward: those asked for by name, and those others list."""

from __future__ import annotations

from knowledge.answer import Branch, Line, RegimenView
from knowledge.citing import Library
from knowledge.comparing import Comparing
from knowledge.content import Content
from knowledge.question import Question
from knowledge.ranking import Listed, Rank, forbids
from knowledge.regimens import Regimens
from knowledge.relevance import listed_for, widened
from knowledge.terms import Intent, Mechanism, Route


class Named:
    """Views of antimicrobials that are named by the question or by other guidance; the rules hold for them too."""

    def __init__(self, content: Content, library: Library, regimens: Regimens, comparing: Comparing) -> None:
        self._content = content
        self._library = library
        self._regimens = regimens
        self._comparing = comparing
        self._mechanism_names = {info.id: info.name for info in content.mechanisms}
        self._site_names = {site.id: site.short for site in content.sites}

    def focus(self, question: Question, branches: tuple[Branch, ...]) -> tuple[RegimenView, ...]:
        """The antimicrobials whose dose is asked for by name; a pair asked for together is one regimen."""
        if question.intent is not Intent.DOSE:
            return ()
        named = set(question.antimicrobials)
        wanted = [pair for pair in self._regimens.pairs() if set(pair) <= named]
        wanted += [(a,) for a in sorted(named - {a for pair in wanted for a in pair})]
        ruled_out = [{r.antimicrobials for r in branch.not_suggested} for branch in branches]
        return tuple(
            self._asked_for(antimicrobials, question, route)
            for antimicrobials in wanted
            for route in self._regimens.routes(antimicrobials, question.sites)
            # said with its reasons under "not suggested", and never with a dose
            if not (ruled_out and all(antimicrobials in one for one in ruled_out))
        )

    def elsewhere(self, question: Question, branches: tuple[Branch, ...]) -> tuple[RegimenView, ...]:
        """Where the leading guidance says that it does not cover this: what other guidance lists, told as theirs.

        Also where it names a last resort all the same (tetracyclines in tissue by VIM): not the only thing to see.
        """
        covered = (b.preferred or b.reserve or (b.alternative and not b.not_covered) for b in branches)
        if not branches or any(covered):
            return ()
        views = []
        for antimicrobials, lines in self._comparing.listed_by_others(question):
            if len(antimicrobials) == 1 and antimicrobials[0] in question.resistant:
                continue
            view = self._view(antimicrobials, question)
            if not view.reasons:
                views.append(view.model_copy(update={"conditions": (*view.conditions, *lines)}))
        return tuple(views)

    def _asked_for(self, antimicrobials: tuple[str, ...], question: Question, route: Route | None) -> RegimenView:
        view = self._view(antimicrobials, question, route)
        if view.reasons:
            return view
        unlisted = self._unlisted(antimicrobials, question)
        cited = tuple(dict.fromkeys((*view.citations, *(c for line in unlisted for c in line.citations))))
        return view.model_copy(update={"cautions": (*unlisted, *view.cautions), "citations": cited})

    def _view(self, antimicrobials: tuple[str, ...], question: Question, route: Route | None = None) -> RegimenView:
        mechanism = question.mechanisms[0] if question.mechanisms else None
        broken = forbids(self._content.rules, antimicrobials, mechanism, question.sites)
        level = Rank.NOT_SUGGESTED if broken else Rank.ALTERNATIVE
        listed = Listed((antimicrobials, route), level, forbidden=broken)
        return self._regimens.view(listed, question, mechanism, question.sites)

    def _unlisted(self, antimicrobials: tuple[str, ...], question: Question) -> tuple[Line, ...]:
        """That the leading guidance does not list it for the mechanism given: a dose alone would read as leave."""
        mechanisms, sites = widened(question)
        wanted = mechanisms - {Mechanism.UNKNOWN}
        if not wanted:
            return ()
        guidance = self._content.edition.guidance
        rows = [row for row in self._content.rows if row.source == guidance and not row.not_covered]
        places = [
            (mechanism, entry.antimicrobials)
            for row in rows
            if not sites or sites & set(row.sites)
            for mechanism in row.mechanisms
            for entry in (*row.preferred, *row.alternative, *row.reserve)
            if listed_for(entry, {mechanism}, sites or set(row.sites))
        ]
        found = {mechanism for mechanism, listed in places if listed == antimicrobials}
        if found & wanted:
            return ()
        alone = any(set(antimicrobials) < set(listed) for mechanism, listed in places if mechanism in wanted)
        told = ", ".join(self._mechanism_names[one] for one in question.mechanisms)
        at = f" ({', '.join(self._site_names[one] for one in question.sites)})" if question.sites else ""
        there = ", ".join(info.name for info in self._content.mechanisms if info.id in found)
        text = f"{self._library.sources[guidance].short} does not list it{' alone' if alone else ''} for {told}{at}"
        text += f"; it lists it for {there}" if there else ""
        cited = self._library.cite_all([row for row in rows if wanted & set(row.mechanisms)][:1])
        return (Line(text=text, citations=cited),)
