"""Last resort: the clinician gets an incident id and where to turn, the log gets the trace, nobody gets silence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog
import uuid6
from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.current import current_request
from bot.tasks import TaskRegistry
from handlers.ports import Outbox, SendFailed

_log = structlog.get_logger(__name__)


class ErrorHandler:
    """Turns a failed or unhandled request into a private message."""

    def __init__(
        self, outbox: Outbox, tasks: TaskRegistry, on_call: str, new_id: Callable[[], UUID] = uuid6.uuid7
    ) -> None:
        self._outbox = outbox
        self._tasks = tasks
        self._on_call = on_call
        self._new_id = new_id

    def register(self, app: AsyncApp) -> None:
        """Take what listeners raise, what no listener wants, and what fails after its acknowledgement."""
        app.error(self.handle)
        self._tasks.on_late_failure = self._late

    async def handle(self, error: Exception, request: AsyncBoltRequest) -> BoltResponse:
        """Always HTTP 200: Slack would show its own error otherwise, or deliver an event again that was told of."""
        if isinstance(error, BoltUnhandledRequestError):
            return self._unhandled(request.body)
        return self.tell(request.body, self._incident(error))

    def tell(self, body: dict[str, Any], text: str) -> BoltResponse:
        """Say it privately: in the ack body of a command, else by a message on its own."""
        if "command" in body:
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": text})
        self._tasks.spawn(self._whisper(body, {"text": text}), "error-notice")
        return BoltResponse(status=200, body="")

    def _late(self, error: BaseException) -> None:
        text = self._incident(error)
        if (current := current_request.get()) is not None:
            self._tasks.spawn(self._whisper(current.body, {"text": text}), "error-notice")

    def _incident(self, error: BaseException) -> str:
        incident = str(self._new_id())
        _log.error("incident", incident=incident, exc_info=error)
        return f"Something went wrong and no answer was given. Please turn to {self._on_call}. Incident: {incident}"

    def _unhandled(self, body: dict[str, Any]) -> BoltResponse:
        if "command" in body:
            return self.tell(body, "This bot does not know that command. Try `/cre help`.")
        if body.get("type") in ("block_actions", "view_submission", "shortcut", "message_action"):
            return self.tell(body, "This control is not known any more. Please ask the question again.")
        return BoltResponse(status=200, body="")  # an event nobody listens to

    async def _whisper(self, body: dict[str, Any], payload: dict[str, Any]) -> None:
        """By the request's own address, else where it was asked, else in a direct message: the first that works."""
        event = _table(body.get("event"))
        user = _word(_table(body.get("user")).get("id")) or _word(event.get("user"))
        channel = _word(_table(body.get("channel")).get("id")) or _word(event.get("channel"))
        ways: list[Callable[[], Awaitable[Any]]] = []
        if response_url := _word(body.get("response_url")):
            ways.append(lambda: self._outbox.respond(response_url, {"replace_original": False, **payload}))
        if user and channel and event.get("type") != "app_home_opened":
            ways.append(lambda: self._outbox.whisper(channel, user, payload, _word(event.get("thread_ts"))))
        if user:
            ways.append(lambda: self._outbox.post(user, payload, None))
        for way in ways:
            try:
                await way()
            except SendFailed as failure:
                _log.error("incident.notice_failed", method=failure.method, reason=failure.reason)
            else:
                return


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
