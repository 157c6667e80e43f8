"""The readings of a question: an unnamed metallo-enzyme, an unspecified urinary infection and carbapenemase-negative
isolates each have several, and each reading gets regimens of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from knowledge.answer import Branch, Line, RegimenView
from knowledge.citing import Library
from knowledge.content import Content
from knowledge.question import Question
from knowledge.ranking import Listed, Rank, rank
from knowledge.recommendations import Row
from knowledge.regimens import Regimens
from knowledge.terms import Mechanism, Phenotype, Site

Labels = tuple[str | None, ...]  # of the mechanism, the site and the phenotype
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
        # what is listed depends on the content alone: at most a few thousand keys
        self._ranked: dict[object, tuple[tuple[Row, ...], tuple[Listed, ...]]] = {}

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
        axes = ([label for _, label in mechanisms], [label for _, label in sites], [label for _, label in kinds])
        groups: dict[object, list[tuple[Branch, Labels]]] = {}
        for (m, m_label), (at, at_label), (kind, kind_label) in product(mechanisms, sites, kinds):
            labels = (m_label, at_label, kind_label)
            branch = self._branch(question, m, at, kind, _joined(*labels))
            groups.setdefault(_listing(branch), []).append((branch, labels))
        return tuple(
            _relabelled([branch for branch, _ in group], _shared_label([labels for _, labels in group], axes))
            for group in groups.values()
        )

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
    ) -> tuple[tuple[tuple[Phenotype, ...], str | None], ...]:
        """Split only where the guidance has different rows for different phenotypes of these sites."""
        still_open = phenotypes(question)
        if mechanism is not Mechanism.NON_CARBAPENEMASE:
            return ((still_open, None),)
        told_apart = {r.phenotype for r in self._content.rows if r.phenotype and set(r.sites) & set(question.sites)}
        if len(told_apart) < 2:
            return ((still_open, None),)
        return tuple(((kind,), _PHENOTYPE_LABELS[kind]) for kind in still_open)

    def _branch(
        self,
        question: Question,
        mechanism: Mechanism,
        sites: tuple[Site, ...],
        kinds: tuple[Phenotype, ...],
        label: str | None,
    ) -> Branch:
        key = (mechanism, sites, kinds)
        ranked = self._ranked.get(key)
        if ranked is None:
            ranked = self._ranked[key] = rank(self._content, mechanism, sites, kinds)
        rows, listed = ranked
        phenotype = kinds[0] if len(kinds) == 1 and mechanism is Mechanism.NON_CARBAPENEMASE else None
        listed = tuple(_for_patient(one, question, sites, self._regimens) for one in listed)
        views: dict[Rank, list[RegimenView]] = {level: [] for level in Rank}
        for one in listed:
            views[one.rank].append(self._regimens.view(one, question, mechanism, sites, label))
        offered = any(views[level] for level in Rank if level is not Rank.NOT_SUGGESTED)
        lines = [
            (row, Line(text=text, citations=self._library.cite(row), caveat=row.caveat))
            for row in rows
            for text in ((*row.conditions, row.note) if row.note else row.conditions)
        ]
        return Branch(
            label=label,
            mechanisms=_enzymes(mechanism, label),
            sites=sites,
            phenotype=phenotype,
            not_covered=_once((*(line for row, line in lines if row.not_covered), *self._nothing_left(rows, offered))),
            preferred=tuple(views[Rank.PREFERRED]),
            alternative=tuple(views[Rank.ALTERNATIVE]),
            reserve=tuple(views[Rank.RESERVE]),
            not_suggested=tuple(views[Rank.NOT_SUGGESTED]),
            conditions=_once(line for row, line in lines if not row.not_covered),
        )

    def _nothing_left(self, rows: tuple[Row, ...], offered: bool) -> tuple[Line, ...]:
        """Where sites or reports together leave no listed regimen, that is said, not left to be noticed."""
        if offered or any(row.not_covered for row in rows):
            return ()
        text = "No regimen that the guidance lists is left for what was given. Infectious-diseases consultation."
        return (Line(text=text, citations=self._library.cite_all(rows)),)


def _for_patient(listed: Listed, question: Question, sites: tuple[Site, ...], regimens: Regimens) -> Listed:
    """Out of the offered lists: reported resistant, only for another organism, contraindicated at these kidneys."""
    antimicrobials, _ = listed.key
    reasons = []
    if len(antimicrobials) == 1 and antimicrobials[0] in question.resistant:
        reasons.append("Reported resistant")
    only = {organism for _, entry in listed.entries for organism in entry.organisms}
    if only and question.organism is not None and question.organism not in only:
        reasons.append(f"For {', '.join(sorted(only))} only; the organism given is {question.organism}")
    if not reasons and not regimens.ruled_out_by_kidneys(antimicrobials, question, sites):
        return listed
    return replace(listed, rank=Rank.NOT_SUGGESTED, patient=tuple(reasons), not_everywhere=False)


def _enzymes(mechanism: Mechanism, label: str | None) -> tuple[Mechanism, ...]:
    return (Mechanism.VIM, Mechanism.IMP) if mechanism is Mechanism.VIM and label else (mechanism,)


def _joined(*labels: str | None) -> str | None:
    """Labels as one: "If NDM; if uncomplicated cystitis"."""
    return _joined_by("; ", [label for label in labels if label])


def _joined_by(glue: str, labels: list[str]) -> str | None:
    return glue.join([labels[0], *(label[0].lower() + label[1:] for label in labels[1:])]) if labels else None


def _shared_label(readings: list[Labels], axes: tuple[list[str | None], ...]) -> str | None:
    """What equal readings have in common: an axis whose every value is among them makes no difference."""
    free = [
        index
        for index, axis in enumerate(axes)
        if {(*one[:index], *one[index + 1 :], value) for one in readings for value in axis}
        == {(*one[:index], *one[index + 1 :], one[index]) for one in readings}
    ]
    kept = [tuple(label for index, label in enumerate(one) if index not in free) for one in readings]
    return _either(dict.fromkeys(_joined(*labels) for labels in kept))


def _either(labels: Iterable[str | None]) -> str | None:
    """Labels of equal readings as one: "If NDM, or if VIM or IMP"."""
    return _joined_by(", or ", [label for label in labels if label])


def _listing(branch: Branch) -> object:
    """What a reading lists, so that readings that list the same are told once."""

    def told(views: tuple[RegimenView, ...]) -> tuple[object, ...]:
        return tuple(
            (v.regimen, v.route, tuple(d.text for d in v.doses), tuple(m.text for m in v.marks)) for v in views
        )

    lists = (branch.preferred, branch.alternative, branch.reserve, branch.not_suggested)
    return (*(told(views) for views in lists), branch.not_covered, branch.conditions)


def _relabelled(group: list[Branch], label: str | None) -> Branch:
    """Equal readings as one branch, with the cautions and reasons of all of them."""
    first, *others = group

    def joined(name: str) -> tuple[RegimenView, ...]:
        views: list[RegimenView] = []
        for index, view in enumerate(getattr(first, name)):
            same = [getattr(other, name)[index] for other in others]
            merged = {
                part: _once((*getattr(view, part), *(line for v in same for line in getattr(v, part))))
                for part in ("cautions", "reasons", "conditions")
            }
            views.append(view.model_copy(update={"branch": label, **merged}))
        return tuple(views)

    return first.model_copy(
        update={
            "label": label,
            "mechanisms": tuple(dict.fromkeys(m for b in group for m in b.mechanisms)),
            "sites": tuple(dict.fromkeys(site for b in group for site in b.sites)),
            **{name: joined(name) for name in ("preferred", "alternative", "reserve", "not_suggested")},
        }
    )


def _once(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple({line.text: line for line in lines}.values())
