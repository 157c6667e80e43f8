"""A bot of a few lines without Bolt: it keeps what it got and answers what a test told it to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

from aiohttp import web

Json = dict[str, Any]


@dataclass(frozen=True)
class Got:
    """One request as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> Json:
        text = self.body.decode()
        if text.startswith("{"):
            return dict(json.loads(text))
        form = {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}
        return dict(json.loads(form["payload"])) if "payload" in form else form

    def is_signed_with(self, secret: str) -> bool:
        base = b"v0:" + self.headers["X-Slack-Request-Timestamp"].encode() + b":" + self.body
        good = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return hmac.compare_digest(good, self.headers["X-Slack-Signature"])


@dataclass
class TinyBot:
    """`answers` are used up in order; then it says 200 with no body."""

    answers: list[web.Response | Json | int] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    hold: asyncio.Event | None = None
    url: str = ""
    _runner: web.AppRunner | None = None

    async def _events(self, request: web.Request) -> web.Response:
        self.got.append(Got(dict(request.headers), await request.read()))
        if self.hold:
            await self.hold.wait()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.json_response(answer) if isinstance(answer, dict) else answer

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/slack/events", self._events)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.hold:
            self.hold.set()
        if self._runner:
            await self._runner.cleanup()


class ManualClock:
    """A clock that moves when told."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
