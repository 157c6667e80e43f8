"""Socket Mode, Slack's side: single-use tickets, hello, envelopes and their acknowledgements."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.playground.records import Json
from bot.playground.refusals import SlackError
from bot.playground.workspace import Workspace

MOST_LINKS = 10


@dataclass(slots=True, eq=False)
class Link:
    """One open websocket of the app and the envelopes it has not acknowledged."""

    socket: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[Json | None]] = field(default_factory=dict)


class SocketMode:
    """All links of the app."""

    def __init__(self, slack: Workspace) -> None:
        self._slack = slack
        self._tickets: set[str] = set()
        self.links: list[Link] = []
        self._turn = 0
        self._connected = asyncio.Event()

    def new_ticket(self) -> str:
        """For `apps.connections.open`: the ticket in its URL works once."""
        if len(self.links) >= MOST_LINKS:
            raise SlackError("too_many_websockets")
        ticket = self._slack.new_id("ticket")
        self._tickets.add(ticket)
        return ticket

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """The websocket endpoint."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="the ticket is unknown or was used")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        link = Link(socket)
        self.links.append(link)
        try:
            await socket.send_json(self._hello())
            self._connected.set()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(link, message.data)
        finally:
            self.links.remove(link)
            if not self.links:
                self._connected.clear()
            for future in link.waiting.values():
                future.cancel()
        return socket

    async def wait_until_connected(self) -> None:
        await self._connected.wait()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.links),
            "connection_info": {"app_id": self._slack.app_id},
            "debug_info": {"host": "applink-local-1", "build_number": 1, "approximate_connection_time": 18060},
        }

    def _receive(self, link: Link, data: str) -> None:
        with contextlib.suppress(ValueError, AttributeError):
            answer = json.loads(data)
            future = link.waiting.pop(str(answer.get("envelope_id")), None)
            if future and not future.done():
                future.set_result(answer.get("payload"))

    async def send(self, kind: str, payload: Json, *, seconds: float, retry: int, reason: str) -> Json | None:
        """One envelope over any link, in turn; returns the ack's payload. Raises TimeoutError or ConnectionError."""
        if not self.links:
            raise ConnectionError("no socket is connected")
        self._turn += 1
        link = self.links[self._turn % len(self.links)]
        envelope_id = self._slack.new_id("envelope-")
        envelope: Json = {"envelope_id": envelope_id, "payload": payload, "type": kind}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        future: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        link.waiting[envelope_id] = future
        try:
            await link.socket.send_json(envelope)
            return await asyncio.wait_for(future, seconds)
        except asyncio.CancelledError:
            if future.cancelled():
                raise ConnectionError("the socket closed before its acknowledgement") from None
            raise
        finally:
            link.waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, then close, as Slack does every few hours."""
        for link in list(self.links):
            with contextlib.suppress(ConnectionError):
                await link.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
                await link.socket.close()
