"""Asking back, declining and helping: what is said when there is no answer to give."""

from __future__ import annotations

from functools import partial

from handlers.layouts import local_lines
from handlers.layouts import regimen_lines as rl
from handlers.layouts.answered import footer, local_parts, review_banner
from handlers.layouts.blocks import Block, actions, button, context, escape, section, sections
from handlers.layouts.drawing import Part, draw
from handlers.layouts.encoding import encode
from handlers.layouts.labels import Names, understood
from handlers.layouts.pickers import antimicrobial_picker, mechanism_picker, site_picker
from handlers.parsed import DoubtKind, ScopeReason
from handlers.replies import Asked, Helped, NotCovered, OutOfScope
from knowledge.terms import Mechanism

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


def asked(reply: Asked, names: Names, on_call: str) -> list[Block]:
    """One question back, with a button for every answer to it."""
    question = reply.parsed.question
    if reply.parsed.too_long:
        return [
            section(
                "*That is too long for me: nothing was read.* Send the finding in under 4,000 characters, "
                "for example: NDM Klebsiella in blood, CrCl 25."
            ),
            *mechanism_picker(question),
            context(_route(on_call)),
        ]
    blocks = [section(f"*Understood so far:* {escape(understood(reply.parsed, names))}")]
    if reply.correcting:
        blocks += [*mechanism_picker(question), *site_picker(question)]
        blocks.append(actions([button("Set renal function", "set_renal", encode(question))]))
        blocks.append(context("Tap what is right: it replaces what I understood.", _route(on_call)))
        return blocks
    for doubt in reply.doubts:
        if doubt.field == "antimicrobial":
            blocks += antimicrobial_picker(question, doubt.candidates, names)
        elif doubt.field == "mechanism":
            blocks.append(section(_doubt_words(doubt.kind)))
            named = [Mechanism(one) for one in doubt.candidates]
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


def _doubt_words(kind: DoubtKind) -> str:
    if kind is DoubtKind.CONTRADICTION:
        return "*The message says it is there and that it is not.* Which holds?"
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
        context(
            "In a channel mention me, in its threads a follow-up needs only what changed. "
            "Commands answer only you; *Share to channel* shows an answer to all.",
            INTENDED_USE,
        ),
    ]


def not_covered(reply: NotCovered, names: Names, on_call: str) -> list[Block]:
    """What the sources do not say, what they say all the same, and whom to call."""
    gap = reply.gap
    heard = f"*Understood as:* {escape(understood(reply.parsed, names))}"
    parts = [Part("", lambda _: [heard])]
    if gap.review_overdue:
        parts.append(Part("", lambda _: [review_banner(gap)]))
    parts.append(Part("Not covered by the sources", partial(rl.bullets, gap.reasons)))
    if gap.not_suggested:
        parts.append(Part("Not suggested here", partial(rl.not_suggested, gap.not_suggested)))
    parts.append(Part("", lambda _: local_lines.review_banner(gap)))
    contacts = local_lines.contacts(gap, on_call=on_call)
    parts.append(Part("", lambda refs: [f"*{rl.said(gap.consult, refs)}* {_route(on_call)}", *contacts]))
    parts += local_parts(gap)
    sections_below = (
        ("What the guidance lists for any CRE in urine", gap.conditional, True),
        ("Infection control", gap.infection_control, True),
        ("Note", gap.notes, True),
        ("What the sources say of the mechanism", gap.implications, False),
        ("Finding the mechanism", gap.testing, False),
    )
    parts += [Part(title, partial(rl.bullets, lines), required) for title, lines, required in sections_below if lines]
    blocks = draw(parts, footer(gap), reserve=1200).blocks
    if gap.ask_site:
        blocks += site_picker(gap.question)
    elif gap.question.mechanisms == (Mechanism.UNKNOWN,):
        blocks += mechanism_picker(gap.question)
    return blocks


def _route(on_call: str) -> str:
    return f"Urgent? Call {escape(on_call)}"
