"""The answer: first what a tired reader needs, then detail that may give way to Slack's limits, never a caveat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from handlers.layouts import regimen_lines as rl
from handlers.layouts.blocks import (
    Block,
    actions,
    button,
    characters,
    context,
    divider,
    escape,
    section,
    sections,
)
from handlers.layouts.encoding import encode
from handlers.layouts.labels import Names, understood
from handlers.layouts.references import References, shown_date
from handlers.replies import Answered
from knowledge.answer import Answer, Branch, Frame, Line, RegimenView
from knowledge.terms import Intent

MOST_CHARACTERS = 12_500  # Slack refuses somewhat over 13,000
MOST_BLOCKS = 46
_DETAILS_HINT = "Left out here for length: {}. Open *Details* to read it."

Part = tuple[str, bool, Callable[[References], list[Block]]]
"""Title, whether it must be there, and how to draw it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Blocks with the titles of what gave way to the limits."""

    blocks: list[Block]
    left_out: tuple[str, ...]


def answered(reply: Answered, names: Names, *, shareable: bool) -> list[Block]:
    """The message for an answer."""
    drawn = draw(message_parts(reply, names), reserve=len(_DETAILS_HINT) + 400)
    blocks = drawn.blocks
    if drawn.left_out:
        blocks.append(context(_DETAILS_HINT.format(", ".join(drawn.left_out))))
    blocks.append(_controls(reply, shareable))
    return blocks


def draw(parts: Sequence[Part], *, reserve: int = 0) -> Drawn:
    """Every required part, and of the others as many as fit, dropping from the end of their order of worth."""
    wanted = list(parts)
    left_out: list[str] = []
    while True:
        refs = References()
        blocks = [block for _, _, render in wanted for block in render(refs)]
        blocks += _reference_blocks(refs, links=True)
        if _fits(blocks, reserve):
            return Drawn(blocks, tuple(left_out))
        optional = [part for part in wanted if not part[1]]
        if not optional:
            plain_refs = [b for _, _, render in wanted for b in render(refs)] + _reference_blocks(refs, links=False)
            return Drawn(plain_refs if _fits(plain_refs, reserve) else blocks, tuple(left_out))
        wanted.remove(optional[-1])
        left_out.insert(0, optional[-1][0].lower())


def _fits(blocks: Sequence[Block], reserve: int) -> bool:
    return characters(blocks) + reserve <= MOST_CHARACTERS and len(blocks) <= MOST_BLOCKS


def _reference_blocks(refs: References, *, links: bool) -> list[Block]:
    return sections("References", refs.lines(links=links))


def message_parts(reply: Answered, names: Names) -> list[Part]:
    """The parts of an answer in reading order; optional ones give way from the last."""
    answer = reply.answer
    intent = answer.question.intent
    parts: list[Part] = [("Understood", True, lambda _: [section(f"*Understood as:* {escape(_heard(reply, names))}")])]
    if answer.review_overdue:
        parts.append(("Review", True, lambda _: [section(review_banner(answer))]))
    lead = {
        Intent.DURATION: ("Duration", lambda r: sections("Duration", rl.bullets(answer.duration, r))),
        Intent.COMBINATION: ("Combination", lambda r: sections("One drug or two", rl.bullets(answer.combination, r))),
        Intent.INFECTION_CONTROL: (
            "Infection control",
            lambda r: sections("Infection control", rl.bullets(answer.infection_control, r)),
        ),
        Intent.EVIDENCE: ("Evidence", lambda r: sections("Evidence", rl.bullets(answer.evidence, r))),
    }
    if intent in lead:
        title, render = lead[intent]
        parts.append((title, True, render))
    if answer.focus:
        parts.append(("Doses asked about", True, lambda r: _focus(answer, r)))
    many = len(answer.branches) > 1
    for branch in answer.branches:
        parts.append((f"Options {branch.label or ''}".strip(), True, partial(_options, answer, branch)))
        parts.append(("Not suggested", True, partial(_avoid, branch, many)))
    parts.append(("Consult", True, lambda r: [section(f"*{rl.said(answer.consult, r)}*")]))
    parts.append(("Notes", True, lambda r: sections("Note", rl.bullets(answer.notes, r)) if answer.notes else []))
    for branch in answer.branches:
        if branch.alternative or branch.reserve:
            title = "Alternatives" + (f" {branch.label}" if many else "")
            parts.append((title, not many, partial(further, answer, branch, many)))
    if intent not in lead or intent is not Intent.DURATION:
        parts.append(("Duration", True, lambda r: _listed("Duration", answer.duration, r)))
    if intent is not Intent.INFECTION_CONTROL:
        parts.append(("Infection control", True, lambda r: _listed("Infection control", answer.infection_control, r)))
    parts += _details(answer, intent)
    parts.append(("Status", True, lambda _: footer(answer)))
    return parts


def _details(answer: Answer, intent: Intent) -> list[Part]:
    """What may give way, the most wanted first."""
    views = [*answer.focus, *answer.preferred, *answer.alternative, *answer.reserve]
    parts: list[Part] = [
        ("Conflicts between sources", False, lambda r: conflicts(answer, r)),
        ("Other guidance", False, lambda r: others(answer, r)),
    ]
    if answer.question.renal is None:
        parts.append(("Renal dosing", False, lambda r: _table(views, r)))
    if intent is not Intent.COMBINATION:
        parts.append(("Combination", False, lambda r: _listed("One drug or two", answer.combination, r)))
    parts.append(("What the article says", False, lambda r: _listed("What the article says", answer.article, r)))
    parts.append(("Management", False, lambda r: _listed("Management", answer.management, r)))
    return parts


def _heard(reply: Answered, names: Names) -> str:
    text = understood(reply.parsed, names)
    return f"{text} (spelling corrected)" if reply.parsed.corrected else text


def _options(answer: Answer, branch: Branch, refs: References) -> list[Block]:
    rows = sorted({(c.short, c.dated or "") for view in branch.preferred for c in view.citations[:1]})
    cited = ", ".join(f"{short}, {shown_date(dated)}" for short, dated in rows)
    susceptible = rl.said(answer.susceptibility, refs)
    lines = []
    if branch.not_covered:
        lines += rl.bullets(branch.not_covered, refs)
    lines += [rl.regimen(view, refs, (answer.susceptibility,), f"{n}.") for n, view in enumerate(branch.preferred, 1)]
    if branch.preferred:
        title = f"Preferred ({cited}), {susceptible}"
    elif branch.alternative or branch.reserve:
        title = "No preferred regimen in the leading guidance: see the alternatives"
    else:
        title = f"{answer.edition.guidance} lists no regimen here"
    lines += rl.cautions(branch.preferred, refs)
    heading = f"{branch.label}. {title}" if branch.label else title
    return sections(heading, lines)


def _avoid(branch: Branch, many: bool, refs: References) -> list[Block]:
    if not branch.not_suggested:
        return []
    label = f" ({branch.label[0].lower()}{branch.label[1:]})" if many and branch.label else ""
    return sections(f"Not suggested here{label}", rl.not_suggested(branch.not_suggested, refs))


def further(answer: Answer, branch: Branch, many: bool, refs: References) -> list[Block]:
    """Alternatives, what is held back, and the conditions of the guidance."""
    blocks: list[Block] = []
    label = f" ({branch.label[0].lower()}{branch.label[1:]})" if many and branch.label else ""
    susceptible = rl.said(answer.susceptibility, refs)
    for title, views in (("Alternatives", branch.alternative), ("Likely active, held back", branch.reserve)):
        if views:
            lines = [rl.regimen(view, refs, (answer.susceptibility,)) for view in views]
            blocks += sections(f"{title}{label}, {susceptible}", [*lines, *rl.cautions(views, refs)])
    if branch.conditions:
        blocks += sections("Conditions of the guidance", rl.bullets(branch.conditions, refs))
    return blocks


def _focus(answer: Answer, refs: References) -> list[Block]:
    lines = []
    for view in answer.focus:
        if view.reasons:
            lines += rl.not_suggested([view], refs)
        else:
            lines.append(rl.regimen(view, refs, ()))
    lines += rl.cautions(answer.focus, refs)
    blocks = sections("Dose", lines)
    return blocks + _table([v for v in answer.focus if not v.reasons], refs)


def _table(views: Sequence[RegimenView], refs: References) -> list[Block]:
    lines = rl.renal_rows(views, refs)
    return sections("Renal dosing", lines) if lines else []


def _listed(title: str, lines: Sequence[Line], refs: References) -> list[Block]:
    return sections(title, rl.bullets(lines, refs)) if lines else []


def conflicts(answer: Answer, refs: References) -> list[Block]:
    """Topics on which sources differ, side by side."""
    lines = []
    for conflict in answer.conflicts:
        positions = "; ".join(
            f"{escape(p.citation.short)}: {escape(p.says)}"
            + (f" _(Caveat: {escape(p.caveat)})_" if p.caveat else "")
            + f" {refs.marks([p.citation])}"
            for p in conflict.positions
        )
        lines.append(f"• *{escape(conflict.topic)}.* {positions}")
    return sections("Where sources differ", lines) if lines else []


def others(answer: Answer, refs: References) -> list[Block]:
    """Other editions and guidelines, as what they are."""
    lines = []
    for other in answer.others:
        told = []
        for word, listed in (
            ("first", other.preferred),
            ("then", other.alternative),
            ("against", other.not_suggested),
        ):
            if listed:
                told.append(f"{word}: {escape(', '.join(listed))}")
        told += [escape(text) for text in other.conditions]
        caveat = f" _(Caveat: {escape(other.caveat)})_" if other.caveat else ""
        dated = f" ({shown_date(other.dated)})" if other.dated else ""
        marks = refs.marks([other.citation])
        lines.append(f"• *{escape(other.title)}*{dated}: {'; '.join(told)}{caveat} {marks}")
    return sections("What other sources list", lines) if lines else []


def review_banner(answer: Frame) -> str:
    """The banner of content past its review date."""
    return (
        f":warning: *This content was due for review on {shown_date(answer.edition.review_due_on.isoformat())}.* "
        "Check it against current guidance before use."
    )


def footer(answer: Frame) -> list[Block]:
    """Review status, edition and disclaimer: never dropped."""
    edition = answer.edition
    guidance = f"{edition.guidance} of {shown_date(edition.guidance_dated)}"
    return [
        divider(),
        context(
            f"*Status: {escape(answer.status)}.* Edition {escape(edition.id)} "
            f"({shown_date(edition.compiled_on.isoformat())}), leading guidance {escape(guidance)}. "
            f"{escape(edition.basis)}",
            escape(answer.disclaimer),
        ),
    ]


def _controls(reply: Answered, shareable: bool) -> Block:
    value = encode(reply.answer.question)
    row = [
        button("Set renal function", "set_renal", value, primary=reply.answer.question.renal is None),
        button("Details", "show_details", value),
        button("What the article says", "show_article", value),
    ]
    if shareable:
        row.append(button("Share to channel", "share", value))
    return actions(row)
