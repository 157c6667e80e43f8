"""The top-level text of a message: what notifications and screen readers read, in reading order, without markup."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.layouts.blocks import escape
from handlers.layouts.labels import Names, understood
from handlers.layouts.references import shown_date
from handlers.replies import Answered, NotCovered
from knowledge.answer import Answer, Branch, Frame, Line, RegimenView

MOST_TEXT = 3_900  # chat.update takes 4,000 characters


def answered_text(reply: Answered, names: Names) -> str:
    """The answer as text: what may give way goes last-first; a dose never stands without its cautions."""
    answer = reply.answer
    heard = [f"Understood as: {understood(reply.parsed, names)}."]
    if answer.review_overdue:
        heard.append(f"This content was due for review on {shown_date(answer.edition.review_due_on.isoformat())}.")
    optional = [
        *(_further(answer, b) for b in answer.branches if b.alternative or b.reserve),
        *_titled("Duration", answer.duration),
        *_titled("One drug or two", answer.combination),
        *_titled("Infection control", answer.infection_control),
        *_titled("Evidence", answer.evidence),
    ]
    hidden, consult, tail = _not_offered(answer), _lines([answer.consult]), _tail(answer)
    ends = [*hidden, consult, *_contacts(answer), *tail, *_local_content(answer)]
    full = _fitted([*heard, *_doses(answer), _lines(answer.notes)], optional, ends)
    if len(full) <= MOST_TEXT:
        return full
    whose = [f"With local content of {answer.local.hospital}."] if answer.local else []
    return _fitted([*heard, *_names_only(answer)], [*whose, _lines(answer.notes)], [*hidden, consult, *tail])


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
    cautions = _lines(c for v in (*answer.focus, *answer.elsewhere, *answer.preferred) for c in v.cautions)
    return [*lead, f"Cautions: {cautions}"] if cautions else lead


def _names_only(answer: Answer) -> list[str]:
    """Where even that is too long: names without doses, and where the rest stands."""
    lead = []
    for branch in answer.branches:
        said = f"{branch.label}: " if branch.label else ""
        for title, views in (
            (f"preferred ({_susceptible(answer)})", branch.preferred),
            (f"alternatives ({_susceptible(answer)})", (*branch.alternative, *branch.reserve)),
            ("not suggested", branch.not_suggested),
        ):
            if views:
                lead.append(f"{said}{title}: {', '.join(view.name for view in views)}.")
    asked = ", ".join(view.name for view in answer.focus)
    if asked:
        lead.append(f"Asked about: {asked}.")
    restricted = " Local restrictions too." if any(v.local for v in _offered(answer)) else ""
    return [*lead, f"Doses with their kidney bands, reasons and cautions stand in the message.{restricted}"]


def _offered(answer: Answer) -> tuple[RegimenView, ...]:
    return (*answer.focus, *answer.elsewhere, *answer.preferred, *answer.alternative, *answer.reserve)


def _further(answer: Answer, branch: Branch) -> str:
    views = (*branch.alternative, *branch.reserve)
    label = f"{branch.label}: " if branch.label else ""
    cautions = _lines(c for view in views for c in view.cautions)
    return f"{label}alternatives ({_susceptible(answer)}): {_regimens(views)}. {cautions}"


def not_covered_text(reply: NotCovered, names: Names, on_call: str) -> str:
    """The gap as text."""
    gap = reply.gap
    lead = [f"Understood as: {understood(reply.parsed, names)}.", f"Not covered: {_lines(gap.reasons)}"]
    if gap.not_suggested:
        lead.append(f"Not suggested: {_reasons(gap.not_suggested)}.")
    lead += [_lines([gap.consult]), f"Urgent? Call {on_call}", *_contacts(gap, on_call), _lines(gap.notes)]
    optional = [*_titled("In urine", gap.conditional), *_titled("Infection control", gap.infection_control)]
    return _fitted(lead, optional, [*_tail(gap), *_local_content(gap)])


def _fitted(lead: list[str], optional: list[str], tail: list[str]) -> str:
    kept = list(optional)
    while True:
        text = escape(" \n".join(part for part in (*lead, *kept, *tail) if part))
        if len(text) <= MOST_TEXT or not kept:
            return text
        kept.pop()


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
    doses = [d for d in view.doses if d.kind == "guidance"] or [d for d in view.doses if d.kind != "article"]
    told = ", or ".join(f"{_said(d)} ({d.band})" for d in doses) or _lines(view.dose_notes) or "no dose in the sources"
    marks = _lines(view.marks)
    only = [_said(c) for c in view.conditions[1:]]
    text = f"{view.name}: {told}"
    if only:
        text += f"; only: {'; '.join(only)}"
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
