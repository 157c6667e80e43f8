"""`SlackOutbox`: the way to Slack for everything that is not an ack body, within a bounded life."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.pacing import ChannelPace, QueueFull, Sleep
from bot.settings_values import is_slack_host
from bot.slack_client import FAULTS, SERVER_ERROR_WAIT_SECONDS, reason_of, wait_of
from handlers.ports import Clock, SendFailed

_log = structlog.get_logger(__name__)

LIFE_SECONDS = 20.0
MODAL_SECONDS = 2.5  # Slack takes a trigger id for three
RESPOND_SECONDS = 3.0
_RESPOND_TRIES = 3
_REST = re.compile(r"[A-Za-z0-9/_.~%?=&+:@,-]*")
_QUIET = {"unfurl_links": False, "unfurl_media": False}


class SlackOutbox:
    """`handlers.ports.Outbox` on the shared client and session.

    A call that Slack limits (429) or fails (5xx) is made again, after as long as Slack asks, while its request lives.
    Posts keep to the pace of their channel; nothing else waits for it, so that a full channel's asker can be told.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        pace: ChannelPace | None = None,
        sleep: Sleep = asyncio.sleep,
        life_seconds: float = LIFE_SECONDS,
    ) -> None:
        self._client = client
        self._session = session
        self._clock = clock
        self._pace = pace or ChannelPace(clock, sleep)
        self._sleep = sleep
        self._life_seconds = life_seconds
        self._response_origins = response_origins(client.base_url)

    async def post(self, channel: str, payload: dict[str, Any], thread_ts: str | None) -> str:
        method, ends_at = "chat.postMessage", self._clock.monotonic() + self._life_seconds
        message = _message(payload, thread_ts, channel=channel)
        try:
            async with asyncio.timeout(self._life_seconds), self._pace.turn(channel):
                reply = await self._try(method, message, ends_at)
        except QueueFull:
            raise SendFailed(method, "queue_full") from None
        except TimeoutError:
            raise SendFailed(method, "timeout") from None
        return str(reply.get("ts", ""))

    async def whisper(self, channel: str, user: str, payload: dict[str, Any], thread_ts: str | None) -> None:
        await self._call("chat.postEphemeral", _message(payload, thread_ts, channel=channel, user=user))

    async def update(self, channel: str, ts: str, payload: dict[str, Any]) -> None:
        await self._call("chat.update", {**payload, "channel": channel, "ts": ts})

    async def open_modal(self, trigger_id: str, view: dict[str, Any]) -> str:
        reply = await self._call("views.open", {"trigger_id": trigger_id, "view": view}, MODAL_SECONDS)
        opened = reply.get("view")
        return str(opened.get("id", "")) if isinstance(opened, dict) else ""

    async def update_modal(self, view_id: str, view: dict[str, Any]) -> None:
        await self._call("views.update", {"view_id": view_id, "view": view})

    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        await self._call("views.publish", {"user_id": user, "view": view})

    async def schedule(self, channel: str, payload: dict[str, Any], post_at: int, thread_ts: str | None) -> str:
        message = _message(payload, thread_ts, channel=channel)
        reply = await self._call("chat.scheduleMessage", {**message, "post_at": post_at})
        return str(reply.get("scheduled_message_id", ""))

    async def unschedule(self, channel: str, scheduled_id: str) -> bool:
        place = {"channel": channel, "scheduled_message_id": scheduled_id}
        try:
            await self._call("chat.deleteScheduledMessage", place)
        except SendFailed as failure:
            if failure.reason == "invalid_scheduled_message_id":
                return False
            raise
        return True

    async def respond(self, response_url: str, payload: dict[str, Any]) -> None:
        rest = next((response_url[len(o) :] for o in self._response_origins if response_url.startswith(o)), None)
        if rest is None or _REST.fullmatch(rest) is None:
            raise SendFailed("response_url", "host_not_allowed")
        body, ends_at = orjson.dumps(payload), self._clock.monotonic() + self._life_seconds
        for attempt in range(1, _RESPOND_TRIES + 1):
            reason, wait_seconds = await self._respond_once(response_url, body)
            if reason is None:
                return
            is_over = wait_seconds is None or self._clock.monotonic() + wait_seconds >= ends_at
            if is_over or attempt == _RESPOND_TRIES or wait_seconds is None:
                raise SendFailed("response_url", reason)
            await self._sleep(wait_seconds)

    async def _respond_once(self, url: str, body: bytes) -> tuple[str | None, float | None]:
        """What went wrong, and after how long it may be tried again (None: never)."""
        try:
            async with self._session.post(
                url,
                data=body,
                headers={"Content-Type": "application/json; charset=utf-8"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=RESPOND_SECONDS),
            ) as reply:
                if reply.status == 200:
                    return None, None
                if 300 <= reply.status < 400:
                    return "redirect_refused", None
                if reply.status == 429 or reply.status >= 500:
                    after = reply.headers.get("Retry-After", "")
                    known = after.isascii() and after.isdigit() and len(after) < 6
                    return f"status_{reply.status}", float(after) if known else SERVER_ERROR_WAIT_SECONDS
                return f"status_{reply.status}", None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return reason_of(error), None

    async def prompts(self, channel: str, title: str, prompts: Sequence[Mapping[str, str]]) -> None:
        arguments = {"channel_id": channel, "title": title, "prompts": [dict(prompt) for prompt in prompts]}
        try:
            await self._call("assistant.threads.setSuggestedPrompts", arguments)
        except SendFailed as failure:  # nobody asked for them, so nobody is told of their absence
            _log.info("prompts.not_shown", method=failure.method, reason=failure.reason)

    async def _call(self, method: str, arguments: dict[str, Any], life_seconds: float | None = None) -> dict[str, Any]:
        life_seconds = self._life_seconds if life_seconds is None else life_seconds
        try:
            async with asyncio.timeout(life_seconds):
                return await self._try(method, arguments, self._clock.monotonic() + life_seconds)
        except TimeoutError:
            raise SendFailed(method, "timeout") from None

    async def _try(self, method: str, arguments: dict[str, Any], ends_at: float) -> dict[str, Any]:
        """Until it is taken, is refused for good, or would only be taken after the request's life."""
        while True:
            try:
                reply = await self._client.api_call(method, json=arguments)
            except FAULTS as error:
                wait_seconds = wait_of(error)
                if isinstance(error, TimeoutError):
                    raise  # of the whole life, or of a connection that stays silent
                if wait_seconds is None or self._clock.monotonic() + wait_seconds >= ends_at:
                    raise SendFailed(method, reason_of(error)) from error
                await self._sleep(wait_seconds)
            else:
                return reply.data if isinstance(reply.data, dict) else {}


def response_origins(api_url: str) -> tuple[str, ...]:
    """Where a response_url may point: Slack's hooks, or exactly the origin of a Web API base that is not Slack's."""
    parts = urlsplit(api_url)
    if parts.hostname is not None and parts.hostname.endswith("slack-gov.com"):
        return ("https://hooks.slack-gov.com/",)
    if is_slack_host(parts.hostname):
        return ("https://hooks.slack.com/",)
    return ("https://hooks.slack.com/", f"{parts.scheme}://{parts.netloc}/")


def _message(payload: dict[str, Any], thread_ts: str | None, **place: str) -> dict[str, Any]:
    return {**_QUIET, **payload, **place, **({"thread_ts": thread_ts} if thread_ts else {})}
