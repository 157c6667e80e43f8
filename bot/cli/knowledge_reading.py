"""`knowledge check` and `knowledge show`: is the content sound, and what would a clinician see of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import orjson
from rich.text import Text

from bot.cli.asking import LocalBot, Request, load_local
from bot.cli.console import BAD_USAGE, FAILED, OK, err, out, show_faults
from bot.cli.reading import show_payload
from bot.faults import Fault
from bot.knowing import as_fault, on_call_route
from bot.settings import Settings
from handlers.layouts import View, render
from handlers.parsed import Parsed
from handlers.replies import Answered, NotCovered, parsed_from
from handlers.responding import respond
from knowledge.content import Content
from knowledge.errors import KnowledgeDataError
from knowledge.files import RECORD, DataFiles, content_digest
from knowledge.governance.checking import check, sound
from knowledge.governance.recording import edition_advice, record, told
from knowledge.loading import load_content
from knowledge.overlay import LocalOverlay
from knowledge.overlay_loading import overlay_faults
from knowledge.question import Question, Renal
from knowledge.recorded import Edit
from knowledge.terms import Mechanism, RenalMeasure, Site


def check_folder(settings: Settings) -> int:
    """Every fault of the data and of the local files, or one sentence that there is none."""
    files = DataFiles.of(settings.knowledge_dir)
    content: Content | None = None
    faults: tuple[str, ...] = ()
    try:
        check(files)
    except KnowledgeDataError as error:
        faults = error.faults
    with suppress(KnowledgeDataError):  # told above
        content = load_content(files)
    faults += overlay_faults(settings.local_dir, content)
    if faults or content is None:
        count = len(faults)
        show_faults(f"{count} fault{'s' if count != 1 else ''} in the knowledge data.", map(placed, faults))
        return FAILED
    out.print(sound(files, content), style="green", soft_wrap=True)
    if settings.local_dir is not None:
        local = LocalOverlay.load(settings.local_dir, content)
        named = f"Sound: local files of {local.said.hospital.name}, digest {local.digest[:12]}."
        out.print(Text(named, style="green"), soft_wrap=True)
    return OK


def record_folder(folder: Path | None) -> int:
    """Every file that differs from the record, then the new record; refused while the content has any other fault."""
    try:
        found = record(folder)
    except KnowledgeDataError as error:
        show_faults("Not recorded: mend these faults first.", map(placed, error.faults))
        return FAILED
    except OSError as error:
        err.print(Text(f"Not recorded: {RECORD} can't be written ({error.strerror}): check the folder's rights."))
        return FAILED
    if not found:
        out.print("Nothing to record: every file is as recorded.")
        return OK
    for edit in found:
        out.print(Text(f"- {told(edit)}"), soft_wrap=True)
    files = f"{len(found)} difference{'s' if len(found) != 1 else ''}"
    out.print(f"Recorded, in {RECORD}: {files}; digest {content_digest(folder)[:12]}.", style="green", soft_wrap=True)
    if advice := edition_advice(found):
        out.print(Text(advice, style="yellow"), soft_wrap=True)
    return OK


def load_edited(settings: Settings) -> LocalBot | None:
    """The content as it is on disk, also before it is recorded; what is not recorded is said on standard error."""
    bot = load_local(settings, edited=True)
    if bot is not None:
        tell_edits(bot.knowledge.edits)
    return bot


def tell_edits(edits: Sequence[Edit], which: str = "") -> None:
    """One line that this is not what was recorded."""
    if edits:
        files = "; ".join(map(told, edits))
        err.print(
            Text(f"{which}Not as recorded ({files}). No bot answers from it before `record`.", style="yellow"),
            soft_wrap=True,
        )


def placed(fault: str) -> Fault:
    """A fault of the data in three columns: the file, what is wrong at which key, the remedy."""
    told = as_fault(fault)
    file, found, problem = told.problem.partition(": ")
    return Fault(file, problem, told.remedy) if found else told


def show_text(settings: Settings, text: str, on: date, *, as_json: bool) -> int:
    """The answer to a question in words."""
    bot = load_edited(settings)
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
    bot = load_edited(settings)
    return FAILED if bot is None else _show(bot, settings, parsed_from(question.canonical()), on, as_json=as_json)


def _show(bot: LocalBot, settings: Settings, parsed: Parsed, on: date, *, as_json: bool) -> int:
    reply = respond(parsed, bot.knowledge, on=on)
    if as_json:
        answer = reply.answer.as_json() if isinstance(reply, Answered) else None
        answer = reply.gap.model_dump(mode="json") if isinstance(reply, NotCovered) else answer
        shown = {"kind": reply.outcome, "understood": parsed.flat(), "answer": answer}
        sys.stdout.buffer.write(orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
    else:
        show_payload(render(reply, View(names=bot.names, on_call=on_call_route(settings, bot.knowledge))))
    return OK
