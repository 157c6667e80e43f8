"""The answer: first what a tired reader needs, then detail that may give way to Slack's limits, never a caveat."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from handlers.layouts import about_lines, detail_lines, local_lines
from handlers.layouts import regimen_lines as rl
from handlers.layouts.blocks import Block, actions, button, context, divider, escape
from handlers.layouts.drawing import Part, draw
from handlers.layouts.encoding import encode
from handlers.layouts.labels import Names, understood
from handlers.layouts.references import References, shown_date
from handlers.replies import Answered
from knowledge.answer import Answer, Branch, Frame, Line, NotOffered, RegimenView
from knowledge.terms import Intent

_LEFT_OUT = "Left out here for length, in part or whole: {}. Open *Details* to read it."
_MOST_NAMED = 4
_BESIDE = ("named", "elsewhere")  # not of a branch
_ROOM = 700  # for the line above and the controls


def answered(reply: Answered, names: Names, *, shareable: bool) -> list[Block]:
    """The message for an answer."""
    tail = footer(reply.answer)
    drawn = draw(parts(reply, names), tail, reserve=_ROOM)
    if drawn.overflow:
        drawn = draw(parts(reply, names, brief=True), tail, reserve=_ROOM)
    if drawn.overflow and reply.answer.local:
        drawn = draw(parts(reply, names, brief=True, terse=True), tail, reserve=_ROOM)
    blocks = drawn.blocks
    if drawn.left_out:
        named = [title.lower() for title in drawn.left_out[:_MOST_NAMED]]
        more = ["more"] if len(drawn.left_out) > _MOST_NAMED else []
        blocks.append(context(_LEFT_OUT.format("; ".join(named + more))))
    blocks.append(_controls(reply.answer, shareable))
    blocks[0]["accessory"] = button("Correct this", "correct", encode(reply.answer.question))
    return blocks


def parts(reply: Answered, names: Names, *, brief: bool = False, terse: bool = False) -> list[Part]:
    """The parts of an answer in reading order. In brief, equal notes are told once for all their regimens.

    `terse` shortens what the hospital adds, and nothing else: a long local text never costs a safety line.
    """
    answer = reply.answer
    intent = answer.question.intent
    spelling = " (spelling corrected)" if reply.parsed.corrected else ""
    heard = f"*Understood as:* {escape(understood(reply.parsed, names))}{spelling}"
    found = [Part("", lambda _: [heard])]
    if answer.review_overdue:
        found.append(Part("", lambda _: [review_banner(answer)]))
    found.append(Part("", lambda _: local_lines.review_banner(answer)))
    asked_for = {
        Intent.DURATION: ("Duration", answer.duration),
        Intent.COMBINATION: ("One drug or two", answer.combination),
        Intent.INFECTION_CONTROL: ("Infection control", answer.infection_control),
        Intent.EVIDENCE: ("Evidence", answer.evidence),
    }
    if intent in asked_for:
        title, lines = asked_for[intent]
        first = 1 if brief else 6
        found += _each(title, lines[:first], required=True) + _each(title, lines[first:])
    if answer.focus:
        found += _focus(answer, brief)
    many = len(answer.branches) > 1
    for branch in answer.branches:
        found += _options(answer, branch, brief)
        if not brief:
            found += _not_offered(branch.not_offered, f"Not offered here{_when(branch, many)}")
        found.append(
            Part(f"Not suggested here{_when(branch, many)}", partial(rl.not_suggested, branch.not_suggested)),
        )
    if answer.elsewhere:
        found.append(Part("Listed by other guidance", partial(_offered, answer, answer.elsewhere, brief)))
    hidden = [one for one in answer.not_offered if brief or one.listed_as in _BESIDE]
    found += _not_offered(hidden, "Not offered here", terse=terse)
    found.append(Part("", lambda refs: [f"*{rl.said(answer.consult, refs)}*", *local_lines.contacts(answer)]))
    standing, known = about_lines.parts(answer)
    found += standing
    leading = [*answer.focus, *answer.preferred, *answer.elsewhere]
    found.append(Part("Cautions", partial(rl.remarks, leading, brief=brief)))
    if brief:
        tell = local_lines.marked if terse else local_lines.grouped_marks
        found.append(Part(local_lines.title(answer), lambda _: tell(leading)))
    found += _each("Note", answer.notes, required=True)
    found += local_parts(answer)
    pressing = [view for view in answer.conflicts if view.pressing]
    found += [Part("Where sources differ", partial(detail_lines.conflicts, [view])) for view in pressing]
    found += further(answer)
    if intent is not Intent.DURATION:
        found += _each("Duration", answer.duration[:1], required=True) + _each("Duration", answer.duration[1:])
    if intent is not Intent.INFECTION_CONTROL:
        first = 1 if brief else len(answer.infection_control)
        found += _each("Infection control", answer.infection_control[:first], required=True)
    return found + known + details(answer)


def local_parts(answer: Frame) -> list[Part]:
    """Notes and antibiogram of the hospital: the first to stay of what may give way."""
    lines = answer.local.lines if answer.local else ()
    title = local_lines.title(answer)
    return [Part(title, partial(local_lines.bullets, [line]), required=False) for line in lines]


def _not_offered(hidden: Sequence[NotOffered], title: str, *, terse: bool = False) -> list[Part]:
    tell = local_lines.not_offered_names if terse else local_lines.not_offered
    return [Part(title, partial(tell, hidden))] if hidden else []


def details(answer: Answer) -> list[Part]:
    """What may give way, the most wanted first."""
    found = [
        Part("What other sources list", partial(detail_lines.others, [other]), required=False)
        for other in answer.others
    ]
    found += [
        Part("Where sources differ", partial(detail_lines.conflicts, [conflict]), required=False)
        for conflict in answer.conflicts
        if not conflict.pressing
    ]
    if answer.question.renal is None and not answer.focus:
        views = [*answer.elsewhere, *answer.preferred, *answer.alternative, *answer.reserve]
        found += [
            Part("Renal dosing", partial(rl.renal_rows, [view]), required=False)
            for view in {v.antimicrobials: v for v in views if v.renal_table}.values()
        ]
    if answer.question.intent is not Intent.COMBINATION:
        found += _each("One drug or two", answer.combination)
    return found + _each("What the article says", answer.article) + _each("Management", answer.management)


def _each(title: str, lines: Sequence[Line], *, required: bool = False) -> list[Part]:
    """A part a statement, so that some may stay where not all fit."""
    return [Part(title, partial(rl.bullets, [line]), required) for line in lines]


def _options(answer: Answer, branch: Branch, brief: bool) -> list[Part]:
    label = f"{branch.label}. " if branch.label else ""
    if branch.preferred:
        first = sorted({(c.short, c.dated or "") for view in branch.preferred for c in view.citations[:1]})
        cited = ", ".join(f"{short}, {shown_date(dated)}" for short, dated in first)
        return [Part(f"{label}Preferred ({cited})", partial(_offered, answer, branch.preferred, brief))]
    hidden = any(one.listed_as == "preferred" for one in branch.not_offered)
    if hidden:
        title = f"{label}What {answer.edition.guidance} prefers is not offered here"
        if branch.alternative or branch.reserve:
            title += ": see the alternatives"
    elif branch.alternative or branch.reserve:
        title = f"{label}No preferred regimen in {answer.edition.guidance}: see the alternatives"
    else:
        title = f"{label}{answer.edition.guidance} lists no regimen here"
    return [Part(title, partial(rl.bullets, branch.not_covered) if branch.not_covered else lambda _: [" "])]


def further(answer: Answer) -> list[Part]:
    """Alternatives, what is held back and the conditions of every reading."""
    many = len(answer.branches) > 1
    return [part for branch in answer.branches for part in _further(answer, branch, many)]


def _further(answer: Answer, branch: Branch, many: bool) -> list[Part]:
    """Alternatives, what is held back, and the conditions of the guidance: the first to stay, one regimen at a time."""
    when = _when(branch, many)
    found = []
    for title, views in (("Alternatives", branch.alternative), ("Likely active, held back", branch.reserve)):
        for index, view in enumerate(views):
            found.append(Part(f"{title}{when}", partial(_one_more, answer, view, index == 0), required=False))
    return found + _each(f"Conditions of the guidance{when}", branch.conditions)


def _one_more(answer: Answer, view: RegimenView, is_first: bool, refs: References) -> list[str]:
    told = (answer.susceptibility,)
    regimen = _offered(answer, [view], False, refs) if is_first else [rl.regimen(view, refs, told)]
    return [*regimen, *rl.remarks([view], refs)]


def _offered(answer: Answer, views: Sequence[RegimenView], brief: bool, refs: References) -> list[str]:
    """Regimens in the guidance's order, with "if susceptible" once for all."""
    told = (answer.susceptibility,)
    lines = [f"_{rl.said(answer.susceptibility, refs)}._"]
    return lines + [rl.regimen(view, refs, told, brief=brief) for view in views]


def _focus(answer: Answer, brief: bool) -> list[Part]:
    against = [view for view in answer.focus if view.reasons]
    offered = [view for view in answer.focus if not view.reasons]
    found = []
    if offered:
        found.append(Part("Dose", partial(_offered, answer, offered, brief)))
        tables = [view for view in offered if view.renal_table and (brief or not view.read_table)]
        found += [Part("Renal dosing", partial(rl.renal_rows, [view]), required=not brief) for view in tables]
    if against:
        found.append(Part("Not suggested here", partial(rl.not_suggested, against)))
    return found


def _when(branch: Branch, many: bool) -> str:
    return f" ({branch.label[0].lower()}{branch.label[1:]})" if many and branch.label else ""


def review_banner(answer: Frame) -> str:
    """The banner of content past its review date."""
    return (
        f":warning: *This content was due for review on {shown_date(answer.edition.review_due_on.isoformat())}.* "
        "Check it against current guidance before use."
    )


def footer(answer: Frame) -> list[Block]:
    """Review status, edition and disclaimer: never dropped."""
    edition = answer.edition
    compiled = shown_date(edition.compiled_on.isoformat())
    return [
        divider(),
        context(
            f"*Status: {escape(answer.status)}.* Edition {escape(edition.id)}, {compiled}. {escape(edition.basis)}",
            escape(answer.disclaimer),
            *local_lines.footer(answer),
        ),
    ]


def _controls(answer: Answer, shareable: bool) -> Block:
    value = encode(answer.question)
    row = [
        button("Set renal function", "set_renal", value, primary=answer.question.renal is None),
        button("Details", "show_details", value),
        button("What the article says", "show_article", value),
    ]
    if shareable:
        row.append(button("Share to channel", "share", value))
    return actions(row)
