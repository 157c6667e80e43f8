"""`knowledge check` and `knowledge show`: is the content sound, and what would a clinician see of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import orjson

from bot.cli.asking import LocalBot, Request, load_local
from bot.cli.console import BAD_USAGE, FAILED, OK, err, out, show_faults
from bot.cli.reading import show_payload
from bot.faults import Fault
from bot.knowing import on_call_route
from bot.settings import Settings
from handlers.layouts import View, render
from handlers.parsed import Parsed
from handlers.replies import Answered, NotCovered, parsed_from
from handlers.responding import respond
from knowledge.errors import KnowledgeDataError
from knowledge.governance.checking import check, sound
from knowledge.question import Question, Renal
from knowledge.terms import Mechanism, RenalMeasure, Site


def check_folder(folder: Path | None) -> int:
    """Every fault, or one sentence that there is none."""
    try:
        content, _ = check(folder)
    except KnowledgeDataError as error:
        count = len(error.faults)
        show_faults(f"{count} fault{'s' if count != 1 else ''} in the knowledge data.", map(placed, error.faults))
        return FAILED
    out.print(sound(folder, content), style="green", soft_wrap=True)
    return OK


def placed(fault: str) -> Fault:
    """ "file: key: problem: remedy" in three columns: the file, what is wrong at which key, the remedy."""
    file, _, rest = fault.partition(": ")
    problem, found, remedy = rest.rpartition("; " if file.startswith("vocabulary") and "; " in rest else ": ")
    return Fault(file, problem, remedy) if found else Fault("knowledge", fault, "correct it")


def show_text(settings: Settings, text: str, on: date, *, as_json: bool) -> int:
    """The answer to a question in words."""
    bot = load_local(settings)
    return FAILED if bot is None else _show(bot, settings, bot.parse(Request(None, text)), on, as_json=as_json)


def show_named(
    settings: Settings,
    mechanisms: Sequence[str],
    sites: Sequence[str],
    crcl: float | None,
    egfr: float | None,
    on: date,
    *,
    as_json: bool,
) -> int:
    """The answer to mechanisms and sites given by their ids."""
    for named, known in ((mechanisms, Mechanism), (sites, Site)):
        for one in named:
            if one not in list(known):
                err.print(f'There is no {known.__name__.lower()} "{one}"; there are {", ".join(known)}.', markup=False)
                return BAD_USAGE
    renal = None
    if crcl is not None:
        renal = Renal(measure=RenalMeasure.CRCL, value=Decimal(str(crcl)))
    elif egfr is not None:
        renal = Renal(measure=RenalMeasure.EGFR, value=Decimal(str(egfr)))
    question = Question(mechanisms=tuple(map(Mechanism, mechanisms)), sites=tuple(map(Site, sites)), renal=renal)
    bot = load_local(settings)
    return FAILED if bot is None else _show(bot, settings, parsed_from(question.canonical()), on, as_json=as_json)


def _show(bot: LocalBot, settings: Settings, parsed: Parsed, on: date, *, as_json: bool) -> int:
    reply = respond(parsed, bot.knowledge, on=on)
    if as_json:
        answer = reply.answer.as_json() if isinstance(reply, Answered) else None
        answer = reply.gap.model_dump(mode="json") if isinstance(reply, NotCovered) else answer
        told = {"kind": reply.outcome, "understood": parsed.flat(), "answer": answer}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        show_payload(render(reply, View(names=bot.names, on_call=on_call_route(settings, bot.knowledge))))
    return OK
