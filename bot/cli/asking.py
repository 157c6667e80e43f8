"""`ask` and `understand`: the same way as in Slack, on this machine only; no Redis, no record, no network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.cli.console import BAD_USAGE, FAILED, OK, err, show_faults
from bot.knowing import as_fault, load_known, on_call_route
from bot.settings import Settings
from handlers.layouts import View, render
from handlers.layouts.labels import Names
from handlers.parsed import Context, Parsed
from handlers.replies import Answered, Reply
from handlers.responding import respond
from handlers.understanding import understand
from knowledge.errors import KnowledgeDataError
from knowledge.terms import Mechanism, Site

SURFACES = ("slash", "mention", "followup", "dm")
MAX_LINE_BYTES = 256 * 1024
NOTHING_SETTLED = Context()


class BadLineError(ValueError):
    """A line of input that is no request; the message says why without quoting it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One line of `--jsonl`."""

    id: Any
    text: str
    surface: str = "slash"
    context: Context = NOTHING_SETTLED


class LocalBot:
    """Understanding and answering without the process around them."""

    def __init__(self, settings: Settings, *, edited: bool = False) -> None:
        self.knowledge, self.vocabulary = load_known(settings, edited=edited)
        self.names = Names.of(self.knowledge)
        self._on_call = on_call_route(settings, self.knowledge)

    def parse(self, request: Request) -> Parsed:
        return understand(request.text, request.surface, request.context, self.vocabulary)

    def reply(self, parsed: Parsed) -> Reply:
        return respond(parsed, self.knowledge, on=datetime.now(UTC).date())

    def understood(self, request: Request) -> dict[str, Any]:
        """The id and the nine flat fields."""
        return {"id": request.id, **self.parse(request).flat()}

    def answered(self, request: Request) -> dict[str, Any]:
        """The machine-readable answer: what was understood, the model, and the exact Slack payload."""
        parsed = self.parse(request)
        reply = self.reply(parsed)
        payload = render(reply, View(names=self.names, on_call=self._on_call))
        return {
            "id": request.id,
            "kind": reply.outcome,
            "understood": parsed.flat(),
            "answer": reply.answer.as_json() if isinstance(reply, Answered) else None,
            "text": payload["text"],
            "blocks": payload["blocks"],
        }


def load_local(settings: Settings, *, edited: bool = False) -> LocalBot | None:
    """The local bot; None after telling every fault of the knowledge. `edited`: of content not recorded yet, too."""
    try:
        return LocalBot(settings, edited=edited)
    except KnowledgeDataError as error:
        show_faults("The knowledge cannot be used: nothing is answered from it.", map(as_fault, error.faults))
        return None


def answer_lines(lines: Iterable[bytes], convert: Callable[[Request], dict[str, Any]]) -> int:
    """One line of JSON in, one out; bad lines are named on standard error and make the exit code 2."""
    code = OK
    for number, outcome in _each(lines):
        if isinstance(outcome, Request):
            sys.stdout.buffer.write(orjson.dumps(convert(outcome), option=orjson.OPT_APPEND_NEWLINE))
        else:
            err.print(f"line {number}: {outcome}", markup=False)
            code = BAD_USAGE
    sys.stdout.buffer.flush()
    return code


def answer_one(text: str, settings: Settings, *, as_json: bool) -> int:
    """`ask TEXT`."""
    bot = load_local(settings)
    if bot is None:
        return FAILED
    request = Request(None, text)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(bot.answered(request), option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return OK
    from bot.cli.reading import show_payload

    show_payload(bot.answered(request))
    return OK


def _each(lines: Iterable[bytes]) -> Iterator[tuple[int, Request | str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, read_request(line)
        except BadLineError as error:
            yield number, str(error)


def read_request(line: bytes) -> Request:
    """One request; raises BadLineError."""
    if len(line) > MAX_LINE_BYTES:
        raise BadLineError(f"longer than {MAX_LINE_BYTES // 1024} KiB")
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise BadLineError("not JSON") from None
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise BadLineError('not an object with a "text"')
    surface, context = given.get("surface", "slash"), given.get("context") or {}
    if surface not in SURFACES:
        raise BadLineError(f'"surface" is one of {", ".join(SURFACES)}')
    if not isinstance(context, dict):
        raise BadLineError('"context" is an object with "mechanisms" and "sites"')
    try:
        settled = Context(
            tuple(Mechanism(each) for each in context.get("mechanisms", ())),
            tuple(Site(each) for each in context.get("sites", ())),
        )
    except (TypeError, ValueError):
        raise BadLineError('"context" holds an id that is no mechanism or site') from None
    return Request(given.get("id"), given["text"], surface, settled)
