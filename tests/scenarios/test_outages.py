"""Redis away: the asker hears so in time; Redis back: answers come again; nothing unrecorded between."""

from __future__ import annotations

import json
import socket as sockets
import tempfile
from pathlib import Path

from bot.app import create_bot
from bot.audit.reading import AuditReader, StoredEntry
from bot.door import PATH
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from tests.scenarios.conftest import settings_for
from tests.servers import RedisServer


async def test_redis_away_and_back() -> None:
    """A private word with the on-call route while Redis is away, and an answer as soon as it is back."""
    with tempfile.TemporaryDirectory(prefix="cre-") as folder:
        server = RedisServer("valkey", Path(folder) / "r")
        server.start()
        async with SlackStandIn(retry_delays=()) as slack:
            bot = await create_bot(settings_for(slack, server.url))
            port = await bot.serve_http(sockets.create_server(("127.0.0.1", 0)))
            slack.events_url = f"http://127.0.0.1:{port}{PATH}"
            try:
                first = await slack.command("clinician", "icu", "kpc bacteremia")
                assert "meropenem-vaborbactam" in json.dumps(first.ack.body)
                server.stop()
                away = await slack.command("clinician", "icu", "kpc bacteremia")
                assert away.ok
                assert "never answer unrecorded" in json.dumps(away.ack.body)
                assert "pager 4242" in json.dumps(away.ack.body)
                assert "meropenem" not in json.dumps(away.ack.body)
                await slack.mention("clinician", "icu", "ndm pneumonia")
                assert slack.received("chat.postMessage") == []
                (told,) = slack.received("chat.postEphemeral")
                assert "pager 4242" in json.dumps(told)
                assert (await bot.readiness())["ready"] is False
                server.start()
                back = await slack.command("clinician", "icu", "kpc bacteremia")
                assert "meropenem-vaborbactam" in json.dumps(back.ack.body)
                client = request_client(server.url)
                entries = await AuditReader(client).page(10)
                await client.aclose()
                began = [e for e in entries if isinstance(e, StoredEntry) and e.entry.t == "answer.prepared"]
                assert len(began) == 1  # this server keeps nothing over a restart; the new answer is recorded
            finally:
                await bot.stop()
        server.stop()
