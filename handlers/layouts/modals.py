"""Modals to read: everything that a message had no room for."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.layouts import about_lines, detail_lines, fold_parts, local_lines
from handlers.layouts import regimen_lines as rl
from handlers.layouts.answered import footer
from handlers.layouts.blocks import Block, escape, plain, section, sections
from handlers.layouts.references import References
from knowledge.answer import Answer, Line
from knowledge.background import Background

MOST_MODAL_BLOCKS = 98
_TAIL = 30  # for the references and how each of them was read


def details_modal(answer: Answer, around: Background) -> Block:
    """The whole answer, nothing left out, then what is known around it as far as a modal takes it."""
    refs = References()
    views = [*answer.focus, *answer.elsewhere, *answer.preferred, *answer.alternative, *answer.reserve]
    lists: tuple[tuple[str, list[str]], ...] = (
        (local_lines.title(answer), local_lines.grouped_marks(views)),
        (local_lines.title(answer), local_lines.bullets(answer.local.lines if answer.local else (), refs)),
        ("Not offered here", local_lines.not_offered(answer.not_offered, refs)),
        ("Doses by label", rl.label_doses(views, refs)),
        ("Renal dosing", rl.renal_rows(views, refs) or ["No table in the sources read."]),
        *((part.title, list(part.lines(refs))) for part in fold_parts.further(answer)),
        ("What other sources list", detail_lines.others(answer.others, refs)),
        ("Where sources differ", detail_lines.conflicts(answer.conflicts, refs, full=True)),
        ("Duration", rl.bullets(answer.duration, refs)),
        ("One drug or two", rl.bullets(answer.combination, refs)),
        ("Management", rl.bullets(answer.management, refs)),
        ("Infection control", rl.bullets(answer.infection_control, refs)),
        ("Evidence", rl.bullets(answer.evidence, refs)),
        ("What the article says", rl.bullets(answer.article, refs)),
    )
    blocks = [block for title, lines in lists if lines for block in sections(title, lines)]
    blocks += about_lines.background(around, refs, MOST_MODAL_BLOCKS - _TAIL - len(blocks))
    blocks += sections("How the sources were read", about_lines.works(around, refs))
    return _reading("Details", blocks, refs, answer)


def article_modal(
    label: str, flaws: Sequence[str], statements: Sequence[Line], printed: Sequence[str], answer: Answer
) -> Block:
    """Every statement of the educational article, as its own, its flaws named, its references as printed."""
    refs = References()
    blocks = [section(f"*{label}*")]
    blocks += sections("What to know about it", [f"• {flaw}" for flaw in flaws])
    blocks += sections("Its statements", rl.bullets(statements, refs))
    blocks += sections("Its references, as printed", [f"• {escape(one)}" for one in printed])
    return _reading("What the article says", blocks, refs, answer)


def _reading(title: str, blocks: list[Block], refs: References, answer: Answer) -> Block:
    refs.number(blocks)
    tail = sections("References", refs.lines(links=True)) + footer(answer)
    return {
        "type": "modal",
        "callback_id": "reading",
        "title": plain(title),
        "close": plain("Close"),
        "blocks": [*blocks[: MOST_MODAL_BLOCKS - len(tail)], *tail],
    }
