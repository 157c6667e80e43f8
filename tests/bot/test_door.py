"""The HTTP door over real connections: only what Slack signed gets in, and everything else hears why."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.bodies import Unreadable, read_body
from bot.bolt_app import new_bolt_app
from bot.current import current_request
from bot.dispatch import Delivery, Dispatcher
from bot.door import MAX_BODY_BYTES, PATH, RUNNER_OPTIONS, Door
from bot.error_handler import ErrorHandler
from bot.signature import SignatureRefused, check_signature, sign
from bot.slack_client import Identity
from bot.tasks import TaskRegistry
from tests.fakes import ManualClock, RecordingOutbox

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
IDENTITY = Identity(team="T0001", bot_user="UBOT", bot="B0001")
FORM = "application/x-www-form-urlencoded"
COMMAND = {"command": "/cre", "text": "kpc bacteremia", "team_id": "T0001", "user_id": "U1", "channel_id": "C1"}
MENTION = {
    "type": "event_callback",
    "team_id": "T0001",
    "event": {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.1", "text": "<@UBOT> ndm"},
}


@dataclass
class Street:
    """The door, what came through it, and a hand that knocks."""

    clock: ManualClock
    session: aiohttp.ClientSession
    port: int = 0
    ready: bool = True
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    crash: Exception | None = None
    outbox: RecordingOutbox = field(default_factory=RecordingOutbox)
    tasks: TaskRegistry = field(default_factory=TaskRegistry)
    dispatcher: Dispatcher | None = None

    def headers(self, body: bytes, content_type: str, **changes: str) -> CIMultiDict[str]:
        timestamp = changes.get("timestamp", str(int(self.clock.seconds)))
        signature = changes.get("signature", sign(changes.get("secret", SECRET), timestamp, body))
        return CIMultiDict(
            {"Content-Type": content_type, "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
        )

    async def send(
        self, body: bytes, headers: CIMultiDict[str], path: str = PATH, method: str = "POST"
    ) -> tuple[int, Any]:
        url = f"http://127.0.0.1:{self.port}{path}"
        async with self.session.request(method, url, data=body, headers=headers) as reply:
            raw = await reply.read()
            return reply.status, json.loads(raw) if raw[:1] == b"{" else raw.decode()

    async def knock(self, body: bytes | dict[str, Any], content_type: str = FORM, **changes: str) -> tuple[int, Any]:
        """A signed request, unless `changes` say otherwise."""
        if isinstance(body, dict):
            body = urlencode(body).encode() if content_type == FORM else json.dumps(body).encode()
        return await self.send(body, self.headers(body, content_type, **changes))


def listen(app: AsyncApp, street: Street) -> None:
    async def handle(body: dict[str, Any], context: dict[str, Any]) -> None:
        street.seen.append((body, {name: value for name, value in context.items() if name.startswith("cre_")}))
        if street.hold is not None:
            await street.hold.wait()
        if street.crash is not None:
            raise street.crash

    async def command(ack: Any, body: dict[str, Any], context: dict[str, Any]) -> None:
        await handle(body, context)
        await ack(text="an answer", response_type="ephemeral")

    async def tap(ack: Any, body: dict[str, Any], context: dict[str, Any]) -> None:
        await ack()
        await handle(body, context)

    app.command("/cre")(command)
    app.event("app_mention")(handle)
    app.action("pick")(tap)


@pytest.fixture
async def street(clock: ManualClock) -> AsyncIterator[Street]:
    async with aiohttp.ClientSession() as session:
        street = Street(clock, session)
        app = new_bolt_app(AsyncWebClient(token="xoxb-test"), IDENTITY)
        errors = ErrorHandler(street.outbox, street.tasks, "the ID pager")
        errors.register(app)
        listen(app, street)
        street.dispatcher = Dispatcher(app, errors, "the ID pager", limit=3)

        async def readiness() -> dict[str, Any]:
            return {"ready": street.ready}

        door = Door(street.dispatcher, readiness, clock, SECRET, body_seconds=0.2)
        runner = web.AppRunner(door.application(), **RUNNER_OPTIONS)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        street.port = runner.addresses[0][1]
        yield street
        await street.tasks.drain(5)
        await runner.cleanup()


async def test_a_command_is_answered_in_the_response(street: Street) -> None:
    """Also one whose words hold "payload", which Bolt's own parser would drop."""
    status, body = await street.knock({**COMMAND, "channel_name": "payload", "payload": "x"})
    assert (status, body["text"]) == (200, "an answer")
    seen, context = street.seen[0]
    assert seen["text"] == "kpc bacteremia"
    assert context["cre_transport"] == "http"
    assert len(context["cre_signature_sha256"]) == 64
    assert context["cre_retry"] == 0


async def test_an_event_and_a_tap_come_through_with_their_retry_number(street: Street) -> None:
    """JSON and form payloads become the dict that Slack meant."""
    body = json.dumps(MENTION).encode()
    headers = street.headers(body, "application/json; charset=utf-8")
    headers["X-Slack-Retry-Num"] = "2"
    assert (await street.send(body, headers))[0] == 200
    tap = {"type": "block_actions", "actions": [{"action_id": "pick", "type": "button"}], "user": {"id": "U1"}}
    assert (await street.knock({"payload": json.dumps(tap)}))[0] == 200
    assert [context["cre_retry"] for _, context in street.seen] == [2, 0]
    assert street.seen[1][0]["actions"][0]["action_id"] == "pick"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"secret": "another"}, "SLACK_SIGNING_SECRET"),
        ({"signature": "v0=" + "0" * 64}, "SLACK_SIGNING_SECRET"),
        ({"signature": ""}, "SLACK_SIGNING_SECRET"),
        ({"timestamp": "1779999600"}, "5 minutes"),
        ({"timestamp": "1780000400"}, "5 minutes"),
        ({"timestamp": "not-a-number"}, "number"),
        ({"timestamp": "1" * 13}, "number"),
        ({"timestamp": "-1780000000"}, "number"),
    ],
)
async def test_what_slack_did_not_sign_now_is_refused(street: Street, changes: dict[str, str], word: str) -> None:
    """Wrong secret, wrong signature, stale or broken timestamp: 401 with the likely cause."""
    status, body = await street.knock(COMMAND, **changes)
    assert status == 401
    assert word in body["error"]
    assert street.seen == []


@pytest.mark.parametrize("name", ["X-Slack-Signature", "X-Slack-Request-Timestamp"])
async def test_both_headers_must_be_there_exactly_once(street: Street, name: str) -> None:
    """A second copy of a header is refused as well as none."""
    body = urlencode(COMMAND).encode()
    missing, double = street.headers(body, FORM), street.headers(body, FORM)
    del missing[name]
    double.add(name, double[name])
    for headers in (missing, double):
        status, answer = await street.send(body, headers)
        assert (status, "once each" in answer["error"]) == (401, True)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{not json", "application/json"),
        (b"", "application/json"),
        (b"[1, 2]", "application/json"),
        (b'"text"', "application/json"),
        (b"[" * 150_000, "application/json"),
        (b'{"a":' * 30_000, "application/json"),
        (b'{"text": "\xff\xfe"}', "application/json"),
        (b"command=%2Fcre&text=%FF", FORM),
        (b"command=%2Fcre&command=%2Fother", FORM),
        (b"payload=%7Bnot", FORM),
        (b"payload=%5B%5D", FORM),
        (b"nonsense", FORM),
        (b"&".join(b"f%d=1" % n for n in range(500)), FORM),
        (b"<xml/>", "text/xml"),
        (b"{}", "application/json;charset=utf-16"),
        (b'{"type": "event_callback", "event": [1]}', "application/json"),
        (b'{"team": ["x"], "user": 5, "channel": []}', "application/json"),
        (b'{"type": "url_verification"}', "application/json"),
    ],
)
async def test_a_signed_body_that_cannot_be_read_is_a_bad_request(
    street: Street, body: bytes, content_type: str
) -> None:
    """Never a 500, never an echo, never a listener."""
    status, answer = await street.knock(body, content_type)
    assert status in (200, 400, 415)
    assert street.seen == []
    if status != 200:
        assert answer["ok"] is False
        assert len(answer["error"]) < 100


async def test_a_body_that_is_too_large_is_not_read(street: Street) -> None:
    """1 MiB: 413, with a length and without one."""
    big = b"x" * 2**20

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(16):
            yield b"x" * 2**16

    assert (await street.knock(big))[0] == 413
    url = f"http://127.0.0.1:{street.port}{PATH}"
    async with street.session.post(url, data=stream(), headers=street.headers(b"", FORM)) as reply:
        assert reply.status == 413
    fits = {**COMMAND, "text": "x" * (MAX_BODY_BYTES - 200)}
    assert (await street.knock(fits))[0] == 200


async def test_a_compressed_body_is_refused_unopened(street: Street) -> None:
    """A bomb stays closed, even when it is signed."""
    bomb = gzip.compress(b"0" * 10_000_000)
    headers = street.headers(bomb, "application/json")
    headers["Content-Encoding"] = "gzip"
    assert (await street.send(bomb, headers))[0] == 415


async def test_a_body_that_does_not_come_is_not_waited_for(street: Street) -> None:
    """Half a body: 408 at the deadline, and the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", street.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 100\r\n\r\nhalf"
    writer.write(head.encode())
    answer = await reader.read()
    assert b" 408 " in answer.splitlines()[0]
    writer.close()
    await writer.wait_closed()


async def test_other_paths_and_methods_are_refused(street: Street) -> None:
    """404 and 405, nothing listed."""
    headers = street.headers(b"", FORM)
    assert (await street.send(b"", headers, "/slack/other"))[0] == 404
    assert (await street.send(b"", headers, "/"))[0] == 404
    assert (await street.send(b"", headers, PATH, "GET"))[0] == 405


async def test_handshakes_are_answered_after_the_signature_only(street: Street) -> None:
    """url_verification gets its challenge back, ssl_check a 200; unsigned ones get nothing."""
    challenge = {"type": "url_verification", "challenge": "abc"}
    assert await street.knock(challenge, "application/json") == (200, {"challenge": "abc"})
    assert (await street.knock({"ssl_check": "1", "token": "x"}))[0] == 200
    assert (await street.knock(challenge, "application/json", secret="wrong"))[0] == 401
    assert (await street.knock({"ssl_check": "1"}, secret="wrong"))[0] == 401


async def test_alive_and_ready(street: Street) -> None:
    """/healthz is alive while the process is; /readyz says no with 503."""
    headers: CIMultiDict[str] = CIMultiDict()
    assert (await street.send(b"", headers, "/healthz", "GET"))[0] == 200
    assert (await street.send(b"", headers, "/readyz", "GET"))[0] == 200
    street.ready = False
    assert (await street.send(b"", headers, "/readyz", "GET"))[0] == 503


async def test_a_failing_listener_gives_the_clinician_an_incident_and_a_way_out(street: Street) -> None:
    """A command hears it in the ack, a mention in private; neither hears the exception's words."""
    street.crash = RuntimeError("MRN 12345")
    status, answer = await street.knock(COMMAND)
    assert status == 200
    assert "the ID pager" in answer["text"]
    assert "Incident" in answer["text"]
    assert "MRN" not in answer["text"]
    assert (await street.knock(MENTION, "application/json"))[0] == 200
    await street.tasks.drain(5)
    assert [(method, what["user"], what["channel"]) for method, what in street.outbox.sent] == [("whisper", "U1", "C1")]


async def test_what_no_listener_wants_is_not_silent(street: Street) -> None:
    """An unknown command and an old button say so; an event nobody asked for is taken quietly."""
    assert "/cre help" in (await street.knock({**COMMAND, "command": "/other"}))[1]["text"]
    tap = {
        "type": "block_actions",
        "actions": [{"action_id": "old", "type": "button"}],
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
    }
    assert (await street.knock({"payload": json.dumps(tap)}))[0] == 200
    changed = {**MENTION, "event": {"type": "message", "subtype": "message_changed", "channel": "C1"}}
    assert await street.knock(changed, "application/json") == (200, "")
    await street.tasks.drain(5)
    assert [method for method, _ in street.outbox.sent] == ["respond"]


async def test_work_in_flight_is_bounded_and_the_rest_is_told(street: Street) -> None:
    """Beyond the bound a command hears "busy" and an event is left for Slack to deliver again."""
    street.hold = asyncio.Event()
    held = [asyncio.create_task(street.knock({**COMMAND, "trigger_id": str(n)})) for n in range(3)]
    while len(street.seen) < 3:
        await asyncio.sleep(0)
    assert "busy" in (await street.knock(COMMAND))[1]["text"]
    assert (await street.knock(MENTION, "application/json"))[0] == 503
    street.hold.set()
    assert [status for status, _ in await asyncio.gather(*held)] == [200, 200, 200]
    assert (await street.knock(COMMAND))[1]["text"] == "an answer"


async def test_a_drained_dispatcher_finishes_what_it_has_and_takes_nothing_more(street: Street) -> None:
    """SIGTERM: work under way ends, new work is turned away."""
    assert street.dispatcher is not None
    street.hold = asyncio.Event()
    held = asyncio.create_task(street.knock(COMMAND))
    while not street.seen:
        await asyncio.sleep(0)
    assert await street.dispatcher.drain(0.01) == 1
    draining = asyncio.create_task(street.dispatcher.drain(5))
    street.hold.set()
    assert await draining == 0
    assert (await held)[1]["text"] == "an answer"
    assert "busy" in (await street.knock(COMMAND))[1]["text"]


def test_the_signature_is_slacks() -> None:
    """The example of Slack's own documentation."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        b"foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        b"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
        b"398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert sign(SECRET, "1531420618", body) == expected


@given(body=st.binary(max_size=200), flip=st.integers(0, 10_000), where=st.sampled_from(["body", "signature", "time"]))
def test_no_altered_request_is_taken(body: bytes, flip: int, where: str) -> None:
    """One changed bit anywhere: refused."""
    time = "1780000000"
    signature = sign(SECRET, time, body)
    check_signature(SECRET, [time], [signature], body, 1780000000)
    if where == "body":
        body = body + b"x" if not body else bytes([*body[:-1], body[-1] ^ (1 << flip % 8)])
    elif where == "signature":
        at = 3 + flip % 64
        signature = signature[:at] + ("0" if signature[at] != "0" else "1") + signature[at + 1 :]
    else:
        time = str(1780000000 + 1 + flip % 200)
    with pytest.raises(SignatureRefused):
        check_signature(SECRET, [time], [signature], body, 1780000000)


@given(raw=st.binary(max_size=300), content_type=st.sampled_from([FORM, "application/json", "", "x"]))
def test_any_bytes_are_a_dict_or_unreadable(raw: bytes, content_type: str) -> None:
    """Reading a body never fails in another way."""
    with contextlib.suppress(Unreadable):
        assert isinstance(read_body(raw, content_type), dict)


@pytest.mark.parametrize(
    ("body", "method", "place"),
    [
        ({"type": "view_submission", "user": {"id": "U1"}, "view": {}}, "post", {"channel": "U1"}),
        (
            {"type": "block_actions", "user": {"id": "U1"}, "container": {}, "channel": {"id": "C1"}},
            "whisper",
            {"channel": "C1", "user": "U1"},
        ),
        (
            {"event": {"user": "U1", "channel": "C1", "thread_ts": "1.1"}},
            "whisper",
            {"channel": "C1", "user": "U1", "thread_ts": "1.1"},
        ),
    ],
)
async def test_an_incident_reaches_the_asker_wherever_they_asked(
    body: dict[str, Any], method: str, place: dict[str, str]
) -> None:
    """A form, a button, a message in a thread: always in private, always with the way out."""
    outbox, tasks = RecordingOutbox(), TaskRegistry()
    ErrorHandler(outbox, tasks, "the ID pager").tell(body, "text")
    await tasks.drain(5)
    ((sent, what),) = outbox.sent
    assert sent == method
    assert place.items() <= what.items()


async def test_a_failure_after_the_acknowledgement_is_told_too() -> None:
    """The ack is gone; the asker still hears of it."""
    outbox, tasks = RecordingOutbox(), TaskRegistry()
    errors = ErrorHandler(outbox, tasks, "the ID pager")
    app = new_bolt_app(AsyncWebClient(token="xoxb-test"), IDENTITY)
    errors.register(app)
    go = asyncio.Event()

    async def work() -> None:
        await go.wait()
        raise ValueError

    async def mention() -> None:
        await tasks.within(0.001, work())

    app.event("app_mention")(mention)
    response = await Dispatcher(app, errors, "the ID pager").dispatch(MENTION, Delivery("http"))
    assert (response.status, outbox.sent) == (200, [])
    go.set()
    await tasks.drain(5)
    await asyncio.sleep(0)
    await tasks.drain(5)
    ((sent, what),) = outbox.sent
    assert (sent, what["user"], "the ID pager" in what["payload"]["text"]) == ("whisper", "U1", True)


async def test_an_event_under_another_attempts_lease_is_not_acknowledged() -> None:
    """Slack delivers it again, when the first attempt has either settled or crashed."""
    errors = ErrorHandler(RecordingOutbox(), TaskRegistry(), "the ID pager")
    app = new_bolt_app(AsyncWebClient(token="xoxb-test"), IDENTITY)

    async def mention() -> None:
        current = current_request.get()
        assert current is not None
        current.deliver_again = True

    app.event("app_mention")(mention)
    response = await Dispatcher(app, errors, "the ID pager").dispatch(MENTION, Delivery("http"))
    assert response.status == 503


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"X-Slack-Signature: v0=\xff\xfe\r\nX-Slack-Request-Timestamp: 1780000000", 401),
        ("X-Slack-Signature: v0=é\r\nX-Slack-Request-Timestamp: ١٧٨٠٠٠٠٠٠٠".encode(), 401),
        (b"X-Slack-Signature: v0=aa\r\nX-Slack-Request-Timestamp: " + b"9" * 5000, 401),
        (b"X-Slack-Signature: " + b"v" * 100_000, 400),
        (b"Content-Encoding: gzip\r\nContent-Encoding: identity", 415),
        (b"bad header line MRN-4711", 400),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400),
    ],
)
async def test_strange_headers_are_refused_without_a_word_about_them(
    street: Street, caplog: pytest.LogCaptureFixture, head: bytes, status: int
) -> None:
    """Bytes that are no text, digits of another script, headers without end: 4xx, never a 5xx."""
    reader, writer = await asyncio.open_connection("127.0.0.1", street.port)
    writer.write(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n")
    writer.write(head + b"\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        answer = await reader.read()
        assert f" {status} ".encode() in answer.splitlines()[0]
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    assert street.seen == []
    assert not [record for record in caplog.records if "MRN-4711" in record.getMessage()]
