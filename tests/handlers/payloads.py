"""What must hold of every payload, and the long round over all of them: `python -m tests.handlers.payloads`.

The tests take a share of the same questions; the round takes all, in every role, with and without a hospital's files.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from bot.knowing import load_known
from bot.settings import Settings
from handlers.blockcheck import check_message
from handlers.layouts import View, render, stamp
from handlers.layouts.blocks import count, weight
from handlers.layouts.labels import Names
from handlers.layouts.regimen_lines import anything_offered, leading_doses
from handlers.parsed import Parsed
from handlers.replies import Answered, NotCovered, Reply
from handlers.responding import respond
from handlers.roles import Role
from knowledge.answer import Answer
from knowledge.answer import NotCovered as Gap
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import AllergyClass, Comedication, Intent, Mechanism
from tests.questions import every_cell, every_intent, every_pair

EXAMPLE_HOSPITAL = Path(__file__).resolve().parents[2] / "deploy" / "example-hospital"
ON_CALL = "the ID physician on call, pager 4242"
RID, THREAD = "01890000-0000-7000-8000-000000000000", "1780000000.000100"
LATE = date(2027, 12, 1)  # both banners: the most there can be to say
NAMES_ONLY = "Doses with their kidney bands, reasons and cautions did not fit here"
_NOT_CONSIDERED = re.compile(r"Not given, so not considered:\* ([^.]*)\.")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_NUMBER = re.compile(r"\[([0-9]+)\]")
_ONCE = ("correct", "consult", "new_question", "feedback")
_OF_ANSWERS = ("show_details", "show_article")
_OF_REGIMENS = ("set_renal", "set_reports", "set_allergy")

Payload = Mapping[str, Any]


def questions(knowledge: KnowledgeBase) -> Iterator[Question]:
    """Every cell at every kidney band edge, every intent, every pair, and those with the most to say."""
    everything = tuple(drug.id for drug in knowledge.content.antimicrobials if not drug.components)
    most = {
        "allergies": tuple(AllergyClass),
        "comedications": tuple(Comedication),
        "susceptible": everything,
        "organism": "Klebsiella pneumoniae",
    }
    loud = (question.model_copy(update=most) for question in every_intent())
    doses = (Question(mechanisms=(m,), intent=Intent.DOSE, antimicrobials=everything) for m in Mechanism)
    return chain(every_cell(), every_intent(), every_pair(), loud, doses)


def said(payload: Payload) -> str:
    """All words of a message, entities as characters."""
    return _words(payload["blocks"])


def in_view(payload: Payload) -> str:
    """What stands open: no line of a fold that starts closed."""
    return _words([block for block in payload["blocks"] if not block.get("default_collapsed")])


def _words(blocks: Sequence[Any]) -> str:
    words = json.dumps(blocks, ensure_ascii=False).replace('\\"', '"')
    for entity, character in _ENTITIES.items():
        words = words.replace(entity, character)
    return words


def broken(reply: Reply, payload: Payload) -> list[str]:
    """What this payload breaks, each in a few words. Empty: it may be sent."""
    found = list(check_message(stamp(dict(payload), RID, THREAD)))
    text = str(payload["text"])
    if not 0 < len(text) <= 4000:
        found.append(f"text of {len(text)} characters: chat.update takes 4000")
    if isinstance(reply, Answered):
        found += [*_of_answer(reply.answer, in_view(payload), text), *_safe(reply.answer, payload)]
    if isinstance(reply, NotCovered):
        found += _safe(reply.gap, payload)
    if isinstance(reply, Answered | NotCovered):
        found += [*_controls(reply, payload), *_numbers(payload)]
    return found


def _safe(frame: Answer | Gap, payload: Payload) -> Iterator[str]:
    """Reminder, status, disclaimer, what not to use and why: open, and in the text."""
    page, text = in_view(payload), _words([str(payload["text"])])
    for words in (frame.consult.text, frame.disclaimer, f"Status: {frame.status}"):
        if words not in page:
            yield f"not open: {words}"
        if words not in text:
            yield f"not in the text: {words}"
    for view in frame.not_suggested:
        if view.name not in page:
            yield f"not open: {view.name} is not suggested"
        for line in view.reasons:
            if line.text not in page and NAMES_ONLY not in page:
                yield f"not open: why {view.name} is not suggested"
    for note in frame.notes:
        if note.text not in page:
            yield f"not open: {note.text[:60]}"


def _of_answer(answer: Answer, page: str, text: str) -> Iterator[str]:
    """Doses with their bands, cautions, "if susceptible", what was not considered: open."""
    leading = (*answer.preferred, *answer.focus, *answer.elsewhere)
    for view in leading:
        if view.name not in page:
            yield f"not open: {view.name}"
    if NAMES_ONLY in page:
        yield from (f"a dose without room for its cautions: {view.name}" for view in leading if _has_dose(view, page))
        return
    for view in leading:
        for line in (*view.cautions, *view.marks, *view.dose_notes):
            if line.text not in page or (line.caveat and line.caveat not in page):
                yield f"not open: {view.name}: {line.text[:60]}"
        if view.reasons:
            continue
        for dose in leading_doses(view):
            if dose.text not in page or f"_{dose.band}_" not in page:
                yield f"not open: {view.name}: {dose.text} ({dose.band})"
    if answer.preferred and not all(answer.susceptibility.text.lower() in one.lower() for one in (page, text)):
        yield "not open: only if susceptible"
    for position in (position for view in answer.conflicts if view.pressing for position in view.positions):
        if position.says not in page:
            yield f"not open: {position.says[:60]}"
    if answer.preferred or answer.alternative or answer.reserve:
        yield from _considered(answer.question, page)


def _has_dose(view: Any, page: str) -> bool:
    return any(dose.text in page for dose in view.doses)


def _considered(question: Question, page: str) -> Iterator[str]:
    missing = _NOT_CONSIDERED.search(page)
    for what, given in (
        ("kidney function", question.renal),
        ("allergies", question.allergies),
        ("reported susceptibilities", question.resistant or question.susceptible),
    ):
        if (missing is not None and what in missing[1]) is bool(given):
            yield f"said to be considered or not, wrongly: {what}"


def _controls(reply: Answered | NotCovered, payload: Payload) -> Iterator[str]:
    """Each control once, at most five in a row, the text of each in words."""
    found = Counter(element["action_id"] for row in _rows(payload["blocks"]) for element in row)
    wanted = [*_ONCE]
    if isinstance(reply, Answered):
        wanted += _OF_ANSWERS + (_OF_REGIMENS if anything_offered(reply.answer) else ())
    for action in wanted:
        if found[action] != 1:
            yield f"control {action}: {found[action]} times"
    for row in _rows(payload["blocks"]):
        named = [str(element.get("action_id")) for element in row]
        if len(row) > 5 and not any(one.startswith("pick_") for one in named):
            yield f"{len(row)} controls in a row: {named}"


def _rows(blocks: Sequence[Any]) -> Iterator[list[Any]]:
    for block in blocks:
        if block["type"] in ("actions", "context_actions"):
            yield block["elements"]
        if "accessory" in block:
            yield [block["accessory"]]
        yield from _rows(block.get("child_blocks", ()))


def _numbers(payload: Payload) -> Iterator[str]:
    """Every number points into the list of references, which holds no other."""
    references = [b for b in payload["blocks"] if (b.get("title") or {}).get("text", "").startswith("References")]
    listed = set(_NUMBER.findall(_words(references)))
    used = set(_NUMBER.findall(_words([block for block in payload["blocks"] if block not in references])))
    if used != listed:
        yield f"references without a place, or places without a reference: {sorted(used ^ listed)}"
    if re.search("[\x01\x02]|\\\\u000[12]", _words(payload["blocks"])):
        yield "a mark without its number"


def main() -> int:
    """Every payload there is. Prints counts and the largest, then what is broken; 1 if anything is."""
    failed: Counter[str] = Counter()
    for name, settings in (
        ("the edition alone", Settings()),
        ("a hospital's files", Settings(local_dir=EXAMPLE_HOSPITAL)),
    ):
        knowledge = load_known(settings)[0]
        names = Names.of(knowledge)
        for role in Role:
            sizes: list[tuple[int, int, int]] = []
            forms: Counter[str] = Counter()
            view = View(names, ON_CALL, shareable=True, role=role)
            for index, question in enumerate(questions(knowledge)):
                reply = respond(Parsed(question=question), knowledge, on=LATE if index % 2 else None)
                payload = render(reply, view)
                sizes.append((weight(payload["blocks"]), count(payload["blocks"]), len(payload["text"])))
                page = in_view(payload)
                forms["names only" if NAMES_ONLY in page else reply.outcome] += 1
                for fault in broken(reply, payload):
                    failed[fault] += 1
                    if failed[fault] == 1:
                        print(f"{question.model_dump_json(exclude_defaults=True)}: {fault}")
            largest = ", ".join(str(max(column)) for column in zip(*sizes, strict=True))
            print(f"{name}, {role}: {len(sizes)} payloads ({dict(forms)}); largest bytes, blocks, text: {largest}")
    print(f"{sum(failed.values())} faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
