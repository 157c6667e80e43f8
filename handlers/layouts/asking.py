"""Asking back, declining and helping: what is said when there is no answer to give."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from handlers.layouts import controls, fold_parts, leading
from handlers.layouts import regimen_lines as rl
from handlers.layouts.answered import footer
from handlers.layouts.blocks import Block, actions, context, escape, section, sections, weight
from handlers.layouts.drawing import Part, draw
from handlers.layouts.labels import Names, understood
from handlers.layouts.pickers import antimicrobial_picker, mechanism_picker, site_picker
from handlers.layouts.view import View
from handlers.parsed import DoubtKind, ScopeReason
from handlers.replies import Asked, Helped, NotCovered, OutOfScope
from handlers.roles import Role
from handlers.understanding.normalise import MAX_LENGTH
from knowledge.answer import NotCovered as Gap
from knowledge.terms import Mechanism

IMPLIED = "About the mechanism"
TESTING = "Finding the mechanism"

OUT_OF_SCOPE_WORDS = {
    ScopeReason.OTHER_ORGANISM: "This is about another organism. I only know carbapenem-resistant Enterobacterales.",
    ScopeReason.NOT_CARBAPENEM_RESISTANT: (
        "As you describe it, this isolate is not carbapenem-resistant. "
        "I only know carbapenem-resistant Enterobacterales."
    ),
    ScopeReason.CHILD: "This is about a child. My sources are for adults only: ask paediatric ID or pharmacy.",
    ScopeReason.PREGNANCY: "This is about pregnancy. My sources do not cover it: ask ID, obstetrics or pharmacy.",
    ScopeReason.ANIMAL: "This is about an animal. My sources are for adult patients only.",
    ScopeReason.NOT_CLINICAL: "I only answer questions about treating carbapenem-resistant Enterobacterales in adults.",
}
EXAMPLES = (
    "kpc bacteremia",
    "NDM pneumonia, CrCl 25",
    "OXA-48 pyelo, eGFR 40",
    "cefiderocol dose CRRT",
    "duration KPC bacteremia",
    "contact precautions NDM",
)
INTENDED_USE = (
    "For clinicians treating adults. Options for a clinician's decision, not orders. "
    "Please leave out names, record numbers and other identifiers."
)


def _excess(length: int) -> str:
    if length > MAX_LENGTH:
        return (
            "*That is too long for me: nothing was read.* Send the finding in under "
            f"{MAX_LENGTH:,} characters, for example: NDM Klebsiella in blood, CrCl 25."
        )
    return (
        "*That holds more findings than I can read safely: nothing was read.* Send those of the infection "
        "you ask about, for example: NDM Klebsiella in blood, CrCl 25."
    )


def asked(reply: Asked, names: Names, on_call: str) -> list[Block]:
    """One question back, with a button for every answer to it."""
    question = reply.parsed.question
    if reply.parsed.too_long:
        return [
            section(_excess(reply.parsed.length)),
            *mechanism_picker(question),
            context(_route(on_call)),
        ]
    blocks = [section(f"*Understood so far:* {escape(understood(reply.parsed, names))}")]
    if reply.correcting:
        blocks += [*mechanism_picker(question), *site_picker(question)]
        blocks.append(actions(controls.fitting(question)))
        blocks.append(context("Tap what is right: it replaces what I understood.", _route(on_call)))
        return blocks
    for doubt in reply.doubts:
        if doubt.field == "antimicrobial":
            blocks += antimicrobial_picker(question, doubt.candidates, names)
        elif doubt.field == "mechanism":
            named = [Mechanism(one) for one in doubt.candidates]
            blocks.append(section(_doubt_words(doubt.kind, [names.mechanisms[one] for one in named])))
            others = [m for m in Mechanism if m not in named]
            blocks += mechanism_picker(question, [*named, *others])
        else:
            blocks.append(section(_doubt_words(doubt.kind)))
            blocks += site_picker(question)
        break  # one question at a time; the next one follows the tap
    else:
        if "mechanism" in reply.missing:
            blocks += mechanism_picker(question)
        elif "site" in reply.missing:
            blocks += site_picker(question)
    blocks.append(context("I ask rather than guess.", _route(on_call)))
    return blocks


def _doubt_words(kind: DoubtKind, candidates: Sequence[str] = ()) -> str:
    if kind is DoubtKind.CONTRADICTION and len(candidates) > 1:
        return "*The message names more than one mechanism, not plainly together.* Which holds here?"
    if kind is DoubtKind.CONTRADICTION:
        what = escape(candidates[0]) if candidates else "it"
        return f"*The message says that {what} is there and that it is not.* Which holds?"
    if kind is DoubtKind.UNSETTLED and candidates:
        return f"*{escape(candidates[0])} is named, but not plainly as found.* Which holds?"
    if kind is DoubtKind.DID_YOU_MEAN and candidates:
        return f"*Did you mean {escape(' or '.join(candidates))}?* I never correct these names by myself."
    return "*I am not sure that I read this right.* I never correct these names by myself."


def out_of_scope(reply: OutOfScope, on_call: str) -> list[Block]:
    """Why not, and where to turn."""
    words = OUT_OF_SCOPE_WORDS[reply.parsed.scope_reason or ScopeReason.NOT_CLINICAL]
    return [
        section(f"*Out of my scope.* {words}"),
        context(_route(on_call), f"I answer, for example: {EXAMPLES[0]}. Type *help* for more."),
    ]


def helped(reply: Helped) -> list[Block]:
    """How to ask, with the pickers to start at once."""
    return [
        section(
            "*I give sourced treatment options for carbapenem-resistant Enterobacterales (CRE).* "
            "Tell me the mechanism and the site of infection; kidney function, reported susceptibilities and allergies "
            "make the answer fit better. If something is missing I ask."
        ),
        *sections("Examples", [f"• {example}" for example in EXAMPLES]),
        *mechanism_picker(reply.parsed.question),
        actions([controls.new_question(reply.parsed.question, "Ask with a form")]),
        context(
            "In a channel mention me, in its threads a follow-up needs only what changed. "
            "Commands answer only you; *Share to channel* shows an answer to all.",
            INTENDED_USE,
        ),
    ]


def not_covered(reply: NotCovered, view: View) -> list[Block]:
    """What the sources do not say, what they say all the same, and whom to call."""
    gap = reply.gap
    heard = f"*Understood as:* {escape(understood(reply.parsed, view.names))}"
    tail = footer(gap)
    first = _pickers(gap)
    last = controls.ending(gap.question, actions([controls.new_question(gap.question)]))
    opened = [Part("", lambda _: [heard], accessory=controls.correct(gap.question)), *leading.banners(gap)]
    if view.role is Role.NURSE:
        opened += leading.precautions(gap)
    opened += [
        Part("Not covered by the sources", partial(rl.bullets, gap.reasons)),
        Part("Not suggested here", partial(rl.not_suggested, gap.not_suggested)),
        leading.consult(gap, view),
        Part("What the guidance lists for any CRE in urine", partial(rl.bullets, gap.conditional)),
        Part("Note", partial(rl.bullets, gap.notes)),
    ]
    drawn = draw([*opened, *_folds(gap, view)], reserve=weight([*tail, *first, *last]))
    return [*drawn.open, *tail, *first, *drawn.folded, *last]


def _pickers(gap: Gap) -> list[Block]:
    if gap.ask_site:
        return site_picker(gap.question)
    return mechanism_picker(gap.question) if gap.question.mechanisms == (Mechanism.UNKNOWN,) else []


def _folds(gap: Gap, view: View) -> list[Part]:
    """The mechanism first for a trainee, precautions where they do not stand open."""
    implied = fold_parts.each(IMPLIED, gap.implications, fold=IMPLIED, tier=1)
    testing = fold_parts.each(TESTING, gap.testing, fold=TESTING, tier=2)
    control = fold_parts.each(
        fold_parts.CONTROL, gap.infection_control, fold=fold_parts.CONTROL, tier=0, required=len(gap.infection_control)
    )
    if view.role is Role.NURSE:
        control = []
    local = fold_parts.local(gap)
    if view.role is Role.TRAINEE:
        return [*implied, *testing, *local, *control]
    return [*local, *control, *implied, *testing]


def _route(on_call: str) -> str:
    return f"Urgent? Call {escape(on_call)}"
