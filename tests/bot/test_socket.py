"""Socket Mode against the stand-in: the same way as HTTP, through a connection that comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.bolt_app import new_bolt_app
from bot.dispatch import Dispatcher
from bot.error_handler import ErrorHandler
from bot.playground.standin import SlackStandIn
from bot.slack_client import SlackRefusedError, identify, new_session, web_client
from bot.socket import SocketDoor
from bot.tasks import TaskRegistry
from tests.fakes import ManualClock, RecordingOutbox


@dataclass
class Wire:
    """The stand-in and the bot's end of the socket."""

    slack: SlackStandIn
    door: SocketDoor
    dispatcher: Dispatcher
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    crash: bool = False


@pytest.fixture
async def wire(clock: ManualClock) -> AsyncIterator[Wire]:
    async with SlackStandIn(clock=lambda: clock.seconds, retry_delays=()) as slack, new_session() as session:
        client = web_client(slack.bot_token, slack.api_url, session)
        app = new_bolt_app(client, await identify(client))
        tasks = TaskRegistry()
        errors = ErrorHandler(RecordingOutbox(), tasks, "the ID pager")
        errors.register(app)
        dispatcher = Dispatcher(app, errors, "the ID pager", limit=2)
        door = SocketDoor(dispatcher, client, slack.app_token, watch_seconds=0.01, down_seconds=0.02)
        wire = Wire(slack, door, dispatcher)

        async def handle(kind: str, context: dict[str, Any]) -> None:
            wire.seen.append((kind, {name: value for name, value in context.items() if name.startswith("cre_")}))
            if wire.hold is not None:
                await wire.hold.wait()
            if wire.crash:
                raise RuntimeError

        async def command(ack: Any, context: dict[str, Any]) -> None:
            await handle("command", context)
            await ack(text="an answer", response_type="ephemeral")

        async def mention(context: dict[str, Any]) -> None:
            await handle("mention", context)

        app.command("/cre")(command)
        app.event("app_mention")(mention)
        await door.start()
        yield wire
        await tasks.drain(5)
        await door.close()


async def test_a_command_is_answered_in_the_acknowledgement(wire: Wire) -> None:
    """The ack's payload is what HTTP would have sent as its body."""
    sent = await wire.slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown is not None
    assert sent.shown.text == "an answer"
    assert wire.seen == [("command", {"cre_transport": "socket", "cre_retry": 0, "cre_signature_sha256": None})]


async def test_an_event_is_acknowledged_when_its_listener_is_done(wire: Wire) -> None:
    """And only then."""
    sent = await wire.slack.mention("clinician", "id-consults", "ndm pneumonia")
    assert sent.ok
    assert [kind for kind, _ in wire.seen] == ["mention"]


async def test_a_failing_listener_is_told_and_acknowledged(wire: Wire) -> None:
    """The clinician hears of the incident; Slack does not deliver it again."""
    wire.crash = True
    sent = await wire.slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown is not None
    assert "Incident" in sent.shown.text


async def test_beyond_the_bound_commands_hear_busy_and_events_come_again(wire: Wire) -> None:
    """The SDK itself bounds nothing."""
    wire.hold = asyncio.Event()
    held = [asyncio.create_task(wire.slack.command("clinician", "icu", "kpc")) for _ in range(2)]
    while len(wire.seen) < 2:
        await asyncio.sleep(0)
    third = await wire.slack.command("pharmacist", "icu", "kpc")
    assert third.shown is not None
    assert "busy" in third.shown.text
    wire.slack.courier.ack_seconds = 0.05
    assert not (await wire.slack.mention("clinician", "icu", "ndm")).ok
    wire.hold.set()
    assert [bool(sent.shown) for sent in await asyncio.gather(*held)] == [True, True]


async def test_it_reconnects_when_slack_asks_to(wire: Wire) -> None:
    """Slack refreshes connections every few hours."""
    (old,) = wire.slack.sockets.links
    await wire.slack.sockets.disconnect()
    while old in wire.slack.sockets.links or not wire.slack.sockets.links:
        await asyncio.sleep(0)
    sent = await wire.slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown is not None


async def test_a_client_that_stays_down_is_replaced(wire: Wire) -> None:
    """The SDK repeats an address that is good for once only; a new client asks for a new one."""
    stuck = wire.door._client
    assert stuck is not None
    stuck.stale = True
    stuck.auto_reconnect_enabled = stuck.default_auto_reconnect_enabled = False
    while wire.door._client is stuck or not await wire.door.is_connected():
        await asyncio.sleep(0.001)
    sent = await wire.slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown is not None


async def test_a_refused_app_token_is_told_at_once(wire: Wire) -> None:
    """The SDK alone would try it for ever."""
    door = SocketDoor(wire.dispatcher, wire.door._web_client, "xapp-wrong")
    with pytest.raises(SlackRefusedError, match="invalid_auth"):
        await door.start()
    assert not await door.is_connected()


async def test_a_revoked_app_token_is_told_and_a_new_one_in_its_file_taken(wire: Wire, tmp_path: Path) -> None:
    """The connection is gone and Slack opens no other: its word is known; the new token brings it back."""
    file = tmp_path / "app"
    file.write_text(wire.slack.app_token)
    door = SocketDoor(wire.dispatcher, wire.door._web_client, wire.slack.app_token, 0.01, 0.02, token_file=file)
    await wire.door.close()
    await door.start()
    wire.slack.web_api.revoked.add(wire.slack.app_token)
    stuck = door._client
    assert stuck is not None
    stuck.stale = True
    stuck.auto_reconnect_enabled = stuck.default_auto_reconnect_enabled = False
    async with asyncio.timeout(10):
        while door.refused is None:
            await asyncio.sleep(0.005)
        assert door.refused == "token_revoked"
        wire.slack.web_api.app_token = "xapp-new"
        file.write_text("xapp-new\n")
        while door.refused is not None or not await door.is_connected():
            await asyncio.sleep(0.005)
    sent = await wire.slack.command("clinician", "id-consults", "kpc bacteremia")
    assert sent.shown is not None
    await door.close()


async def test_what_is_in_flight_is_acknowledged_before_the_socket_closes(wire: Wire) -> None:
    """SIGTERM in Socket Mode: drained, acknowledged, then closed."""
    wire.hold = asyncio.Event()
    asked = asyncio.create_task(wire.slack.command("clinician", "icu", "kpc"))
    while not wire.seen:
        await asyncio.sleep(0)

    async def stop() -> None:
        assert await wire.dispatcher.drain(5) == 0
        await wire.door.close()

    stopping = asyncio.create_task(stop())
    await asyncio.sleep(0)
    wire.hold.set()
    await stopping
    sent = await asked
    assert sent.shown is not None
    assert sent.shown.text == "an answer"
