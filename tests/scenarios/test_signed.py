"""What Slack receives says who has approved the content, and for how long that holds."""

from __future__ import annotations

import json
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.app import create_bot
from bot.door import PATH
from bot.playground.standin import SlackStandIn
from knowledge.governance.recording import record
from tests.scenarios.conftest import settings_for
from tests.servers import RedisServer
from tests.signing import Reviewer, approve, copy_of_the_data, signers_file

MARIA = Reviewer("Maria Example", "ID pharmacist")
JON = Reviewer("Jon Sample", "ID physician")
APPROVED = "Approved by Jon Sample, ID physician and Maria Example, ID pharmacist on 23 November 2026"


@asynccontextmanager
async def answering(redis_url: str, **settings: str) -> AsyncIterator[SlackStandIn]:
    """A bot over HTTP with these settings, until its block ends."""
    async with SlackStandIn() as slack:
        bot = await create_bot(settings_for(slack, redis_url, **settings))
        listener = sockets.create_server(("127.0.0.1", 0))
        slack.events_url = f"http://127.0.0.1:{await bot.serve_http(listener)}{PATH}"
        try:
            yield slack
        finally:
            await bot.stop()


async def test_slack_shows_the_computed_status(tmp_path: Path, redis_servers: dict[str, RedisServer]) -> None:
    """Approved while the content is what was signed; after one digit is changed and recorded, awaiting review."""
    redis_url = redis_servers["redis"].emptied()
    data = copy_of_the_data(tmp_path / "data")
    approve(data, MARIA, JON)
    signers = signers_file(tmp_path / "signers.toml", MARIA, JON)
    given = {"CRE_KNOWLEDGE_DIR": str(data), "CRE_SIGNERS_FILE": str(signers)}
    async with answering(redis_url, **given) as slack:
        sent = await slack.command("clinician", "id-consults", "kpc bacteremia")
        assert sent.shown is not None
        assert APPROVED in json.dumps(sent.shown.blocks)
        assert APPROVED in sent.shown.text
    drug = data / "antimicrobials" / "meropenem-vaborbactam.toml"
    drug.write_text(drug.read_text().replace('amount = "2"', 'amount = "3"', 1))
    record(data)
    async with answering(redis_url, **given) as slack:
        sent = await slack.command("clinician", "id-consults", "kpc bacteremia")
        assert sent.shown is not None
        assert "Awaiting review" in json.dumps(sent.shown.blocks)
        assert "Approved" not in json.dumps(sent.shown.blocks)
