"""A running bot sees that its content changed on disk, says so, and goes on answering from what it loaded."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.app import create_bot
from bot.knowing import load_known
from bot.knowledge_watch import KnowledgeWatch, OnDisk
from bot.playground.standin import SlackStandIn
from bot.settings import Settings
from knowledge.files import DATA_FOLDER
from knowledge.governance.recording import record
from tests.scenarios.conftest import settings_for
from tests.servers import RedisServer
from tests.signing import copy_of_the_data

MVB = "antimicrobials/meropenem-vaborbactam.toml"
HOSPITAL = DATA_FOLDER.parent.parent / "deploy" / "example-hospital"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_the_data(tmp_path / "data")


def raise_the_dose(folder: Path) -> None:
    path = folder / MVB
    path.write_text(path.read_text().replace('amount = "2"', 'amount = "3"', 1))


def state_of(watch: KnowledgeWatch) -> str:
    return watch.on_disk.name.lower()


async def test_a_change_is_told_with_what_a_restart_would_make_of_it(folder: Path) -> None:
    """Unrecorded: faulty, with the file. Recorded: sound. Put back: as loaded again. Each look says it once."""
    settings = Settings(knowledge_dir=folder)
    watch = KnowledgeWatch(settings, load_known(settings)[0])
    with capture_logs() as lines:
        await watch.look()
    assert (lines, watch.on_disk) == ([], OnDisk.AS_LOADED)

    raise_the_dose(folder)
    with capture_logs() as lines:
        await watch.look()
    assert state_of(watch) == "faulty"
    (line,) = lines
    assert (line["event"], line["log_level"], line["status"]) == ("knowledge.changed_on_disk", "error", "faulty")
    assert line["faults"][0].startswith(f"{MVB}: is not as recorded")

    record(folder)
    with capture_logs() as lines:
        await watch.look()
        await watch.look()
    assert state_of(watch) == "sound"
    assert [line["status"] for line in lines] == ["sound", "sound"]

    shutil.copytree(DATA_FOLDER, folder, dirs_exist_ok=True)
    with capture_logs() as lines:
        await watch.look()
    assert (watch.on_disk, [line["event"] for line in lines]) == (OnDisk.AS_LOADED, ["knowledge.as_loaded"])


async def test_local_files_are_watched_too(tmp_path: Path) -> None:
    """A note that changed, and a folder that is gone."""
    local = tmp_path / "local"
    shutil.copytree(HOSPITAL, local)
    settings = Settings(local_dir=local)
    watch = KnowledgeWatch(settings, load_known(settings)[0])
    with (local / "notes.toml").open("a") as file:
        file.write("# a comment\n")
    await watch.look()
    assert state_of(watch) == "sound"
    shutil.rmtree(local)
    await watch.look()
    assert state_of(watch) == "faulty"


async def test_it_looks_by_itself_until_it_is_stopped(folder: Path) -> None:
    """At the interval it was given."""
    settings = Settings(knowledge_dir=folder)
    watch = KnowledgeWatch(settings, load_known(settings)[0], seconds=0.001)
    raise_the_dose(folder)
    watch.start()
    async with asyncio.timeout(10):
        while watch.on_disk is OnDisk.AS_LOADED:
            await asyncio.sleep(0)
    await watch.stop()


async def test_readiness_says_it_and_the_loaded_edition_answers(
    folder: Path, redis_servers: dict[str, RedisServer]
) -> None:
    """Still ready; the answer is of the loaded edition."""
    async with SlackStandIn() as slack:
        bot = await create_bot(
            settings_for(slack, redis_servers["redis"].emptied(), CRE_KNOWLEDGE_DIR=str(folder), PORT="0")
        )
        try:
            port = await bot.serve_http()
            raise_the_dose(folder)
            await bot.knowledge_watch.look()
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as reply:
                assert reply.status == 200
                state = (await reply.json())["knowledge"]
            assert state["on_disk"] == "changed: faulty, a restart would be refused"
            assert state["digest"] == bot.knowledge.digest
        finally:
            await bot.stop(5)
