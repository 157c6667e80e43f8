"""The HTTP face of the stand-in: `POST /api/<method>`, response URLs and the Socket Mode endpoint."""

from __future__ import annotations

import json
import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.playground.methods import METHODS
from bot.playground.records import Json
from bot.playground.refusals import SlackError
from bot.playground.replies import use_response_url
from bot.playground.sockets import SocketMode
from bot.playground.workspace import Workspace
from handlers.blockcheck import check_message

BOT_SCOPES = ("commands", "app_mentions:read", "assistant:write", "chat:write", "im:history", "users:read")
_POSTS = {"chat.postMessage", "chat.postEphemeral", "chat.update", "chat.scheduleMessage", "response_url"}


@dataclass(frozen=True, slots=True)
class Call:
    """One thing Slack received from the app, and what Slack answered."""

    method: str  # a Web API method, "response_url" or "ack"
    args: Json
    answer: Json
    at: float

    @property
    def ok(self) -> bool:
        return bool(self.answer.get("ok"))


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer a test has asked for in advance."""

    error: str
    status: int = 200
    retry_after: int | None = None


class WebApi:
    """The routes, the tokens and the record of calls."""

    def __init__(
        self,
        slack: Workspace,
        sockets: SocketMode,
        *,
        bot_token: str,
        app_token: str,
        scopes: tuple[str, ...],
        posts_apart_seconds: float = 0.0,
    ) -> None:
        self._slack = slack
        self._sockets = sockets
        self.bot_token = bot_token
        self.app_token = app_token
        self._scopes = scopes
        self._posts_apart_seconds = posts_apart_seconds
        self._posted_at: dict[str, float] = {}
        self.calls: list[Call] = []
        self.faults: list[str] = []  # what the project's own check says of payloads, also of those Slack would take
        self.failures: dict[str, deque[Failure]] = defaultdict(deque)
        self.revoked: set[str] = set()  # tokens that somebody uninstalled or replaced
        self.base_url: Callable[[], str] = lambda: ""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.post("/api/{method}", self._call),
            web.get("/api/{method}", self._call),
            web.post("/response/{key}", self._response_url),
            web.get("/link", self._sockets.accept),
        ]

    def record(self, method: str, args: Json, answer: Json) -> None:
        """Keep a call; the payloads of messages go through the Block Kit check as well."""
        if method in _POSTS or method == "ack":
            payload = {key: value for key, value in args.items() if key not in ("token", "post_at")}
            if isinstance(payload.get("blocks"), str):
                try:
                    payload["blocks"] = json.loads(payload["blocks"])
                except ValueError:
                    payload["blocks"] = []
            self.faults.extend(f"{method} {fault}" for fault in check_message(payload))
        self.calls.append(Call(method, args, answer, self._slack.clock()))

    async def _call(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        headers = {"x-oauth-scopes": ",".join(self._scopes), "x-slack-req-id": self._slack.new_id("req")}
        args: Json = {}
        status = 200
        try:
            args = await _arguments(request)
            if self.failures[name]:
                failure = self.failures[name].popleft()
                status = failure.status
                if failure.retry_after is not None:
                    headers["Retry-After"] = str(failure.retry_after)
                raise SlackError(failure.error)
            if wait_seconds := self._too_soon(name, args):
                status, headers["Retry-After"] = 429, str(math.ceil(wait_seconds))
                raise SlackError("ratelimited")
            answer = {"ok": True, **self._answer(name, _token(request, args), args)}
            if name == "chat.postMessage":
                self._posted_at[str(args.get("channel"))] = self._slack.clock()
        except SlackError as refusal:
            answer = {"ok": False, "error": refusal.error, **refusal.more}
        if name in METHODS and METHODS[name].scope:
            headers["x-accepted-oauth-scopes"] = str(METHODS[name].scope)
        self.record(name, args, answer)
        return web.json_response(answer, status=status, headers=headers)

    def _too_soon(self, name: str, args: Json) -> float:
        """Seconds until a channel takes another post, where the stand-in is told to limit as Slack does."""
        if name != "chat.postMessage" or not self._posts_apart_seconds:
            return 0.0
        channel, now = str(args.get("channel")), self._slack.clock()
        return max(0.0, self._posted_at.get(channel, -math.inf) + self._posts_apart_seconds - now)

    def _answer(self, name: str, token: str | None, args: Json) -> Json:
        if name == "api.test":
            return METHODS[name].call(self._slack, args)
        if not token:
            raise SlackError("not_authed")
        if token in self.revoked:
            raise SlackError("token_revoked")
        if token not in (self.bot_token, self.app_token):
            raise SlackError("invalid_auth")
        if name == "apps.connections.open":
            if token != self.app_token:
                raise SlackError("not_allowed_token_type")
            base = self.base_url().replace("http", "ws", 1)
            return {"url": f"{base}/link?ticket={self._sockets.new_ticket()}&app_id={self._slack.app_id}"}
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        if token == self.app_token:
            raise SlackError("not_allowed_token_type")
        if method.scope and method.scope not in self._scopes:
            raise SlackError("missing_scope", needed=method.scope, provided=",".join(self._scopes))
        return method.call(self._slack, args)

    async def _response_url(self, request: web.Request) -> web.Response:
        args: Json = {}
        try:
            args = await _arguments(request)
            use_response_url(self._slack, request.match_info["key"], args)
        except SlackError as refusal:
            answer = {"ok": False, "error": refusal.error, **refusal.more}
            self.record("response_url", args, answer)
            gone = refusal.error in {"expired_url", "used_url", "no_service"}
            return web.json_response(answer, status=404 if gone else 400)
        self.record("response_url", args, {"ok": True})
        return web.json_response({"ok": True})


def _token(request: web.Request, args: Json) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else args.get("token")


async def _arguments(request: web.Request) -> Json:
    """Query, form or JSON, as Slack takes them."""
    if request.content_type == "application/json":
        try:
            args = await request.json()
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(args, dict):
            raise SlackError("json_not_object")
        return args
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return {**request.query, **await request.post()}
    if request.can_read_body:
        raise SlackError("invalid_post_type")
    return dict(request.query)
