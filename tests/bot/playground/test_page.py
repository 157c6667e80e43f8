"""The page answers this machine and its own origin only, under a strict policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.playground.app import Playground, PortInUseError
from bot.playground.standin import SlackStandIn
from tests.bot.playground.tiny_bot import TinyBot

Json = dict[str, Any]
CHANNEL = "C0IDCONS01"


async def read_audit(limit: int) -> list[Json]:
    return [{"rid": "1", "ts": limit}, {"rid": "2", "ask": None}, {"id": "3-0", "unreadable": "broken"}]


@pytest.fixture
async def playground(bot: TinyBot) -> AsyncIterator[Playground]:
    slack = SlackStandIn(events_url=bot.url, ack_seconds=0.3, retry_delays=())
    playground = Playground(port=0, read_audit=read_audit, slack=slack)
    await playground.start()
    yield playground
    await playground.stop()


@pytest.fixture
async def http(playground: Playground) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(playground.url, headers={"Origin": playground.url}) as session:
        yield session


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil:80"])
async def test_no_other_host_name_is_answered(http: aiohttp.ClientSession, host: str) -> None:
    async with http.get("/", headers={"Host": host}) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["localhost:3940", "127.0.0.1", "[::1]:3940", "LOCALHOST"])
async def test_the_names_of_this_machine_are_answered(http: aiohttp.ClientSession, host: str) -> None:
    async with http.get("/", headers={"Host": host}) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_post_from_elsewhere_is_refused(
    http: aiohttp.ClientSession, headers: dict[str, str], bot: TinyBot
) -> None:
    body = {"user": "clinician", "channel": CHANNEL, "text": "/cre kpc"}
    async with http.post("/ui/command", json=body, headers=headers) as response:
        assert response.status == 403
    assert bot.got == []


async def test_a_form_cannot_post(http: aiohttp.ClientSession) -> None:
    async with http.post("/ui/command", data="{}", headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/static/styles.css", "/ui/boot", "/nope", "/static/nope"])
async def test_every_answer_has_the_strict_headers(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
        )
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e%2fapp.py", "/static/..%2f..%2fsettings.py"])
async def test_no_file_outside_is_served(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(path) as response:
        assert response.status == 404


async def test_only_the_admin_reads_the_audit_log(http: aiohttp.ClientSession) -> None:
    async with http.get("/ui/audit?user=clinician") as response:
        assert response.status == 403
    async with http.get("/ui/audit?user=admin") as response:
        entries = (await response.json())["entries"]
    assert [(each["rid"], each.get("time")) for each in entries] == [("1", 100), ("2", None), ("3-0", None)]
    assert entries[2]["outcome"] == "unreadable"


async def test_without_a_log_there_is_none_to_read(bot: TinyBot) -> None:
    playground = Playground(port=0, slack=SlackStandIn(events_url=bot.url))
    await playground.start()
    try:
        async with aiohttp.ClientSession() as session, session.get(playground.url + "/ui/audit?user=admin") as response:
            assert response.status == 404
    finally:
        await playground.stop()


async def test_a_command_goes_to_the_bot_and_a_private_answer_to_its_asker_alone(
    http: aiohttp.ClientSession, bot: TinyBot
) -> None:
    bot.answers = [{"text": "KPC, blood"}]
    body = {"user": "clinician", "channel": CHANNEL, "text": "/cre kpc blood"}
    async with http.post("/ui/command", json=body) as response:
        assert await response.json() == {"delivered": True, "ok": True, "error": None, "why": []}
    assert bot.got[0].payload["text"] == "kpc blood"
    for user, count in [("clinician", 1), ("pharmacist", 0)]:
        async with http.get(f"/ui/state?user={user}") as response:
            assert len((await response.json())["messages"]) == count
    async with http.get("/ui/state?user=clinician") as response:
        ts = (await response.json())["messages"][0]["ts"]
    act = {"user": "pharmacist", "channel": CHANNEL, "ts": ts, "action_id": "x"}
    async with http.post("/ui/act", json=act) as response:
        assert response.status == 404, "nobody presses in somebody else's private message"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/ui/say", {"user": "nobody", "channel": CHANNEL, "text": "x"}, 400),
        ("/ui/say", {"user": "clinician", "channel": CHANNEL}, 400),
        ("/ui/say", {"user": "clinician", "channel": "C999", "text": "x"}, 400),
        ("/ui/command", {"user": "clinician", "channel": CHANNEL, "text": 5}, 400),
        ("/ui/act", {"user": "clinician", "view_id": "V9", "action_id": "x"}, 404),
        ("/ui/submit", {"user": "clinician", "view_id": "V9", "values": {}}, 404),
        ("/ui/close", {"user": "clinician", "view_id": "V9"}, 404),
        ("/ui/close", [], 400),
    ],
)
async def test_wrong_requests_are_refused(http: aiohttp.ClientSession, path: str, body: object, status: int) -> None:
    async with http.post(path, json=body) as response:
        assert response.status == status


async def test_the_stream_tells_of_every_change(http: aiohttp.ClientSession, playground: Playground) -> None:
    async with http.get("/ui/stream") as response:
        first = await asyncio.wait_for(response.content.readuntil(b"\n\n"), 2)
        await playground.slack.say("clinician", CHANNEL, "morning")
        second = await asyncio.wait_for(response.content.readuntil(b"\n\n"), 2)
    assert int(second[6:]) > int(first[6:])


async def test_a_used_port_is_said_to_be_used(playground: Playground) -> None:
    port = int(playground.url.rpartition(":")[2])
    other = Playground(port=port)
    with pytest.raises(PortInUseError, match=str(port)):
        await other.start()
    await other.stop()


async def test_it_listens_on_loopback_only() -> None:
    with pytest.raises(ValueError, match="loopback"):
        Playground(host="0.0.0.0")  # noqa: S104 - refused
