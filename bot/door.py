"""The HTTP door: size, encoding, time and signature of the raw body are checked before anything parses it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from multidict import CIMultiDictProxy

from bot.bodies import Unreadable, read_body
from bot.current import current_request
from bot.dispatch import Delivery, Dispatcher, UnexpectedShape
from bot.signature import SignatureRefused, check_signature
from handlers.ports import Clock

PATH = "/slack/events"
MAX_BODY_BYTES = 256 * 1024
BODY_SECONDS = 5.0
RUNNER_OPTIONS: dict[str, Any] = {
    "auto_decompress": False,  # a 200 kB bomb costs a second of CPU
    "access_log": None,  # request lines say nothing that the audit log does not
    "lingering_time": 2.0,  # how long the rest of a refused body is read
}

Readiness = Callable[[], Awaitable[dict[str, Any]]]
_log = structlog.get_logger(__name__)


class Refused(Exception):
    """An HTTP refusal with a short reason that quotes nothing."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Door:
    """Serves /slack/events (with a signing secret), /healthz and /readyz."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        readiness: Readiness,
        clock: Clock,
        signing_secret: str | None,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._dispatcher = dispatcher
        self._readiness = readiness
        self._clock = clock
        self._signing_secret = signing_secret
        self._body_seconds = body_seconds

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        if self._signing_secret is not None:
            app.router.add_post(PATH, self.events)
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        return app

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(self, _: web.Request) -> web.Response:
        state = await self._readiness()
        return web.json_response(state, status=200 if state["ready"] else 503)

    async def events(self, request: web.Request) -> web.Response:
        """One request of Slack."""
        try:
            raw = await self._raw_body(request)
            signature_sha256 = self._checked(request.headers, raw)
            body = read_body(raw, request.headers.get("Content-Type", ""))
            response = await self._answer(body, Delivery("http", _retry(request.headers), signature_sha256))
            return await _written(request, response)
        except Refused as refused:
            return _refusal(refused.status, refused.reason)
        except Unreadable as unreadable:
            return _refusal(400, str(unreadable))
        except UnexpectedShape:
            return _refusal(400, "this is no request that Slack sends")

    async def _raw_body(self, request: web.Request) -> bytes:
        if request.headers.getall("Content-Encoding", ["identity"]) != ["identity"]:
            raise Refused(415, "a compressed body is not accepted")
        if (request.content_length or 0) > MAX_BODY_BYTES:
            raise Refused(413, f"the body is larger than {MAX_BODY_BYTES // 1024} KiB")
        raw = bytearray()
        try:
            async with asyncio.timeout(self._body_seconds):
                async for chunk in request.content.iter_any():
                    raw += chunk
                    if len(raw) > MAX_BODY_BYTES:
                        raise Refused(413, f"the body is larger than {MAX_BODY_BYTES // 1024} KiB")
        except TimeoutError:
            raise Refused(408, "the body did not arrive in time") from None
        return bytes(raw)

    def _checked(self, headers: CIMultiDictProxy[str], raw: bytes) -> str:
        if self._signing_secret is None:
            raise Refused(404, "not found")
        try:
            return check_signature(
                self._signing_secret,
                headers.getall("X-Slack-Request-Timestamp", []),
                headers.getall("X-Slack-Signature", []),
                raw,
                self._clock.now_ms() / 1000,
            )
        except SignatureRefused as refused:
            raise Refused(401, str(refused)) from None

    async def _answer(self, body: dict[str, Any], delivery: Delivery) -> web.Response:
        if body.get("ssl_check"):
            return web.Response(status=200)
        if body.get("type") == "url_verification":
            challenge = body.get("challenge")
            if not isinstance(challenge, str):
                raise Refused(400, "url_verification without a challenge")
            return web.json_response({"challenge": challenge})
        response = await self._dispatcher.dispatch(body, delivery)
        content_type = response.headers.get("content-type", ["text/plain;charset=utf-8"])[0]
        return web.Response(status=response.status, body=response.body.encode(), headers={"Content-Type": content_type})


async def _written(request: web.Request, response: web.Response) -> web.Response:
    """Write the response to its end here, so that the record can say whether it left."""
    current = current_request.get()
    if current is None or not current.after_ack:
        return response
    written = False
    try:
        await response.prepare(request)
        await response.write_eof()
        written = True
    finally:
        current.acknowledged(written)
    return response


def _retry(headers: CIMultiDictProxy[str]) -> int:
    value = headers.get("X-Slack-Retry-Num", "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0


def _refusal(status: int, reason: str) -> web.Response:
    _log.warning("door.refused", status=status, reason=reason)
    response = web.json_response({"ok": False, "error": reason}, status=status)
    if status in (408, 413, 415):
        response.force_close()  # the rest of that body is not wanted
    return response
