"""Socket Mode: envelopes through the same dispatch as HTTP; the ack carries Bolt's response body.

The SDK starts a task for every message and bounds nothing; `Dispatcher` bounds the work and sheds beyond it.
An envelope that is not acknowledged is delivered again, and the claim in Redis makes that harmless.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import structlog
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.current import current_request
from bot.dispatch import Delivery, Dispatcher, UnexpectedShape
from bot.settings_values import is_slack_host
from bot.slack_client import FAULTS, SlackRefusedError, reason_of
from bot.slack_state import new_token

_log = structlog.get_logger(__name__)


CONNECT_SECONDS = 15.0
WATCH_SECONDS = 5.0
DOWN_SECONDS = 15.0
LAST_ACKS_SECONDS = 2.0


class SocketDoor:
    """Keeps one connection to Slack and answers what comes through it."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        client: AsyncWebClient,
        app_token: str,
        watch_seconds: float = WATCH_SECONDS,
        down_seconds: float = DOWN_SECONDS,
        token_file: Path | None = None,
    ) -> None:
        self._dispatcher = dispatcher
        self._web_client = client
        self._app_token = app_token
        self._token_file = token_file
        self.refused: str | None = None  # Slack's word for why it opens no connection any more
        self._watch_seconds = watch_seconds
        self._down_seconds = down_seconds
        self._client: SocketModeClient | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._handling = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def start(self) -> None:
        """Connect; raises SlackRefusedError when Slack does not take the app token or is not there."""
        self._client = await self._connect()
        self._watcher = asyncio.create_task(self._watch(), name="socket-watch")

    async def is_connected(self) -> bool:
        return self._client is not None and await self._client.is_connected()

    async def close(self) -> None:
        """After the dispatcher is drained: the last acknowledgements go out first."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_ACKS_SECONDS):
                await self._idle.wait()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        if self._client is not None:
            await _close(self._client)
            self._client = None

    async def _connect(self) -> SocketModeClient:
        self._app_token = new_token(self._token_file, self._app_token) or self._app_token
        client = SocketModeClient(app_token=self._app_token, web_client=self._web_client)
        if not is_slack_host(urlsplit(self._web_client.base_url).hostname):
            client.proxy = None
        client.socket_mode_request_listeners.append(self.handle)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                # asked for here, because connect() itself tries a refused token for ever
                client.wss_uri = await client.issue_new_wss_url()
                await client.connect()  # type: ignore[no-untyped-call]  # slack_sdk leaves it without types
        except FAULTS as error:
            await _close(client)
            raise SlackRefusedError("apps.connections.open", reason_of(error)) from error
        return client

    async def _watch(self) -> None:
        """The SDK reconnects by itself, but after a failed try it repeats an address that is good for once only."""
        down = 0.0
        while True:
            await asyncio.sleep(self._watch_seconds)
            down = 0.0 if await self.is_connected() else down + self._watch_seconds
            if down < self._down_seconds or self._client is None:
                continue
            _log.warning("socket.reconnecting", seconds=int(down))
            try:
                fresh = await self._connect()
            except SlackRefusedError as refused:
                _log.error("socket.refused", method=refused.method, reason=refused.reason)
                self.refused = refused.reason
                continue
            self.refused = None
            stale, self._client, down = self._client, fresh, 0.0
            await _close(stale)

    async def handle(self, client: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
        """One envelope."""
        self._handling += 1
        self._idle.clear()
        try:
            await self._answer(client, envelope)
        finally:
            self._handling -= 1
            if self._handling == 0:
                self._idle.set()

    async def _answer(self, client: AsyncBaseSocketModeClient, envelope: SocketModeRequest) -> None:
        if envelope.type not in ("events_api", "slash_commands", "interactive"):
            await self._acknowledge(client, envelope, None)
            return
        retry = envelope.retry_attempt if isinstance(envelope.retry_attempt, int) else 0
        try:
            response = await self._dispatcher.dispatch(envelope.payload, Delivery("socket", max(0, retry)))
        except UnexpectedShape:
            _log.warning("socket.unexpected_shape", msg_type=str(envelope.type))
            await self._acknowledge(client, envelope, None)  # a second delivery would look the same
            return
        if response.status == 200:
            await self._acknowledge(client, envelope, _payload(response))
        else:
            _log.warning("socket.not_acknowledged", status=response.status)

    async def _acknowledge(
        self, client: AsyncBaseSocketModeClient, envelope: SocketModeRequest, payload: dict[str, Any] | None
    ) -> None:
        current, written = current_request.get(), False
        try:
            await client.send_socket_mode_response(
                SocketModeResponse(envelope_id=envelope.envelope_id, payload=payload)
            )
            written = True
        except (aiohttp.ClientError, ConnectionError, RuntimeError, TimeoutError, asyncio.CancelledError) as error:
            _log.warning("socket.ack_failed", error=type(error).__name__)
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            if current is not None:
                current.acknowledged(written)


def _payload(response: BoltResponse) -> dict[str, Any] | None:
    if not response.body:
        return None
    if response.headers.get("content-type", [""])[0].startswith("application/json"):
        value = orjson.loads(response.body)
        return value if isinstance(value, dict) else None
    return {"text": response.body}


async def _close(client: SocketModeClient) -> None:
    await client.close()  # type: ignore[no-untyped-call]  # slack_sdk leaves it without types
    tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
