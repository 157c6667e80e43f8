"""What folds in an answer: each fold's lines, and the order in which a role meets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from handlers.layouts import about_lines, detail_lines, local_lines
from handlers.layouts import regimen_lines as rl
from handlers.layouts.blocks import escape
from handlers.layouts.drawing import Folding, Part
from handlers.layouts.labels import Names
from handlers.layouts.references import References
from handlers.layouts.view import View
from handlers.roles import Role
from knowledge.answer import Answer, Branch, Frame, Line, RegimenView
from knowledge.terms import Intent

RENAL = "Renal dosing"
DURATION = "Duration and step-down"
COMBINATION = "One drug or two"
CONTROL = "Infection control"
EVIDENCE = "Evidence"
SOURCES = "What sources say"
ARTICLE = "What the article says"
WHY = "Why"
MORE = "More of what you asked"
MEASURES = "CrCl and eGFR are not interchangeable: each table is read only with its own measure."
_MOST_SUBTITLE = 150
_HINTS = {
    RENAL: "Find the band of the patient's kidney function, with the measure the table names",
    DURATION: "How long, source control, and when to go on by mouth",
    COMBINATION: "Whether a second antimicrobial adds anything",
    CONTROL: "What keeps it from spreading to other patients",
    EVIDENCE: "The studies behind it",
    SOURCES: "Where others differ from what is shown above, and when they said it",
}
_TOPICS: dict[Intent, tuple[str, Callable[[Answer], tuple[Line, ...]]]] = {
    Intent.DURATION: ("Duration", lambda answer: answer.duration),
    Intent.COMBINATION: (COMBINATION, lambda answer: answer.combination),
    Intent.INFECTION_CONTROL: (CONTROL, lambda answer: answer.infection_control),
    Intent.EVIDENCE: (EVIDENCE, lambda answer: answer.evidence),
}


def topic_of(answer: Answer) -> tuple[str, tuple[Line, ...]] | None:
    """The topic that the question asks for, where it asks for one."""
    intent = answer.question.intent
    if intent not in _TOPICS:
        return None
    title, lines = _TOPICS[intent]
    return title, lines(answer)


def parts(answer: Answer, view: View, *, brief: bool = False) -> list[Part]:
    """All folds in the order of the reader's role."""
    return [part for fold in _ORDERS[view.role] for part in fold(answer, view, brief)]


def folding(answer: Answer, view: View) -> Folding:
    """What is said under the titles of the folds, and which start open."""
    found: dict[str, str] = dict(_HINTS) if view.role is Role.TRAINEE else {}
    found.setdefault(SOURCES, f"{answer.edition.guidance} leads; the others with their date")
    if answer.article:
        found[ARTICLE] = f"{answer.article[0].citations[0].short}: educational, not a guideline"
    views = [*answer.alternative, *answer.reserve]
    if views:
        found[_alternatives_title(answer)] = _names(views)
    opened = {Role.TRAINEE: {WHY}, Role.PHARMACIST: {RENAL}}.get(view.role, set())
    return Folding(found, frozenset(opened))


def tables(views: Sequence[RegimenView], *, fold: str, required: bool, tier: int = 1) -> list[Part]:
    """Kidney tables as rows of one table, and before it by what each is measured."""
    return [
        Part(
            RENAL,
            partial(_measured, one, index == 0),
            required=required,
            fold=fold,
            tier=tier,
            rows=partial(rl.table_rows, one),
            head=rl.TABLE_HEAD,
            named=escape(one.name),
        )
        for index, one in enumerate(_tabled(views))
    ]


def _tabled(views: Sequence[RegimenView]) -> list[RegimenView]:
    return list({v.antimicrobials: v for v in views if v.renal_table}.values())


def _measured(view: RegimenView, is_first: bool, _: References) -> list[str]:
    return [*([f"_{MEASURES}_"] if is_first else []), f"• {rl.measured_by(view)}"]


def local(frame: Frame) -> list[Part]:
    """Notes and antibiogram of the hospital: the first to stay of what may give way."""
    lines = frame.local.lines if frame.local else ()
    title = local_lines.plain_title(frame)
    return [Part(title, partial(local_lines.bullets, [line]), required=False, fold=title, tier=0) for line in lines]


def each(title: str, lines: Sequence[Line], *, fold: str, tier: int, required: int = 0) -> list[Part]:
    """A part a statement, so that some may stay where not all fit; the first `required` always do."""
    return [Part(title, partial(rl.bullets, [line]), index < required, fold, tier) for index, line in enumerate(lines)]


def why(names: Names, frame: Frame) -> list[Part]:
    """What the mechanism implies."""
    lines = [line for mechanism in frame.question.mechanisms for line in names.why.get(mechanism, ())]
    return each(WHY, list(dict.fromkeys(lines)), fold=WHY, tier=0)


def further(answer: Answer) -> list[Part]:
    """Alternatives, what is held back and the conditions of every reading, without folds."""
    return _alternatives(answer, fold="")


def when(branch: Branch, many: bool) -> str:
    """Which reading a title is about, where there are several."""
    return f" ({branch.label[0].lower()}{branch.label[1:]})" if many and branch.label else ""


def _alternatives_title(answer: Answer) -> str:
    if not (answer.alternative or answer.reserve):
        return "Conditions of the guidance"
    return "Alternatives and conditions" if any(b.conditions for b in answer.branches) else "Alternatives"


def _alternatives(answer: Answer, *, fold: str) -> list[Part]:
    """One regimen at a time, its cautions with it."""
    many = len(answer.branches) > 1
    found = []
    for branch in answer.branches:
        suffix = when(branch, many)
        for title, views in (("Alternatives", branch.alternative), ("Likely active, held back", branch.reserve)):
            for index, view in enumerate(views):
                tell = partial(_one_more, answer, view, index == 0)
                name = escape(view.name)
                found.append(Part(f"{title}{suffix}", tell, required=False, fold=fold, tier=0, named=name))
        found += each(f"Conditions of the guidance{suffix}", branch.conditions, fold=fold, tier=2)
    return found


def _one_more(answer: Answer, view: RegimenView, is_first: bool, refs: References) -> list[str]:
    told = (answer.susceptibility,)
    if is_first:
        regimen = rl.offered(answer, [view], False, refs, whole=True)
    else:
        regimen = [rl.regimen(view, refs, told, whole=True)]
    return [*regimen, *rl.cautions(view, refs)]


def _renal(answer: Answer, view: View, brief: bool) -> list[Part]:
    """Tables of what leads where no kidney function was given, and what the labels give beside the guidance."""
    leading = [*answer.elsewhere, *answer.preferred]
    shown = [*answer.focus, *leading, *answer.alternative, *answer.reserve]
    found = [Part(RENAL, partial(rl.label_doses, shown), required=False, fold=RENAL, tier=0)]
    if answer.focus and not brief:
        return found  # their tables stand open
    if answer.question.renal is None:
        tier = 0 if view.role is Role.PHARMACIST else 1
        found += tables([*answer.focus, *leading], fold=RENAL, required=False, tier=tier)
        others = _tabled([*answer.alternative, *answer.reserve])
        if others and not brief:
            words = f"Tables of the alternatives ({escape(', '.join(v.name for v in others))}): open *Details*."
            found.append(Part("Alternatives", lambda _: [words], required=False, fold=RENAL, tier=tier))
    return found


def _duration(answer: Answer, _: View, brief: bool) -> list[Part]:
    if answer.question.intent is Intent.DURATION:
        found = each(MORE, answer.duration[1 if brief else 6 :], fold=MORE, tier=1)
    else:
        found = each(DURATION, answer.duration, fold=DURATION, tier=2, required=0 if brief else 1)
    return [*found, *each("Management", answer.management, fold=DURATION, tier=3)]


def _combination(answer: Answer, _: View, brief: bool) -> list[Part]:
    if answer.question.intent is Intent.COMBINATION:
        return each(MORE, answer.combination[1 if brief else 6 :], fold=MORE, tier=1)
    return each(COMBINATION, answer.combination, fold=COMBINATION, tier=3)


def _control(answer: Answer, view: View, brief: bool) -> list[Part]:
    lines = answer.infection_control
    first = 0 if brief else len(lines)
    if answer.question.intent is Intent.INFECTION_CONTROL:
        return each(MORE, lines[1 if brief else 6 :], fold=MORE, tier=1)
    if view.role is Role.NURSE:
        return each(CONTROL, lines[1:] if brief else (), fold=CONTROL, tier=1)  # the rest stands open, first of all
    return each(CONTROL, lines, fold=CONTROL, tier=1, required=first)


def _sources(answer: Answer, view: View, _: bool) -> list[Part]:
    """The newest guidance leads above; here what the others list, then topic by topic where they differ."""
    tier = 1 if view.role is Role.PHARMACIST else 0  # who asked for tables first has them before the others' lists
    found = [
        Part(
            "What other sources list",
            partial(detail_lines.others, [other]),
            required=False,
            fold=SOURCES,
            tier=tier,
            named=escape(other.title),
        )
        for other in answer.others
    ]
    rest = [conflict for conflict in answer.conflicts if not conflict.pressing]
    return found + [
        Part("Where sources differ", partial(detail_lines.conflicts, [one]), required=False, fold=SOURCES, tier=2)
        for one in rest
    ]


def _evidence(answer: Answer, view: View, brief: bool) -> list[Part]:
    if answer.question.intent is Intent.EVIDENCE:
        return each(MORE, answer.evidence[1 if brief else 6 :], fold=MORE, tier=1)
    return each(EVIDENCE, answer.evidence, fold=EVIDENCE, tier=1 if view.role is Role.TRAINEE else 2)


def _article(answer: Answer, _: View, __: bool) -> list[Part]:
    return each(ARTICLE, answer.article, fold=ARTICLE, tier=3)


def _why(answer: Answer, view: View, _: bool) -> list[Part]:
    return why(view.names, answer)


def _local(answer: Answer, _: View, __: bool) -> list[Part]:
    return local(answer)


def _options(answer: Answer, _: View, __: bool) -> list[Part]:
    return _alternatives(answer, fold=_alternatives_title(answer))


def _about(answer: Answer, _: View, __: bool) -> list[Part]:
    return about_lines.known(answer)


def _names(views: Sequence[RegimenView]) -> str:
    """As many names as the line under a title holds."""
    names = list(dict.fromkeys(view.name for view in views))
    while len(text := ", ".join(names)) > _MOST_SUBTITLE - 10:
        names = [*names[:-2], "more"]
    return text


_LAST = (_evidence, _article, _about)
_ORDERS = {
    Role.PHYSICIAN: (_local, _options, _renal, _duration, _combination, _control, _sources, *_LAST),
    Role.PHARMACIST: (_local, _renal, _sources, _options, _duration, _combination, _control, *_LAST),
    Role.NURSE: (_local, _control, _duration, _renal, _options, _combination, _sources, *_LAST),
    Role.TRAINEE: (_why, _local, _evidence, _options, _renal, _duration, _combination, _control, _sources, *_LAST[1:]),
}
