"""Logs: no secret, no words of a user, however they got near a log call."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.bolt_app import new_bolt_app
from bot.dispatch import Delivery, Dispatcher
from bot.error_handler import ErrorHandler
from bot.logs import configure_logging, redact
from bot.slack_client import Identity
from bot.tasks import TaskRegistry
from tests.fakes import ManualClock, RecordingOutbox

CANARY = "MRN 4711 John Smith"
SECRETS = ["xoxb-123-456-abcDEF", "xapp-1-A-2-c3", "xoxe.xoxb-1-abc", "8f742231b10e8888abcd99aabbcc85a5"]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root, quiet = logging.getLogger(), [logging.getLogger(name) for name in ("slack_bolt", "aiohttp", "asyncio")]
    before = (root.handlers[:], root.level, [each.level for each in quiet])
    stream = io.StringIO()
    configure_logging("json", "DEBUG", stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    for logger, level in zip(quiet, before[2], strict=True):
        logger.setLevel(level)
    structlog.reset_defaults()


def written(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_only_known_fields_are_written(lines: io.StringIO) -> None:
    """A field that nobody allowed is dropped, whatever it holds."""
    structlog.get_logger("bot.x").info("bot.ready", port=3000, text=CANARY, body={"a": CANARY}, rid="r")
    assert CANARY not in lines.getvalue()
    (line,) = written(lines)
    assert (line["event"], line["port"], line["rid"], line["level"]) == ("bot.ready", 3000, "r", "info")


def test_an_exception_is_written_as_type_and_place(lines: io.StringIO) -> None:
    """Its message may quote a clinician: not written, nor that of its cause."""
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as cause:
            raise ValueError(CANARY) from cause
    except ValueError as error:
        structlog.get_logger("bot.x").error("incident", incident="i-1", exc_info=error)
        structlog.get_logger("bot.x").exception("again")
        logging.getLogger("elsewhere").exception("third")
    assert CANARY not in lines.getvalue()
    for line in written(lines):
        assert line["error"] == "ValueError"
        assert "KeyError" in line["trace"]
        assert any("test_logs.py" in place for place in line["trace"])


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_blacked_out_everywhere(lines: io.StringIO, secret: str) -> None:
    """In our fields, in lists and tables, and in the message of a library."""
    log = structlog.get_logger("bot.x")
    log.warning(f"event {secret}", reason=secret, faults=[secret, {"remedy": secret}])
    logging.getLogger("some.package").warning("calling with %s", secret)
    assert secret not in lines.getvalue()
    assert "***" in lines.getvalue()


def test_a_password_in_a_url_is_blacked_out() -> None:
    """Redis errors name the URL."""
    assert redact("redis://user:hunter2@host:6379/0") == "redis://***@host:6379/0"


def test_libraries_are_quiet_and_cut_short(lines: io.StringIO) -> None:
    """Bolt, the SDK and aiohttp write bodies at DEBUG; a task's repr hides on the second line of asyncio's message."""
    for name in ("slack_bolt.AsyncApp", "slack_sdk.web.async_base_client", "aiohttp.access", "redis"):
        logging.getLogger(name).setLevel(logging.DEBUG)  # as Bolt does to its own
        logging.getLogger(name).debug("body: %s", CANARY)
        logging.getLogger(name).info("body: %s", CANARY)
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task %s>", CANARY)
    assert CANARY not in lines.getvalue()
    assert [line["event"] for line in written(lines)] == ["Task exception was never retrieved"]


def test_a_forged_line_stays_one_line(lines: io.StringIO) -> None:
    """Control characters are escaped."""
    structlog.get_logger("bot.x").info("a", reason='x\n{"event": "forged"}\r')
    assert len(written(lines)) == 1


def test_the_console_style_keeps_the_same_promises() -> None:
    """For people: other clothes, same rules."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logging("console", "INFO", stream)
    structlog.get_logger("bot.x").warning("bot.ready", text=CANARY, reason=SECRETS[0])
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    assert "bot.ready" in stream.getvalue()
    assert CANARY not in stream.getvalue()
    assert SECRETS[0] not in stream.getvalue()


async def test_a_lost_task_is_logged_without_words(lines: io.StringIO) -> None:
    """asyncio's own handler goes through the same processors."""
    loop = asyncio.get_running_loop()
    loop.call_exception_handler({"message": "lost", "exception": ValueError(CANARY)})
    assert CANARY not in lines.getvalue()
    assert written(lines)[0]["error"] == "ValueError"


async def test_bolt_writes_no_body_at_debug(lines: io.StringIO, clock: ManualClock) -> None:
    """A command, a failing listener and an unhandled event, with the whole process at DEBUG."""
    logging.getLogger().setLevel(logging.DEBUG)
    app = new_bolt_app(AsyncWebClient(token="xoxb-test"), Identity(team="T1", bot_user="UBOT", bot="B1"))
    errors = ErrorHandler(RecordingOutbox(), TaskRegistry(), "the ID pager")
    errors.register(app)

    async def command(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        raise ValueError(body["text"])

    app.command("/cre")(command)
    dispatcher = Dispatcher(app, errors, "the ID pager")
    event = {"type": "event_callback", "event": {"type": "reaction_added", "user": "U1", "item": CANARY}}
    for body in ({"command": "/cre", "text": CANARY}, {"command": "/x", "text": CANARY}, event):
        await dispatcher.dispatch({"team_id": "T1", "user_id": "U1", **body}, Delivery("http"))
    assert CANARY not in lines.getvalue()
    assert [line["event"] for line in written(lines)] == ["incident"]
