"""A local Slack: what a person does goes to the bot as Slack would send it, and what the bot sends is kept.

async with SlackStandIn(clock=clock, signing_secret="s") as slack:
    slack.events_url = "http://127.0.0.1:3000/slack/events"  # or let the bot connect by Socket Mode
    sent = await slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown and "ceftazidime" in sent.shown.text
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.playground import payloads
from bot.playground.cast import hospital
from bot.playground.delivery import ACK_SECONDS, RETRY_DELAYS, Ack, Courier, Kind, Sleep
from bot.playground.person import PersonActions
from bot.playground.records import Json, Message
from bot.playground.sockets import SocketMode
from bot.playground.web_api import BOT_SCOPES, Call, Failure, WebApi
from bot.playground.workspace import Clock, Workspace


class SlackStandIn(PersonActions):
    """Slack, small and strict."""

    def __init__(
        self,
        clock: Clock = time.time,
        *,
        workspace: Workspace | None = None,
        events_url: str | None = None,
        signing_secret: str = "local-signing-secret",  # noqa: S107 - a secret of this machine only
        bot_token: str = "xoxb-local-bot",  # noqa: S107 - as above
        app_token: str = "xapp-local-app",  # noqa: S107 - as above
        scopes: tuple[str, ...] = BOT_SCOPES,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        sleep: Sleep = asyncio.sleep,
        posts_apart_seconds: float = 0.0,  # Slack takes one post a second in a channel; 0 takes any
    ) -> None:
        self.workspace = workspace or hospital(clock)
        self.signing_secret = signing_secret
        self.bot_token = bot_token
        self.app_token = app_token
        self.sockets = SocketMode(self.workspace)
        self.web_api = WebApi(
            self.workspace,
            self.sockets,
            bot_token=bot_token,
            app_token=app_token,
            scopes=scopes,
            posts_apart_seconds=posts_apart_seconds,
        )
        self.courier = Courier(
            clock,
            self.sockets,
            signing_secret=signing_secret,
            events_url=events_url,
            ack_seconds=ack_seconds,
            retry_delays=retry_delays,
            sleep=sleep,
        )
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    # -- life

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        app = web.Application(client_max_size=2**20)
        app.add_routes(self.web_api.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.base_url = f"http://{host}:{self._runner.addresses[0][1]}"
        self.web_api.base_url = lambda: self.base_url
        await self.courier.start()

    async def stop(self) -> None:
        await self.courier.stop()
        await self.sockets.disconnect()
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """For SLACK_API_URL; ends with /api/."""
        return f"{self.base_url}/api/"

    @property
    def events_url(self) -> str | None:
        return self.courier.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self.courier.events_url = url

    # -- what Slack received

    @property
    def calls(self) -> list[Call]:
        return self.web_api.calls

    @property
    def faults(self) -> list[str]:
        """What the Block Kit check says of every payload received, also of those Slack itself would take."""
        return self.web_api.faults

    def received(self, method: str) -> list[Json]:
        """Arguments of every accepted call of this method ("ack" and "response_url" too)."""
        return [call.args for call in self.calls if call.method == method and call.ok]

    def fail_next(
        self, method: str, error: str, *, status: int = 200, retry_after: int | None = None, times: int = 1
    ) -> None:
        """Answer the next calls of a method with an error (`ratelimited` with status 429 and retry_after)."""
        self.web_api.failures[method].extend([Failure(error, status, retry_after)] * times)

    def replace_token(self, token: str) -> None:
        """Give the app another bot token and revoke the one before."""
        self.web_api.revoked.add(self.bot_token)
        self.bot_token = token
        self.web_api.bot_token = token
        self.web_api.revoked.discard(token)

    def seen_by(self, user: str, channel: str | None = None) -> list[Message]:
        """The messages this user sees, oldest first."""
        who = self.workspace.user_named(user)
        return self.workspace.visible(who, self._channel(user, channel) if channel else None)

    # -- the wire itself

    async def deliver(self, kind: Kind, payload: Json) -> Ack:
        """Send a ready payload the usual way: a duplicate, an unknown event, a changed field."""
        return await self.courier.deliver(kind, payload)

    async def deliver_raw(
        self,
        body: bytes,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
        *,
        secret: str | None = None,
        timestamp: str | None = None,
    ) -> Ack:
        """Post any bytes, signed with the right secret (or a wrong one) at the right time (or a wrong one)."""
        return await self.courier.post(body, content_type, headers, secret=secret, timestamp=timestamp)

    async def verify_url(self) -> Ack:
        """The url_verification handshake; the ack's body should hold the challenge."""
        body: Json = {
            "token": payloads.VERIFICATION_TOKEN,
            "challenge": "3eZbrw1aBm2rZgRNFdxV",
            "type": "url_verification",
        }
        return await self.courier.deliver("events_api", body)
