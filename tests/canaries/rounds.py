"""One round: a bot on a Redis that writes everything to disk, its log at DEBUG, all surfaces, crashes among them."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import logging
import socket as sockets
import urllib.request
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import structlog
from redis import Redis
from typer.testing import CliRunner

from bot.__main__ import app
from bot.app import create_bot
from bot.door import PATH
from bot.logs import configure_logging
from bot.playground.standin import SlackStandIn
from handlers import answering
from tests.canaries.notes import Note, Searcher
from tests.redis_fleet import Node, free_ports
from tests.scenarios.conftest import settings_for

SURFACES = ("slash", "mention", "dm", "shortcut", "crash", "review", "malformed", "cli")
REVIEWER = "T0HOSPITAL:U0ADMIN001"
_EXPORTS = (
    ["seal"],
    ["tail", "-n", "10000", "--json"],
    ["search", "--limit", "100000", "--all", "--json"],
    ["stats", "--json"],
    ["insights", "--json"],
    *(["export", "--all", "--reason", "audit", "--format", each] for each in ("jsonl", "csv", "fhir")),
)


@dataclass
class Round:
    """What was searched and what was found; nothing is the promise."""

    sent: dict[str, int] = field(default_factory=dict)
    heaps: dict[str, int] = field(default_factory=dict)  # name to bytes searched
    found: list[str] = field(default_factory=list)
    crashes: int = 0

    def search(self, searcher: Searcher, name: str, heap: bytes) -> None:
        self.heaps[name] = self.heaps.get(name, 0) + len(heap)
        self.found += [f"{name}: {hit}" for hit in searcher.found(heap)]


async def run(notes: list[Note], folder: Path) -> Round:
    """Send every note through a surface, then search everything."""
    round_, searcher = Round(), Searcher(notes)
    (port,) = free_ports(1)
    node = Node(folder / "redis", port, "appendonly yes", "aof-use-rdb-preamble no", "rdbcompression no")
    node.start()
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with _logs() as written:
            await _say(notes, url, folder, round_, searcher)
        round_.search(searcher, "log", written.getvalue().encode())
        await asyncio.to_thread(_cli, notes, url, folder, round_, searcher)  # commands run loops of their own
        with Redis.from_url(url) as client:
            client.save()
            for name, heap in _values(client):
                round_.search(searcher, name, heap)
    finally:
        node.stop()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        name = f"file {path.relative_to(folder).parts[0]}/…{path.suffix}"
        round_.search(searcher, name, gzip.decompress(content) if path.suffix == ".gz" else content)
    return round_


@asynccontextmanager
async def _bot(redis_url: str, folder: Path) -> AsyncIterator[SlackStandIn]:
    much = "100000/min"
    async with SlackStandIn() as slack:
        settings = settings_for(
            slack,
            redis_url,
            CRE_AUDIT_REVIEWERS=REVIEWER,
            CRE_DATA_DIR=str(folder / "data"),
            CRE_LIMIT_USER=much,
            CRE_LIMIT_CHANNEL=much,
            CRE_LIMIT_WORKSPACE=much,
        )
        bot = await create_bot(settings, posts_apart_seconds=0.0)
        try:
            port = await bot.serve_http(sockets.create_server(("127.0.0.1", 0)))
            slack.events_url = f"http://127.0.0.1:{port}{PATH}"
            yield slack
        finally:
            await bot.stop()


async def _say(notes: list[Note], redis_url: str, folder: Path, round_: Round, searcher: Searcher) -> None:
    async with _bot(redis_url, folder) as slack:
        for number, note in enumerate(notes):
            surface = SURFACES[number % len(SURFACES)]
            round_.sent[surface] = round_.sent.get(surface, 0) + 1
            if surface == "crash":
                round_.crashes += await _crashed(slack, note)
            elif surface != "cli":
                await _through(slack, surface, note.text, number)
        base = str(slack.events_url).removesuffix(PATH)
        for path in ("/readyz", "/healthz", "/metrics"):
            round_.search(searcher, f"http {path}", await asyncio.to_thread(_fetched, base + path))
        told = [[call.method, call.args] for call in slack.calls]
        round_.search(searcher, "Slack", json.dumps(told, ensure_ascii=False).encode())


async def _through(slack: SlackStandIn, surface: str, text: str, number: int) -> None:
    who = ("clinician", "pharmacist")[number % 2]
    match surface:
        case "slash":
            await slack.command(who, "icu", text)
        case "mention":
            await slack.mention(who, "icu", text)
        case "dm":
            await slack.direct_message(who, text)
        case "shortcut":
            await slack.say(who, "icu", text)
            await slack.message_shortcut("clinician", slack.workspace.messages[-1])
            for view in slack.workspace.stack(slack.workspace.user_named("clinician")):
                slack.workspace.close_view(view)
        case "review":
            await slack.command(("admin", "clinician")[number % 16 // 8], "icu", f"audit {text}")
            for view in slack.workspace.stack(slack.workspace.user_named("admin")):
                slack.workspace.close_view(view)
        case "malformed":
            payload: dict[str, Any] = {
                "command": "/cre",
                "text": text,
                "team_id": "T0HOSPITAL",
                "user_id": "U0CLINIC01",
            }
            await slack.deliver("slash_commands", payload)
            event = {"type": "app_mention", "text": text, "user": "U0CLINIC01", "channel": "C0ICU00001", "blocks": text}
            await slack.deliver("events_api", {"type": "event_callback", "team_id": "T0HOSPITAL", "event": event})


async def _crashed(slack: SlackStandIn, note: Note) -> int:
    """Something unexpected raises with the text in its words, on the way to the answer."""
    with patch.object(answering, "understand", side_effect=RuntimeError(note.text)):
        sent = await slack.command("clinician", "icu", note.text)
    body = sent.ack.body
    return int(isinstance(body, dict) and "Incident" in str(body.get("text")))


def _cli(notes: list[Note], redis_url: str, folder: Path, round_: Round, searcher: Searcher) -> None:
    """`ask` reads notes; the record is sealed, read and exported as an operator does it."""
    environ = {
        "REDIS_URL": redis_url,
        "CRE_DATA_DIR": str(folder / "data"),
        "XDG_DATA_HOME": str(folder / "home"),
        "COLUMNS": "200",
    }
    runner = CliRunner(env=environ)
    asked = [note for number, note in enumerate(notes) if SURFACES[number % len(SURFACES)] == "cli"]
    lines = "".join(json.dumps({"id": str(n), "text": note.text}) + "\n" for n, note in enumerate(asked))
    for arguments in (["ask", "--jsonl"], ["understand", "--jsonl"]):
        _told(runner.invoke(app, arguments, input=lines), f"cli {arguments[0]}", round_, searcher)
    for note in asked[:2]:
        _told(runner.invoke(app, ["ask", note.text]), "cli ask", round_, searcher)
        _told(runner.invoke(app, ["ask", "--json", note.text]), "cli ask", round_, searcher)
    for arguments in _EXPORTS:
        target = [str(folder / f"export.{arguments[-1]}")] if arguments[0] == "export" else []
        done = runner.invoke(app, ["audit", *arguments, *target])
        _told(done, f"cli audit {arguments[0]}", round_, searcher)


def _told(done: Any, name: str, round_: Round, searcher: Searcher) -> None:
    assert done.exit_code == 0, (name, done.output[-600:])
    round_.search(searcher, name, done.output.encode())


def _values(client: Redis) -> Iterator[tuple[str, bytes]]:
    """Every key with what it holds, unpacked."""
    for key in client.scan_iter(count=1000):
        value: Any
        kind: Any = client.type(key)
        if kind == b"string":
            value = client.get(key)
            value = zlib.decompress(value) if b":p:" in key else value
        elif kind == b"stream":
            value = repr(client.xrange(key)).encode()
        else:
            value = repr(client.hgetall(key) if kind == b"hash" else client.dump(key)).encode()
        yield f"redis {kind.decode()}", key + b" " + value


@contextmanager
def _logs() -> Iterator[io.StringIO]:
    """What the process logs meanwhile, at DEBUG, all libraries too."""
    written, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging("json", "DEBUG", written)
        root.setLevel(logging.DEBUG)
        yield written
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def _fetched(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - the bot's own port
            return bytes(answer.read())
    except OSError:
        return b""
