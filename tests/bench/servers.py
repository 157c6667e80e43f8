"""What is measured, each as a process of its own: `python -m tests.bench.servers KIND PORT SECRET API_URL REDIS_URL`.

`bolt`: Bolt's async app as its documentation starts it, which only acknowledges. `bot`: the whole of ours.
`floor`: the least a program could do for a signed request, raw protocol and one script call.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import sys

import uvloop
from redis.asyncio import Redis
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.app import create_bot
from bot.logs import configure_logging
from bot.serving import settle_memory
from bot.settings import Mode, load_settings

_LONG = 365 * 24 * 3600


async def bolt(port: int, secret: str, api_url: str) -> None:
    """Bolt's own server on aiohttp; authorisation from memory, since a stand-in's auth.test is not what is measured."""
    logging.disable(logging.CRITICAL)

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0BENCH", bot_user_id="U0BOT", bot_id="B0", bot_token="xoxb-b"
        )

    app = AsyncApp(signing_secret=secret, authorize=authorize)

    @app.command("/cre")
    async def answer(ack):  # type: ignore[no-untyped-def]  # as in Bolt's own examples
        await ack("ok")

    server = app.server(port=port, path="/slack/events", host="127.0.0.1")
    from aiohttp import web

    runner = web.AppRunner(server.web_app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.sleep(_LONG)


async def bot(port: int, secret: str, api_url: str, redis_url: str, folder: str) -> None:
    """Ours, as `cre-bot serve` runs it, with limits that a load does not reach."""
    configure_logging("json", "ERROR")
    many = "100000/s burst 100000"
    settings = load_settings(
        Mode.HTTP,
        {
            "SLACK_BOT_TOKEN": "xoxb-local-bot",
            "SLACK_SIGNING_SECRET": secret,
            "SLACK_API_URL": api_url,
            "REDIS_URL": redis_url,
            "CRE_DATA_DIR": folder,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "CRE_LIMIT_USER": many,
            "CRE_LIMIT_CHANNEL": many,
            "CRE_LIMIT_WORKSPACE": many,
        },
    )
    running = await create_bot(settings)
    await running.serve_http()
    settle_memory()
    print("ready", flush=True)
    await asyncio.sleep(_LONG)


class _Floor(asyncio.Protocol):
    """Reads one request at a time, checks its signature, runs one script, answers."""

    def __init__(self, secret: bytes, redis: Redis) -> None:
        self._secret, self._redis, self._seen = secret, redis, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, end, body = self._seen.partition(b"\r\n\r\n")
        if not end:
            return
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if len(body) < int(headers[b"content-length"]):
            return
        self._seen = b""
        base = b"v0:" + headers[b"x-slack-request-timestamp"] + b":" + body
        good = hmac.compare_digest(
            b"v0=" + hmac.new(self._secret, base, hashlib.sha256).hexdigest().encode(), headers[b"x-slack-signature"]
        )
        self._task = asyncio.ensure_future(self._answer(good))

    async def _answer(self, good: bool) -> None:
        await self._redis.eval("return redis.call('INCR', KEYS[1])", 1, "floor")
        status = b"200 OK" if good else b"401 Unauthorized"
        self._transport.write(  # type: ignore[attr-defined]  # a TCP transport
            b"HTTP/1.1 " + status + b"\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
        )


async def floor(port: int, secret: str, redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: _Floor(secret.encode(), redis), "127.0.0.1", port)
    print("ready", flush=True)
    await asyncio.sleep(_LONG)


def main() -> None:
    kind, port, secret, api_url, redis_url, folder = sys.argv[1:7]
    if kind == "bolt":
        asyncio.run(bolt(int(port), secret, api_url))
    elif kind == "bot":
        uvloop.run(bot(int(port), secret, api_url, redis_url, folder))
    else:
        uvloop.run(floor(int(port), secret, redis_url))


if __name__ == "__main__":
    main()
