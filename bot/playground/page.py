"""The playground page's own server: static files, JSON for the page, and a stream of changes.

Only for the person at this machine: it listens on loopback, answers to no other Host name (DNS rebinding), takes
POSTs from its own origin only, and its pages may fetch nothing from outside.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.playground.audit_rows import audit_row
from bot.playground.desk import AuditDesk
from bot.playground.page_state import boot, raw, state
from bot.playground.person import Sent
from bot.playground.records import Json, Message, User, View
from bot.playground.scheduling import send_due
from bot.playground.standin import SlackStandIn

ReadAudit = Callable[[int], Awaitable[list[Json]]]

_OWN_NAMES = {"localhost", "127.0.0.1", "::1"}
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_KEEP_ALIVE_SECONDS = 15.0
_AUDIT_ENTRIES = 100


@web.middleware
async def guard(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """Own names and own origin only; every answer carries the strict headers."""
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}")
        origin = request.headers.get("Origin")
        if host.hostname not in _OWN_NAMES:
            raise web.HTTPForbidden(text="this page answers on this machine only")
        if request.method == "POST":
            if (
                origin != f"http://{host.netloc}"
                or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
            ):
                raise web.HTTPForbidden(text="requests come from this page only")
            if request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(_HEADERS)
        raise
    if not response.prepared:
        response.headers.update(_HEADERS)
    return response


class Page:
    """The routes of the page, over one stand-in."""

    def __init__(self, slack: SlackStandIn, read_audit: ReadAudit | None, desk: AuditDesk | None = None) -> None:
        self._slack = slack
        self._read_audit = read_audit
        self._desk = desk
        self._static = {
            each.name: each.read_bytes() for each in (files("bot.playground") / "static").iterdir() if each.is_file()
        }
        self._streams: set[asyncio.Event] = set()
        self._closing = False

    def app(self) -> web.Application:
        app = web.Application(middlewares=[guard], client_max_size=2**20)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/static/{name}", self._file),
                web.get("/ui/boot", self._boot),
                web.get("/ui/state", self._state),
                web.get("/ui/raw", self._raw),
                web.get("/ui/stream", self._stream),
                web.get("/ui/audit", self._audit),
                web.post("/ui/audit/{what}", self._at_desk),
                web.post("/ui/say", self._say),
                web.post("/ui/command", self._command),
                web.post("/ui/act", self._act),
                web.post("/ui/shortcut", self._shortcut),
                web.post("/ui/submit", self._submit),
                web.post("/ui/close", self._close),
                web.post("/ui/home", self._home),
            ]
        )
        return app

    def close_streams(self) -> None:
        """Let every open stream end, so that the server can stop."""
        self._closing = True
        for changed in self._streams:
            changed.set()

    async def _index(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._static["index.html"], content_type="text/html", charset="utf-8")

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound
        return web.Response(body=self._static[name], content_type=_TYPES[name.rpartition(".")[2]], charset="utf-8")

    async def _boot(self, _request: web.Request) -> web.Response:
        return web.json_response(
            boot(self._slack.workspace, has_audit=self._read_audit is not None, has_desk=self._desk is not None)
        )

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(state(self._slack.workspace, self._user(dict(request.query))))

    async def _raw(self, request: web.Request) -> web.Response:
        args = dict(request.query)
        user, message = self._user(args), self._message(args)
        return web.json_response(raw(self._slack.workspace, user, message))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one line with the revision after every change."""
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        changed = asyncio.Event()
        changed.set()
        stop = self._slack.workspace.watch(changed.set)
        self._streams.add(changed)
        try:
            while not self._closing:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), _KEEP_ALIVE_SECONDS)
                changed.clear()
                send_due(self._slack.workspace)
                await response.write(f"data: {self._slack.workspace.revision}\n\n".encode())
        except (ConnectionError, asyncio.CancelledError):
            pass  # the page was closed
        finally:
            stop()
            self._streams.discard(changed)
        return response

    async def _audit(self, request: web.Request) -> web.Response:
        if self._read_audit is None:
            raise web.HTTPNotFound
        if self._user(dict(request.query)).role != "admin":
            raise web.HTTPForbidden(text="the audit log is for the admin")
        entries = await self._read_audit(_AUDIT_ENTRIES)
        return web.json_response({"entries": [audit_row(entry) for entry in entries]})

    async def _at_desk(self, request: web.Request) -> web.Response:
        """Insights, verify, and the demonstration: they are recorded, so the page posts for them."""
        args = await _json(request)
        if self._desk is None:
            raise web.HTTPNotFound
        if self._user(args).role != "admin":
            raise web.HTTPForbidden(text="the audit log is for the admin")
        match request.match_info["what"]:
            case "insights":
                return web.json_response(await self._desk.insights())
            case "verify":
                return web.json_response(await self._desk.verify())
            case "tamper":
                return web.json_response(await self._desk.tamper(_word(args, "kind")))
        raise web.HTTPNotFound

    async def _say(self, request: web.Request) -> web.Response:
        args = await _json(request)
        sent = await self._slack.say(
            self._user(args).id, self._channel(args), _word(args, "text"), args.get("thread_ts")
        )
        return _answer(sent)

    async def _command(self, request: web.Request) -> web.Response:
        args = await _json(request)
        command, _, text = _word(args, "text").strip().partition(" ")
        return _answer(await self._slack.command(self._user(args).id, self._channel(args), text.strip(), command))

    async def _act(self, request: web.Request) -> web.Response:
        args = await _json(request)
        user = self._user(args)
        target: Message | View | None = self._slack.workspace.find_view(str(args.get("view_id")))
        if "view_id" not in args:
            target = self._message(args)
        if target is None:
            raise web.HTTPNotFound
        try:
            for action_id, value in dict(args.get("kept") or {}).items():
                self._slack.fill(target, action_id, value, user.id)
            return _answer(await self._slack.select(user.id, target, _word(args, "action_id"), args.get("value")))
        except LookupError:
            raise web.HTTPBadRequest(text="no such element or option") from None

    async def _shortcut(self, request: web.Request) -> web.Response:
        args = await _json(request)
        user, message = self._user(args), self._message(args)
        if message.only_for:
            raise web.HTTPBadRequest(text="an ephemeral message has no shortcuts")
        return _answer(await self._slack.message_shortcut(user.id, message))

    async def _submit(self, request: web.Request) -> web.Response:
        args = await _json(request)
        view = self._slack.workspace.views.get(str(args.get("view_id")))
        if view is None or not isinstance(args.get("values"), dict):
            raise web.HTTPNotFound
        try:
            return _answer(await self._slack.submit_view(self._user(args).id, view, args["values"]))
        except LookupError:
            raise web.HTTPBadRequest(text="no such element or option") from None

    async def _home(self, request: web.Request) -> web.Response:
        args = await _json(request)
        if _word(args, "tab") not in ("home", "messages"):
            raise web.HTTPBadRequest(text="no such tab")
        return _answer(await self._slack.open_home(self._user(args).id, args["tab"]))

    async def _close(self, request: web.Request) -> web.Response:
        args = await _json(request)
        view = self._slack.workspace.views.get(str(args.get("view_id")))
        if view is None:
            raise web.HTTPNotFound
        return _answer(await self._slack.close_view(self._user(args).id, view))

    def _user(self, args: Json) -> User:
        try:
            return self._slack.workspace.user_named(str(args.get("user")))
        except KeyError:
            raise web.HTTPBadRequest(text="no such user") from None

    def _message(self, args: Json) -> Message:
        """A message this person sees."""
        message = self._slack.workspace.find(self._channel(args), _word(args, "ts"))
        if message is None or message.only_for not in (None, self._user(args).id):
            raise web.HTTPNotFound
        return message

    def _channel(self, args: Json) -> str:
        channel = self._slack.workspace.channels.get(_word(args, "channel"))
        if channel is None or self._user(args).id not in channel.members:
            raise web.HTTPBadRequest(text="no such channel")
        return channel.id


async def _json(request: web.Request) -> Json:
    with contextlib.suppress(ValueError):
        args = await request.json()
        if isinstance(args, dict):
            return args
    raise web.HTTPBadRequest(text="not a JSON object")


def _word(args: Json, name: str) -> str:
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise web.HTTPBadRequest(text=f"{name} is missing")
    return value


def _answer(sent: Sent | None) -> web.Response:
    """How the bot acknowledged, for the page to say so when it did not."""
    if sent is None:
        return web.json_response({"delivered": False})
    return web.json_response({"delivered": True, "ok": sent.ok, "error": sent.ack.error, "why": sent.why[:3]})
