"""What stands open in an answer: all that a tired reader needs, and every line that safety demands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from handlers.layouts import about_lines, controls, detail_lines, fold_parts, local_lines
from handlers.layouts import regimen_lines as rl
from handlers.layouts.blocks import escape
from handlers.layouts.drawing import Part
from handlers.layouts.labels import understood
from handlers.layouts.references import References, shown_date
from handlers.layouts.view import View
from handlers.replies import Answered
from handlers.roles import Role
from knowledge.answer import Answer, Branch, Frame, Line, NotOffered, RegimenView
from knowledge.terms import Intent

PRECAUTIONS = "Precautions"
_MOST_ASKED_FOR = 6  # lines that stand open where one topic is asked for
_BESIDE = ("named", "elsewhere")  # not of a branch


def parts(reply: Answered, view: View, *, brief: bool = False, terse: bool = False) -> list[Part]:
    """The open parts in reading order. In brief, equal notes are told once for all their regimens.

    `terse` shortens what the hospital adds, and nothing else: a long local text never costs a safety line.
    """
    answer = reply.answer
    intent = answer.question.intent
    spelling = " (spelling corrected)" if reply.parsed.corrected else ""
    heard = f"*Understood as:* {escape(understood(reply.parsed, view.names))}{spelling}"
    found = [Part("", lambda _: [heard], accessory=controls.correct(answer.question)), *banners(answer)]
    if view.role is Role.NURSE and intent is not Intent.INFECTION_CONTROL:
        found += precautions(answer, brief=brief)
    found += _asked_for(answer, brief)
    if answer.focus:
        found += _focus(answer, brief)
    many = len(answer.branches) > 1
    for branch in answer.branches:
        found += _options(answer, branch, brief)
        if not brief:
            found += _not_offered(branch.not_offered, f"Not offered here{fold_parts.when(branch, many)}")
    found += _against(answer.branches)
    if answer.elsewhere:
        found.append(Part("Listed by other guidance", partial(rl.offered, answer, answer.elsewhere, brief)))
    hidden = [one for one in answer.not_offered if brief or one.listed_as in _BESIDE]
    found += _not_offered(hidden, "Not offered here", terse=terse)
    found.append(consult(answer, view))
    found += _not_considered(answer)
    if not brief:
        found += _tables_to_read(answer)
    found += about_lines.standing(answer)
    shown = [*answer.focus, *answer.preferred, *answer.elsewhere]
    found.append(Part("Cautions", partial(rl.remarks, shown, brief=brief)))
    if brief:
        tell = local_lines.marked if terse else local_lines.grouped_marks
        found.append(Part(local_lines.title(answer), lambda _: tell(shown)))
    found.append(Part("Note", partial(rl.bullets, answer.notes)))
    pressing = [view for view in answer.conflicts if view.pressing]
    return [*found, Part("Where sources differ", partial(detail_lines.conflicts, pressing))]


def names_only(reply: Answered, view: View) -> list[Part]:
    """Where not even the required lines fit: which antimicrobials, without a dose, and where to read on.

    That takes a question that reports nearly everything there is to report.
    """
    answer = reply.answer
    heard = f"*Understood as:* {escape(understood(reply.parsed, view.names))}"
    named = [f"_{escape(answer.susceptibility.text)}._"] if rl.anything_offered(answer) else []
    named += [f"• *{escape(title)}:* {escape(names)}" for title, names in names_by_rank(answer)]
    named.append("*Doses with their kidney bands, reasons and cautions did not fit here: open Details.*")
    return [
        Part("", lambda _: [heard], accessory=controls.correct(answer.question)),
        *banners(answer),
        Part("In short", lambda _: named),
        consult(answer, view),
        Part("Note", partial(rl.bullets, answer.notes)),
    ]


def names_by_rank(answer: Answer) -> list[tuple[str, str]]:
    """The names of the regimens of every reading under the guidance's word for them."""
    ranks: list[tuple[str, Sequence[RegimenView]]] = [("Asked about", answer.focus)]
    for branch in answer.branches:
        label = f" ({branch.label[0].lower()}{branch.label[1:]})" if branch.label else ""
        ranks.append((f"Preferred{label}", branch.preferred))
        ranks.append((f"Alternatives{label}", (*branch.alternative, *branch.reserve)))
    named = [*ranks, *against(answer.branches), ("Listed by other guidance", answer.elsewhere)]
    return [(title, ", ".join(dict.fromkeys(one.name for one in views))) for title, views in named if views]


def banners(frame: Frame) -> list[Part]:
    """Content past its review date, the edition's and the hospital's."""
    late = [f"*This content was due for review on {_due(frame)}.* Check it against current guidance before use."]
    found = [Part("", lambda _: late)] if frame.review_overdue else []
    return [*found, Part("", lambda _: local_lines.review_banner(frame))]


def precautions(frame: Frame, *, brief: bool = False) -> list[Part]:
    """For who keeps the infection from spreading: before anything else."""
    lines = frame.infection_control[:1] if brief else frame.infection_control
    return [Part(PRECAUTIONS, partial(rl.bullets, lines))] if lines else []


def consult(frame: Frame, view: View) -> Part:
    """The reminder to consult, whom to call, and the button that asks them."""
    contacts = local_lines.contacts(frame, on_call=view.on_call)
    route = f"Urgent? Call {escape(view.on_call)}"

    def lines(refs: References) -> list[str]:
        return [f"*{rl.said(frame.consult, refs)}* {route}", *contacts]

    return Part("", lines, accessory=controls.consult(frame.question))


def not_considered(answer: Answer) -> str:
    """What bears on the regimens shown and was not given; empty where all of it was, or where none is shown."""
    question = answer.question
    if not rl.anything_offered(answer):
        return ""
    wanted = (
        ("kidney function (doses are for normal function unless marked)", question.renal),
        ("allergies", question.allergies),
        ("reported susceptibilities", question.resistant or question.susceptible),
    )
    return ", ".join(words for words, given in wanted if not given)


def _not_considered(answer: Answer) -> list[Part]:
    words = not_considered(answer)
    return [Part("", lambda _: [f"*Not given, so not considered:* {words}."])] if words else []


def _due(frame: Frame) -> str:
    return shown_date(frame.edition.review_due_on.isoformat())


def _asked_for(answer: Answer, brief: bool) -> list[Part]:
    """The topic that was asked for by name: its first lines open, the rest in its fold."""
    topic = fold_parts.topic_of(answer)
    if topic is None:
        return []
    title, lines = topic
    return [Part(title, partial(rl.bullets, lines[: 1 if brief else _MOST_ASKED_FOR]))]


def _options(answer: Answer, branch: Branch, brief: bool) -> list[Part]:
    label = f"{branch.label}. " if branch.label else ""
    if branch.preferred:
        first = sorted({(c.short, c.dated or "") for view in branch.preferred for c in view.citations[:1]})
        cited = ", ".join(f"{short}, {shown_date(dated)}" for short, dated in first)
        return [Part(f"{label}Preferred ({cited})", partial(rl.offered, answer, branch.preferred, brief))]
    hidden = any(one.listed_as == "preferred" for one in branch.not_offered)
    below = " See the alternatives." if branch.alternative or branch.reserve else ""
    if hidden:
        title = f"What {answer.edition.guidance} prefers is not offered here.{below}"
    elif below:
        title = f"No preferred regimen in {answer.edition.guidance}.{below}"
    else:
        title = f"{answer.edition.guidance} lists no regimen here."
    if branch.not_covered:
        return [Part(f"{label}{title}", partial(rl.bullets, branch.not_covered))]
    return [Part("", lambda _: [f"*{label}{title}*"])]


def _against(branches: Sequence[Branch]) -> list[Part]:
    return [Part(title, partial(rl.not_suggested, views)) for title, views in against(branches)]


def against(branches: Sequence[Branch]) -> list[tuple[str, list[RegimenView]]]:
    """What not to use and why under its title, told once for all the readings of the question it holds for."""
    holds: dict[tuple[str, tuple[Line, ...]], dict[str, RegimenView]] = {}
    for branch in branches:
        label = fold_parts.when(branch, len(branches) > 1).strip(" ()")
        for view in branch.not_suggested:
            holds.setdefault((view.name, view.reasons), {})[label] = view
    by_reading: dict[tuple[str, ...], list[RegimenView]] = {}
    for views in holds.values():
        by_reading.setdefault(tuple(views), []).append(next(iter(views.values())))
    return [
        ("Not suggested here" + ("" if len(labels) == len(branches) else f" ({'; or '.join(labels)})"), views)
        for labels, views in sorted(by_reading.items(), key=lambda one: -len(one[0]))
    ]


def _tables_to_read(answer: Answer) -> list[Part]:
    """Where no dose could be chosen from a table, the table."""
    views = [*answer.focus, *answer.preferred, *answer.elsewhere]
    return fold_parts.tables([view for view in views if view.read_table and not view.reasons], fold="", required=True)


def _focus(answer: Answer, brief: bool) -> list[Part]:
    """The doses asked about by name, each with its kidney table, which is what is asked."""
    against = [view for view in answer.focus if view.reasons]
    offered = [view for view in answer.focus if not view.reasons]
    found = []
    if offered:
        found.append(Part("Dose", partial(rl.offered, answer, offered, brief)))
        if not brief:
            tables = [view for view in offered if view.renal_table and not view.read_table]
            found += fold_parts.tables(tables, fold="", required=True)  # the others follow further down
    if against:
        found.append(Part("Not suggested here", partial(rl.not_suggested, against)))
    return found


def _not_offered(hidden: Sequence[NotOffered], title: str, *, terse: bool = False) -> list[Part]:
    tell = local_lines.not_offered_names if terse else local_lines.not_offered
    return [Part(title, partial(tell, hidden))] if hidden else []
