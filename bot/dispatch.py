"""`Dispatcher`: one way from a checked request to Bolt, for HTTP and Socket Mode, bounded and drainable."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.current import Current, current_request
from bot.error_handler import ErrorHandler

IN_FLIGHT = 256
AT_ONCE = 32
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a request came: what listeners find in the Bolt context as `cre_transport`, `cre_retry`, …"""

    transport: Literal["http", "socket"]
    retry: int = 0
    signature_sha256: str | None = None

    def context(self) -> dict[str, Any]:
        return {
            "cre_transport": self.transport,
            "cre_retry": self.retry,
            "cre_signature_sha256": self.signature_sha256,
        }


class UnexpectedShape(Exception):
    """Signed and well-formed, but not of a shape that Slack sends."""


class Dispatcher:
    """Hands a parsed body to Bolt. Bolt gets a dict, never raw bytes: its own form parser drops some commands."""

    def __init__(
        self, app: AsyncApp, errors: ErrorHandler, on_call: str, limit: int = IN_FLIGHT, at_once: int = AT_ONCE
    ) -> None:
        self._app = app
        self._errors = errors
        self._on_call = on_call
        self._limit = limit
        self._turns = asyncio.Semaphore(at_once)  # more than this only wait for each other's CPU, and Redis times out
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = True

    @property
    def in_flight(self) -> int:
        return self._in_flight

    async def dispatch(self, body: dict[str, Any], delivery: Delivery) -> BoltResponse:
        """Bolt's response; a busy or stopping process says so instead. Raises UnexpectedShape."""
        if not self._open or self._in_flight >= self._limit:
            return self._shed(body)
        self._in_flight += 1
        self._idle.clear()
        try:
            # no header of the request goes along: two of them steer Bolt's lazy listeners
            request = AsyncBoltRequest(mode="socket_mode", body=body, headers={}, context=delivery.context())
        except (AttributeError, TypeError, KeyError, ValueError, IndexError) as error:
            raise UnexpectedShape(type(error).__name__) from None
        else:
            current = Current(body)
            current_request.set(current)
            async with self._turns:
                response = await self._app.async_dispatch(request)
            return BoltResponse(status=503, body="") if current.deliver_again else response
        finally:
            self._in_flight -= 1
            if self._in_flight == 0:
                self._idle.set()

    async def drain(self, timeout_seconds: float) -> int:
        """Take nothing more and wait for what is in flight; how many requests were left."""
        self._open = False
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._idle.wait()
        except TimeoutError:
            return self._in_flight
        return 0

    def _shed(self, body: dict[str, Any]) -> BoltResponse:
        _log.warning("dispatch.shed", in_flight=self._in_flight)
        if body.get("type") == "event_callback":
            return BoltResponse(status=503, body="")  # not acknowledged: Slack delivers it again
        return self._errors.tell(body, f"The bot is busy. Please try again in a moment, or turn to {self._on_call}.")
