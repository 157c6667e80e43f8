"""The readings of a question: an unnamed metallo-enzyme, an unspecified urinary infection and carbapenemase-negative
isolates each have several, and each reading gets regimens of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from knowledge.answer import Branch, Line, RegimenView
from knowledge.citing import Library
from knowledge.models import Content
from knowledge.question import Question
from knowledge.ranking import Listed, Rank, rank
from knowledge.regimens import Regimens
from knowledge.terms import Mechanism, Phenotype, Site

_CARBAPENEMS = ("meropenem", "imipenem")
_PHENOTYPE_LABELS = {
    Phenotype.ERTAPENEM_ONLY: "If ertapenem resistant, meropenem and imipenem susceptible",
    Phenotype.ONE_CARBAPENEM: "If only one of meropenem and imipenem is susceptible",
    Phenotype.ALL_CARBAPENEMS: "If no carbapenem is susceptible",
}
_SITE_LABELS = {
    Site.CYSTITIS: "If uncomplicated cystitis",
    Site.CUTI: "If pyelonephritis or complicated urinary infection",
}


def phenotypes(question: Question) -> tuple[Phenotype, ...]:
    """The phenotypes that the reported susceptibilities leave open."""
    if question.phenotype is not None:
        return (question.phenotype,)
    active = [c for c in _CARBAPENEMS if c in question.susceptible]
    lost = [c for c in _CARBAPENEMS if c in question.resistant]
    if len(active) == len(_CARBAPENEMS):
        return (Phenotype.ERTAPENEM_ONLY,)
    if len(lost) == len(_CARBAPENEMS):
        return (Phenotype.ALL_CARBAPENEMS,)
    if active and lost:
        return (Phenotype.ONE_CARBAPENEM,)
    if active:
        return (Phenotype.ERTAPENEM_ONLY, Phenotype.ONE_CARBAPENEM)
    if lost:
        return (Phenotype.ONE_CARBAPENEM, Phenotype.ALL_CARBAPENEMS)
    return tuple(Phenotype)


class Branches:
    """Builds the branches of a question about one mechanism."""

    def __init__(self, content: Content, library: Library, regimens: Regimens) -> None:
        self._content = content
        self._library = library
        self._regimens = regimens

    def of(self, question: Question) -> tuple[Branch, ...]:
        """Every reading, equal ones told once."""
        mechanism = question.mechanisms[0]
        mechanisms: tuple[tuple[Mechanism, str | None], ...] = (
            ((Mechanism.NDM, "If NDM"), (Mechanism.VIM, "If VIM or IMP"))
            if mechanism is Mechanism.MBL
            else ((mechanism, None),)
        )
        sites = self._site_readings(question.sites)
        kinds = self._phenotype_readings(mechanism, question)
        built = [
            self._branch(question, m, at, kind, _joined(m_label, at_label, kind_label))
            for (m, m_label), (at, at_label), (kind, kind_label) in product(mechanisms, sites, kinds)
        ]
        first, *rest = built
        if rest and all(_same(first, other) for other in rest):
            return (_unlabelled(first),)
        return tuple(built)

    def _site_readings(self, sites: tuple[Site, ...]) -> tuple[tuple[tuple[Site, ...], str | None], ...]:
        if Site.UTI not in sites:
            return ((sites, None),)
        others = tuple(site for site in sites if site is not Site.UTI)
        known = [site for site in others if site in _SITE_LABELS]
        if known:
            return ((others, None),)
        return tuple(((*others, site), label) for site, label in _SITE_LABELS.items())

    def _phenotype_readings(
        self, mechanism: Mechanism, question: Question
    ) -> tuple[tuple[Phenotype | None, str | None], ...]:
        if mechanism is not Mechanism.NON_CARBAPENEMASE:
            return ((None, None),)
        split = any(row.phenotype and set(row.sites) & set(question.sites) for row in self._content.rows)
        if not split:
            return ((None, None),)
        return tuple((kind, _PHENOTYPE_LABELS[kind]) for kind in phenotypes(question))

    def _branch(
        self,
        question: Question,
        mechanism: Mechanism,
        sites: tuple[Site, ...],
        phenotype: Phenotype | None,
        label: str | None,
    ) -> Branch:
        rows, listed = rank(self._content, mechanism, sites, phenotype)
        listed = tuple(_for_patient(one, question, self._regimens) for one in listed)
        views: dict[Rank, list[RegimenView]] = {level: [] for level in Rank}
        for one in listed:
            views[one.rank].append(self._regimens.view(one, question, mechanism, sites, label))
        lines = [
            (row, Line(text=text, citations=self._library.cite(row), caveat=row.caveat))
            for row in rows
            for text in row.conditions
        ]
        return Branch(
            label=label,
            mechanisms=_enzymes(mechanism, label),
            sites=sites,
            phenotype=phenotype,
            not_covered=_once(line for row, line in lines if row.not_covered),
            preferred=tuple(views[Rank.PREFERRED]),
            alternative=tuple(views[Rank.ALTERNATIVE]),
            reserve=tuple(views[Rank.RESERVE]),
            not_suggested=tuple(views[Rank.NOT_SUGGESTED]),
            conditions=_once(line for row, line in lines if not row.not_covered),
        )


def _for_patient(listed: Listed, question: Question, regimens: Regimens) -> Listed:
    """Out of the offered lists: what is reported resistant, and what is only for another organism."""
    antimicrobials, _ = listed.key
    reasons = []
    if len(antimicrobials) == 1 and antimicrobials[0] in question.resistant:
        reasons.append("Reported resistant")
    only = {organism for _, entry in listed.entries for organism in entry.organisms}
    if only and question.organism is not None and question.organism not in only:
        reasons.append(f"For {', '.join(sorted(only))} only; the organism given is {question.organism}")
    if not reasons:
        return listed
    return replace(listed, rank=Rank.NOT_SUGGESTED, patient=tuple(reasons), not_everywhere=False)


def _enzymes(mechanism: Mechanism, label: str | None) -> tuple[Mechanism, ...]:
    return (Mechanism.VIM, Mechanism.IMP) if mechanism is Mechanism.VIM and label else (mechanism,)


def _joined(*labels: str | None) -> str | None:
    """Labels as one: "If NDM; if uncomplicated cystitis"."""
    said = [label for label in labels if label]
    return "; ".join([said[0], *(label[0].lower() + label[1:] for label in said[1:])]) if said else None


def _unlabelled(branch: Branch) -> Branch:
    def strip(views: tuple[RegimenView, ...]) -> tuple[RegimenView, ...]:
        return tuple(view.model_copy(update={"branch": None}) for view in views)

    return branch.model_copy(
        update={
            "label": None,
            **{name: strip(getattr(branch, name)) for name in ("preferred", "alternative", "reserve", "not_suggested")},
        }
    )


def _same(one: Branch, other: Branch) -> bool:
    ignored = {"label": True, "mechanisms": True, "sites": True, "phenotype": True}
    first, second = (_unlabelled(b).model_dump(exclude=ignored) for b in (one, other))
    return first == second


def _once(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple({line.text: line for line in lines}.values())
