"""The top-level text of a message: what notifications and screen readers read, in reading order, without markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.layouts import fold_parts, leading
from handlers.layouts.blocks import escape_once
from handlers.layouts.labels import understood
from handlers.layouts.references import shown_date
from handlers.layouts.regimen_lines import anything_offered, leading_doses
from handlers.layouts.view import View
from handlers.replies import Answered, NotCovered
from handlers.roles import Role
from knowledge.answer import Answer, Branch, ConflictView, Frame, Line, RegimenView
from knowledge.terms import Intent

MOST_TEXT = 3_900  # chat.update takes 4,000 characters
_MOST_ASKED_FOR = 1_500


def answered_text(reply: Answered, view: View) -> str:
    """The answer as text: what may give way goes last-first; a dose never stands without its cautions."""
    answer = reply.answer
    heard = [f"Understood as: {understood(reply.parsed, view.names)}."]
    if answer.review_overdue:
        heard.append(f"This content was due for review on {shown_date(answer.edition.review_due_on.isoformat())}.")
    first = view.role is Role.NURSE and answer.question.intent is not Intent.INFECTION_CONTROL
    precautions = _titled(leading.PRECAUTIONS, answer.infection_control[:1]) if first else []
    consult = [*_not_offered(answer), _consult(answer, view.on_call)]
    ends = [*_tail(answer), *_local_content(answer)]
    notes = [_lines(answer.notes), *_differ(answer.conflicts)]
    lead = [
        *heard,
        *precautions,
        *_asked_for(answer),
        *_doses(answer),
        *consult,
        *_contacts(answer, view.on_call),
        *_not_considered(answer),
        *_cautions(answer),
        *notes,
    ]
    full = _fitted([*lead, *ends], _optional(answer, view.role))
    if len(full) <= MOST_TEXT:
        return full
    whose = [f"With local content of {answer.local.hospital}."] if answer.local else []
    return _fitted([*heard, *_names_only(answer), *consult, *_tail(answer)], [*whose, notes[0], *precautions])


def _optional(answer: Answer, role: Role) -> list[str]:
    """What folds in the message, in the order in which the role meets it there."""
    options = [_further(answer, b) for b in answer.branches if b.alternative or b.reserve]
    tables = _tables(answer) if answer.question.renal is None else []
    topics = [
        *_titled("Duration", answer.duration if answer.question.intent is not Intent.DURATION else ()),
        *_titled("One drug or two", answer.combination if answer.question.intent is not Intent.COMBINATION else ()),
    ]
    control = _titled("Infection control", answer.infection_control)
    match role:
        case Role.PHARMACIST:
            return [*tables, *options, *topics, *control]
        case Role.NURSE:
            return [*control, *topics, *options, *tables]
        case _:
            return [*options, *topics, *control, *tables]


def _tables(answer: Answer) -> list[str]:
    """The kidney tables in words, one regimen each."""
    views = [*answer.focus, *answer.elsewhere, *answer.preferred, *answer.alternative, *answer.reserve]
    told = []
    for view in {v.antimicrobials: v for v in views if v.renal_table}.values():
        rows = "; ".join(f"{row.band}: {_said(row)}" for row in view.renal_table)
        told.append(f"Renal dosing of {view.name} (by {view.renal_measure or 'the label'}): {rows}.")
    return told


def _asked_for(answer: Answer) -> list[str]:
    """The topic that was asked for by name, as much of it as leaves room for the rest."""
    topic = fold_parts.topic_of(answer)
    if topic is None:
        return []
    title, lines = topic
    kept: list[Line] = []
    for line in lines:
        if kept and len(_lines([*kept, line])) > _MOST_ASKED_FOR:
            break
        kept.append(line)
    return _titled(title, kept)


def _consult(frame: Frame, on_call: str) -> str:
    return f"{_lines([frame.consult])} Urgent? Call {on_call}."


def _not_considered(answer: Answer) -> list[str]:
    words = leading.not_considered(answer)
    return [f"Not given, so not considered: {words}."] if words else []


def _differ(conflicts: Sequence[ConflictView]) -> list[str]:
    """Conflicts that the laboratory's report meets."""
    return [
        f"Sources differ on {view.topic}: " + "; ".join(f"{p.citation.short}: {p.says}" for p in view.positions)
        for view in conflicts
        if view.pressing
    ]


def _cautions(answer: Answer) -> list[str]:
    views = (*answer.focus, *answer.elsewhere, *answer.preferred)
    noted = [(*v.cautions, *(v.dose_notes if leading_doses(v) else ())) for v in views]
    cautions = _lines(line for lines in noted for line in lines)
    return [f"Cautions: {cautions}"] if cautions else []


def _doses(answer: Answer) -> list[str]:
    """Every leading regimen with dose and band, what not to use and why, and the cautions."""
    lead = []
    for branch in answer.branches:
        said = f"{branch.label}: " if branch.label else ""
        if branch.preferred:
            lead.append(f"{said}preferred ({_susceptible(answer)}): {_regimens(branch.preferred)}.")
        elif not (branch.alternative or branch.reserve):
            lead.append(f"{said}{_lines(branch.not_covered) or 'the leading guidance lists no regimen here.'}")
        if branch.not_suggested:
            lead.append(f"{said}not suggested: {_reasons(branch.not_suggested)}.")
    for title, views in (("Doses asked about", answer.focus), ("Listed by other guidance", answer.elsewhere)):
        if views:
            lead.append(f"{title} ({_susceptible(answer)}): {_regimens(views)}.")
    return lead


def _names_only(answer: Answer) -> list[str]:
    """Where even that is too long: names without doses, and where the rest stands."""
    lead = [f"{title}: {names}." for title, names in leading.names_by_rank(answer)]
    if anything_offered(answer):
        lead.insert(0, f"{answer.susceptibility.text}.")
    restricted = " Local restrictions too." if any(v.local for v in _offered(answer)) else ""
    rest = "Doses with their kidney bands, reasons and cautions stand in the message and its Details."
    return [*lead, f"{rest}{restricted}"]


def _offered(answer: Answer) -> tuple[RegimenView, ...]:
    return (*answer.focus, *answer.elsewhere, *answer.preferred, *answer.alternative, *answer.reserve)


def _further(answer: Answer, branch: Branch) -> str:
    views = (*branch.alternative, *branch.reserve)
    label = f"{branch.label}: " if branch.label else ""
    cautions = _lines(c for view in views for c in view.cautions)
    return f"{label}alternatives ({_susceptible(answer)}): {_regimens(views)}. {cautions}"


def not_covered_text(reply: NotCovered, view: View) -> str:
    """The gap as text."""
    gap = reply.gap
    lead = [f"Understood as: {understood(reply.parsed, view.names)}."]
    if view.role is Role.NURSE:
        lead += _titled(leading.PRECAUTIONS, gap.infection_control[:1])
    lead.append(f"Not covered: {_lines(gap.reasons)}")
    if gap.not_suggested:
        lead.append(f"Not suggested: {_reasons(gap.not_suggested)}.")
    lead += [_consult(gap, view.on_call), *_contacts(gap, view.on_call), _lines(gap.notes)]
    optional = [*_titled("In urine", gap.conditional), *_titled("Infection control", gap.infection_control)]
    return _fitted([*lead, *_tail(gap), *_local_content(gap)], optional)


def _fitted(lead: list[str], optional: list[str]) -> str:
    """What must stand, then as much of the rest as fits, the last to go first."""
    said = [escape_once(part) for part in lead if part]
    room = MOST_TEXT - sum([len(part) + 2 for part in said]) + 2
    for part in optional:
        told = escape_once(part)
        room -= len(told) + 2
        if room < 0:
            break
        if part:
            said.append(told)
    return " \n".join(said)


def _tail(frame: Frame) -> list[str]:
    edition = frame.edition
    return [
        (
            f"Status: {frame.status}. Edition {edition.id}, {shown_date(edition.compiled_on.isoformat())}; "
            f"leading guidance {edition.guidance}, {shown_date(edition.guidance_dated)}."
        ),
        frame.disclaimer,
    ]


def _local_content(frame: Frame) -> list[str]:
    local = frame.local
    if local is None:
        return []
    due = shown_date(local.review_due_on.isoformat())
    late = f" It was due for review on {due}." if local.review_overdue else ""
    return [f"Local content: {local.hospital}, {local.owner}, {shown_date(local.dated.isoformat())}.{late}"]


def _regimens(views: Iterable[RegimenView]) -> str:
    return "; ".join(_regimen(view) for view in views)


def _regimen(view: RegimenView) -> str:
    if view.reasons:
        return f"{view.name}: {_lines(view.reasons)}"
    told = (
        ", or ".join(f"{_said(d)} ({d.band})" for d in leading_doses(view))
        or _lines(view.dose_notes)
        or "no dose in the sources"
    )
    marks = _lines(view.marks)
    only = [_said(c) for c in view.conditions[1:]]
    text = f"{view.name}: {told}"
    if only:
        text += f"; note: {'; '.join(only)}"
    if view.local:
        text += f". Local: {'; '.join(line.text for line in view.local)}"
    return f"{text}. {marks}" if marks else text


def _not_offered(answer: Answer) -> list[str]:
    if not answer.not_offered:
        return []
    names = ", ".join(dict.fromkeys(one.name for one in answer.not_offered))
    return [f"Not offered here (Local, {answer.not_offered[0].local.hospital}): {names}."]


def _contacts(frame: Frame, on_call: str = "") -> list[str]:
    lines = frame.local.contacts if frame.local else ()
    said = "; ".join(line.text for line in lines if line.text not in on_call)
    return [f"Local ({lines[0].hospital}): {said}."] if said else []


def _reasons(views: Iterable[RegimenView]) -> str:
    grouped: dict[str, list[str]] = {}
    for view in views:
        grouped.setdefault(_lines(view.reasons), []).append(view.name)
    return "; ".join(f"{', '.join(dict.fromkeys(names))}: {reason.rstrip('.')}" for reason, names in grouped.items())


def _said(line: Line) -> str:
    return f"{line.text} (caveat: {line.caveat})" if line.caveat else line.text


def _lines(lines: Iterable[Line]) -> str:
    return " ".join(dict.fromkeys(_said(line) for line in lines))


def _susceptible(answer: Answer) -> str:
    text = answer.susceptibility.text
    return text[0].lower() + text[1:]


def _titled(title: str, lines: Iterable[Line]) -> list[str]:
    text = _lines(lines)
    return [f"{title}: {text}"] if text else []
