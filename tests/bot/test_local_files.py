"""A hospital's own files from the setting to the clinician: refused when bad, shown when good, named in the audit."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from typer.testing import CliRunner

from bot.__main__ import app
from bot.app import create_bot
from bot.audit.readers.reading import AuditReader, StoredEntry
from bot.door import PATH
from bot.faults import StartError
from bot.playground.standin import SlackStandIn
from bot.settings import Settings
from knowledge.base import KnowledgeBase

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "example-hospital"
BAD = '[[restriction]]\nantimicrobials = ["cefiderocol"]\ntext = "ask first"\npreferred = true\n'
runner = CliRunner(env={"COLUMNS": "400"})  # tables that fold would part the words looked for


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(retry_delays=()) as slack:
        yield slack


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """The example with one line that tries to loosen, one doubled contact and one file that nothing reads."""
    folder = tmp_path / "local"
    shutil.copytree(EXAMPLE, folder)
    (folder / "restrictions.toml").write_text(BAD, encoding="utf-8")
    contacts = folder / "contacts.toml"
    contacts.write_text(contacts.read_text(encoding="utf-8") * 2, encoding="utf-8")
    (folder / "more.toml").write_text("", encoding="utf-8")
    return folder


def settings_for(slack: SlackStandIn, redis_url: str, local: Path) -> Settings:
    values: dict[str, Any] = {
        "redis_url": SecretStr(redis_url),
        "slack_bot_token": SecretStr(slack.bot_token),
        "slack_signing_secret": SecretStr(slack.signing_secret),
        "slack_api_url": slack.api_url,
        "host": "127.0.0.1",
        "port": 0,
        "local_dir": local,
    }
    return Settings(**values)


async def test_the_bot_does_not_start_on_bad_local_files(slack: SlackStandIn, redis_url: str, bad: Path) -> None:
    """Every fault at once, the attempt to loosen with its reason."""
    with pytest.raises(StartError) as refused:
        await create_bot(settings_for(slack, redis_url, bad))
    told = [fault.problem for fault in refused.value.faults]
    assert any("preferred: a local file cannot add a regimen, allow one or move one up" in each for each in told)
    assert any("contacts.toml: contact: role pharmacy stands 2 times" in each for each in told)
    assert any("more.toml: no such data file is known" in each for each in told)


@pytest.mark.parametrize("command", [["doctor"], ["ask", "kpc pneumonia"]])
def test_commands_name_every_fault_of_local_files(
    monkeypatch: pytest.MonkeyPatch, bad: Path, command: list[str]
) -> None:
    """On standard error, with a failing exit code and no answer."""
    monkeypatch.setenv("CRE_LOCAL_DIR", str(bad))
    result = runner.invoke(app, command)
    assert result.exit_code == 1
    told = " ".join(result.stderr.split())
    for part in ("restrictions.toml", "contacts.toml", "more.toml"):
        assert part in told
    assert "meropenem" not in result.stdout


def test_ask_shows_local_words_and_without_the_setting_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model and the payload both carry them."""
    monkeypatch.setenv("CRE_LOCAL_DIR", str(EXAMPLE))
    said = json.loads(runner.invoke(app, ["ask", "--json", "kpc bacteremia"]).stdout)
    assert said["answer"]["edition"]["overlay_digest"]
    assert said["answer"]["local"]["hospital"] == "Example General Hospital"
    assert "Local (Example General Hospital" in json.dumps(said["blocks"])
    monkeypatch.delenv("CRE_LOCAL_DIR")
    plain = json.loads(runner.invoke(app, ["ask", "--json", "kpc bacteremia"]).stdout)
    assert plain["answer"]["local"] is None
    assert "Local" not in json.dumps(plain["blocks"])


async def test_a_served_answer_carries_them_and_its_audit_entry_the_digest(
    slack: SlackStandIn, redis_url: str, redis: Redis
) -> None:
    """From the signed command to the record; readiness names the digest; on-call messages name the hospital's route."""
    bot = await create_bot(settings_for(slack, redis_url, EXAMPLE))
    try:
        slack.events_url = f"http://127.0.0.1:{await bot.serve_http()}{PATH}"
        sent = await slack.command("clinician", "id-consults", "kpc bacteremia")
        assert sent.shown is not None
        assert "ID approval needed before the first vial" in str(sent.shown)
        digest = KnowledgeBase.load(local=EXAMPLE).edition.overlay_digest
        stored = [each.entry for each in await AuditReader(redis).page(10) if isinstance(each, StoredEntry)]
        (entry,) = [each for each in stored if each.t == "answer.prepared"]
        assert entry.ans["overlay_sha256"] == digest
        (loaded,) = [each for each in stored if each.t == "kb.loaded"]
        assert loaded.sys["overlay_sha256"] == digest
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{bot.port}/readyz") as reply:
            assert (await reply.json())["knowledge"]["overlay_digest"] == digest
        asked = await slack.command("clinician", "id-consults", "kpc")
        assert "pager 555-0142, at night through the operator (Local, Example General Hospital)" in str(asked.shown)
    finally:
        assert await bot.stop(5) == 0
