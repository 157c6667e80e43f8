"""Slack's way to the app: signed HTTP or a socket, three seconds to answer, events tried again.

Slack retries an event at once, after a minute and after five; a command or an interaction never.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import aiohttp

from bot.playground.records import Json
from bot.playground.sockets import SocketMode
from bot.playground.workspace import Clock

Kind = Literal["slash_commands", "events_api", "interactive"]
Sleep = Callable[[float], Awaitable[None]]

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Ack:
    """How the app acknowledged one delivery. `error` holds Slack's word when it did not."""

    status: int | None = None
    body: Json | str | None = None
    error: str | None = None  # http_timeout, connection_failed, http_error
    may_retry: bool = True

    @property
    def ok(self) -> bool:
        return self.error is None


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The v0 signature over timestamp and raw body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """The raw body of a delivery and its content type."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class Courier:
    """Carries deliveries to the app over whichever door is open."""

    def __init__(
        self,
        clock: Clock,
        sockets: SocketMode,
        *,
        signing_secret: str,
        events_url: str | None,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sockets = sockets
        self._signing_secret = signing_secret
        self.events_url = events_url
        self.ack_seconds = ack_seconds
        self._retry_delays = tuple(retry_delays)
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None
        self._retries: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(auto_decompress=False)

    async def stop(self) -> None:
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def settle(self) -> None:
        """Wait for every retry under way."""
        while self._retries:
            await asyncio.gather(*self._retries)

    async def deliver(self, kind: Kind, payload: Json) -> Ack:
        """The first attempt; an event that failed is tried again in the background."""
        ack = await self._attempt(kind, payload, retry=0, reason="")
        if kind == "events_api" and not ack.ok and ack.may_retry and self._retry_delays:
            task = asyncio.create_task(self._try_again(payload, ack))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)
        return ack

    async def _try_again(self, payload: Json, ack: Ack) -> None:
        for number, delay in enumerate(self._retry_delays, start=1):
            await self._sleep(delay)
            ack = await self._attempt("events_api", payload, retry=number, reason=ack.error or "unknown_error")
            if ack.ok or not ack.may_retry:
                return

    async def _attempt(self, kind: Kind, payload: Json, *, retry: int, reason: str) -> Ack:
        if self.events_url:
            body, content_type = encoded(kind, payload)
            headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
            return await self.post(body, content_type, headers)
        try:
            word = "timeout" if reason == "http_timeout" else reason
            answer = await self._sockets.send(kind, payload, seconds=self.ack_seconds, retry=retry, reason=word)
        except TimeoutError:
            return Ack(error="http_timeout")
        except ConnectionError:
            return Ack(error="connection_failed")
        return Ack(200, answer)

    async def post(
        self,
        body: bytes,
        content_type: str,
        headers: dict[str, str] | None = None,
        *,
        secret: str | None = None,
        timestamp: str | None = None,
    ) -> Ack:
        """One signed request to the app. `secret` and `timestamp` are for tests of wrong ones."""
        if self._session is None or self.events_url is None:
            raise RuntimeError("the stand-in is not started, or has no events URL")
        at = timestamp or str(int(self._clock()))
        signed = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": at,
            "X-Slack-Signature": signature(secret or self._signing_secret, at, body),
            **(headers or {}),
        }
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._session.post(
                self.events_url, data=body, headers=signed, timeout=timeout, allow_redirects=False
            ) as response:
                text = (await response.read()).decode()
                may_retry = response.headers.get("X-Slack-No-Retry") != "1"
                if not 200 <= response.status < 300:
                    return Ack(response.status, text, "http_error", may_retry)
                if response.content_type == "application/json" and text:
                    return Ack(response.status, json.loads(text), None, may_retry)
                return Ack(response.status, text or None, None, may_retry)
        except TimeoutError:
            return Ack(error="http_timeout")
        except (aiohttp.ClientError, ValueError):
            return Ack(error="connection_failed")
