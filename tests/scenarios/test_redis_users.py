"""The users of `deploy/redis/users.acl`: the bot needs nothing more, and can do nothing worse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from bot.audit.archive.archiving import new_sealer
from bot.audit.readers.reading import AuditReader
from bot.redis_store import background_client
from tests.fakes import ManualClock
from tests.redis_fleet import Node, free_ports
from tests.scenarios.conftest import CONSULTS, open_house, said

ACL_FILE = Path(__file__).parents[2] / "deploy" / "redis" / "users.acl"
WORDS = {"BOT": "bot-pass", "SEALER": "sealer-pass", "READER": "reader-pass"}
_REFUSED = "no permissions|can't access at least one of the keys|can't run this command|NOPERM"
YEAR_SECONDS = 365 * 24 * 3600

FORBIDDEN: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("bot", ("SET", "{cre:audit}:log", "x")),
    ("bot", ("DEL", "{cre:audit}:log")),
    ("bot", ("UNLINK", "{cre:audit}:heads")),
    ("bot", ("EXPIRE", "{cre:audit}:log", 1)),
    ("bot", ("EXPIRE", "{cre:audit}:heads", 1)),
    ("bot", ("RENAME", "{cre:audit}:log", "{cre:audit}:old")),
    ("bot", ("XTRIM", "{cre:audit}:log", "MAXLEN", 0)),
    ("bot", ("XDEL", "{cre:audit}:log", "1-1")),
    ("bot", ("EVAL", "return redis.call('DEL', KEYS[1])", 1, "{cre:audit}:log")),
    ("bot", ("EVAL", "return redis.call('SET', KEYS[1], 'x')", 1, "{cre:audit}:log")),
    ("bot", ("HDEL", "{cre:audit}:heads", "w")),
    ("bot", ("FLUSHALL",)),
    ("bot", ("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")),
    ("bot", ("SHUTDOWN",)),
    ("bot", ("KEYS", "*")),
    ("bot", ("GET", "another-program")),
    ("sealer", ("XADD", "{cre:audit}:log", "*", "a", "b")),
    ("sealer", ("DEL", "{cre:audit}:log")),
    ("sealer", ("SET", "{cre:audit}:heads", "x")),
    ("sealer", ("HDEL", "{cre:audit}:heads", "w")),
    ("sealer", ("HSET", "{cre:audit}:heads", "w", "1:x")),
    ("sealer", ("GET", "{cre:adm:T1}:u:U1")),
    ("reader", ("XADD", "{cre:audit}:log", "*", "a", "b")),
    ("reader", ("XTRIM", "{cre:audit}:log", "MAXLEN", 0)),
    ("reader", ("SET", "{cre:audit}:p:x", "x")),
    ("reader", ("EVAL", "return 1", 0)),
    ("reader", ("GET", "{cre:home:T1}:U1:role")),
)


class Guarded:
    """A server with those users, and its own administrator beside them."""

    def __init__(self, folder: Path) -> None:
        users = ACL_FILE.read_text(encoding="utf-8")
        for name, word in WORDS.items():
            assert f">CHANGE-ME-{name} " in users
            users = users.replace(f"CHANGE-ME-{name}", word)
        folder.mkdir()
        file = folder / "users.acl"
        # a Redis takes no comments in this file but whole lines
        lines = [line for line in users.splitlines() if line and not line.startswith("#")]
        file.write_text("\n".join([*lines, "user root on >root ~* &* +@all"]) + "\n")
        (port,) = free_ports(1)
        self._port = port
        self.node = Node(folder / "data", port, f"aclfile {file}", "appendonly yes", 'save ""')

    def url(self, name: str) -> str:
        return f"redis://cre-{name}:{WORDS[name.upper()]}@127.0.0.1:{self._port}/0"

    def root(self) -> Redis:
        return Redis.from_url(f"redis://root:root@127.0.0.1:{self._port}/0")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    server = Guarded(tmp_path_factory.mktemp("redis") / "guarded")
    server.node.start(answers=lambda: server.root().ping())
    yield server
    server.node.stop()


async def test_everything_the_bot_does_is_allowed(guarded: Guarded) -> None:
    """Questions, threads, roles, consult, feedback, sealing, trimming and review: Redis refused nothing."""
    with guarded.root() as root:
        root.acl_log_reset()
    urls = {"CRE_REDIS_READER_URL": guarded.url("reader"), "CRE_REDIS_SEALER_URL": guarded.url("sealer")}
    async with open_house("http", guarded.url("bot"), CRE_CONSULT_CHANNEL=CONSULTS, **urls) as house:
        sent = await house.slack.command("clinician", "icu", "kpc bacteremia crcl 45")
        assert "meropenem-vaborbactam" in said(sent.shown)
        await house.slack.mention("clinician", "icu", "ndm bacteremia")
        root_ts = house.public("clinician")[-1].thread_ts
        await house.slack.mention("clinician", "icu", "and for pneumonia?", thread_ts=root_ts)
        answer = house.public("clinician")[-1]
        await house.slack.click("clinician", answer, "consult")
        await house.slack.open_home("clinician")
        reader = background_client(guarded.url("reader"))
        sealing = background_client(guarded.url("sealer"))
        try:
            clock = ManualClock()
            clock.advance(2 * YEAR_SECONDS)
            sealer = new_sealer(house.bot.settings, sealing, clock, house.bot.audit)
            assert sum(digest.count for digest in await sealer.tick()) > 4
            left = [each.as_json()["t"] for each in await AuditReader(reader).page(50)]
            assert "archive.sealed" in left
            assert "answer.prepared" not in left  # sealed, and old by that clock
        finally:
            await reader.aclose()
            await sealing.aclose()
    with guarded.root() as root:
        assert [_told(each) for each in root.acl_log()] == []


@pytest.mark.parametrize(("name", "words"), FORBIDDEN, ids=[" ".join(map(str, w[:2])) for _, w in FORBIDDEN])
def test_what_would_hurt_the_log_is_refused(guarded: Guarded, name: str, words: tuple[Any, ...]) -> None:
    with Redis.from_url(guarded.url(name)) as client:
        execute: Any = client.execute_command
        with pytest.raises(ResponseError, match=_REFUSED):
            execute(*words)


def _told(entry: dict[str, Any]) -> str:
    return json.dumps({key: str(entry[key]) for key in ("reason", "object", "username", "context")})
