"""`cre-bot audit …` as an auditor and an operator use it: real Redis, real archive, exit codes, files, words."""

from __future__ import annotations

import asyncio
import csv
import gzip
import os
import shutil
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import uuid6
from fhir.resources.R4B.auditevent import AuditEvent
from redis.asyncio import Redis
from typer.testing import CliRunner

from bot.__main__ import app
from bot.audit.archive.digests import sha256
from bot.audit.archive.purging import MONTH_MS
from bot.audit.archive.seal_key import load_seal_keys
from bot.audit.archive.segments import Archive
from bot.audit.chain import Keyring
from bot.audit.entry import App
from bot.audit.readers.exporting import csv_row, safe_cell
from bot.audit.rows import Row
from bot.audit.writer.log import RedisAuditLog
from bot.audit.writer.placing import Chain
from bot.audit.writer.spool import Spool
from bot.clock import SystemClock
from bot.redis_store import background_client
from handlers.ports import AuditRecord
from handlers.showing import canonical
from tests.bot.builders import an_asker
from tests.fakes import ManualClock
from tests.scenarios.test_redis_users import Guarded
from tests.servers import RedisServer
from tests.tampering.workshop import Workshop

runner = CliRunner()
SHOWN = {"text": "meropenem", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*meropenem* 2 g"}}]}


@pytest.fixture
def here(redis_servers: dict[str, RedisServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host of the bot: its Redis, its data folder with the MAC key."""
    monkeypatch.setenv("REDIS_URL", redis_servers["redis"].emptied())
    monkeypatch.setenv("CRE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("CRE_CHECKPOINT_DIR", raising=False)
    Keyring.open(None, tmp_path)
    return tmp_path


def within(here: Path, work: Callable[[RedisAuditLog, Redis], Awaitable[Any]]) -> Any:
    """Do something as the running bot does."""

    async def run() -> Any:
        redis = background_client(os.environ["REDIS_URL"])
        log = RedisAuditLog(
            redis, App(version="0.1.0", replica="test"), SystemClock(), Keyring.open(None, here), Spool(here / "spool")
        )
        await log.start()
        try:
            return await work(log, redis)
        finally:
            await log.close()
            await redis.aclose()

    return asyncio.run(run())


def asked(mechanism: str = "kpc", user: str = "U0001", **changes: Any) -> tuple[AuditRecord, AuditRecord]:
    """What an answered question leaves: prepared with its payload, delivered."""
    rid, shown = str(uuid6.uuid7()), canonical(SHOWN)
    ans = {"outcome": "answered", "edition": "2026.1", "payload_sha256": sha256(shown), "blocks": 1, **changes}
    question = {"mechanisms": [mechanism], "sites": ["bacteremia"]}
    asker = an_asker(user=user, delivery=rid)
    prepared = AuditRecord(rid, "answer.prepared", asker, {"question": question}, ans, payload=shown)
    kept = {"outcome": "answered", "payload_sha256": ans["payload_sha256"]}
    return prepared, AuditRecord(rid, "answer.delivered", asker, {}, kept, dlv={"status": "ok"})


def ask(here: Path, *mechanisms: str, **changes: Any) -> list[str]:
    """Some answered questions; their request ids."""

    async def run(log: RedisAuditLog, _: Redis) -> list[str]:
        rids = []
        for mechanism in mechanisms:
            for record in asked(mechanism, **changes):
                await log.append(record)
            rids.append(record.rid)
        return rids

    found: list[str] = within(here, run)
    return found


def call(*words: str, code: int = 0) -> str:
    """Run a command; what it printed."""
    result = runner.invoke(app, ["audit", *words])
    assert result.exit_code == code, result.output + result.stderr
    return result.output


def told(*words: str, code: int = 0) -> list[dict[str, Any]]:
    """The same with --json."""
    result = runner.invoke(app, ["audit", *words, "--json"])
    assert result.exit_code == code, result.output + result.stderr
    return [orjson.loads(line) for line in result.stdout.splitlines()]


def looks(kind: str = "admin.read") -> list[dict[str, Any]]:
    """Who looked at what."""
    return [each["ask"] for each in told("tail", "-n", "500", "--all") if each["t"] == kind]


def test_every_look_is_in_the_log(here: Path) -> None:
    """tail, search, show, replay, reconcile and stats each leave an entry of the operator; verify writes nothing."""
    [rid] = ask(here, "kpc")
    call("search", "--mechanism", "kpc", "--user", "U0001")
    call("show", rid)
    call("replay", rid)
    call("reconcile")
    call("stats")
    found = [each["what"] for each in looks()]
    assert found == ["search", "show", "replay", "reconcile", "stats"]
    newest = told("tail", "--all")[-1]
    before = told("tail", "-n", "1", "--all")
    call("verify")
    call("verify")
    after = told("tail", "-n", "7", "--all")
    assert newest["t"] == "writer.stopped"
    assert before[0]["id"] in [each["id"] for each in after]
    [read] = [each for each in told("tail", "-n", "99") if each.get("ask", {}).get("what") == "search"]
    assert (read["who"]["role"], read["who"]["team"], read["ask"]["user"]) == ("operator", "T0001", "U0001")
    assert read["who"]["user"] == f"uid-{os.getuid()}"


def test_a_host_without_the_mac_key_reads_and_says_that_it_is_not_recorded(here: Path) -> None:
    """No key is made up on the way: an entry under it could never be checked."""
    ask(here, "kpc")
    (here / "audit.key").rename(here / "elsewhere.key")
    result = runner.invoke(app, ["audit", "tail"])
    assert result.exit_code == 0
    assert "kpc" in result.output
    assert "not recorded: this host has no MAC key" in result.stderr
    assert not (here / "audit.key").exists()
    assert runner.invoke(app, ["audit", "export", "--reason", "legal", str(here / "x")]).exit_code == 1
    assert not (here / "x").exists()


def test_search_finds_by_each_filter_in_redis_and_in_the_archive(here: Path) -> None:
    """Period, asker, mechanism, site, outcome, edition, feedback; what Redis has let go of comes from the archive."""
    first, second, third = ask(here, "kpc", "ndm", "oxa48")
    [other] = ask(here, "ndm", user="U0002", edition="2025.2")
    call("seal")

    async def trim(_: RedisAuditLog, redis: Redis) -> None:
        rows: Any = await redis.xrange("{cre:audit}:log")
        await redis.xtrim("{cre:audit}:log", minid=rows[4][0].decode(), approximate=False)

    within(here, trim)

    def rids(*words: str) -> list[str]:
        return [each["rid"] for each in told("search", *words)]

    assert rids() == [first, second, third, other]
    assert rids("--mechanism", "ndm") == [second, other]
    assert rids("--user", "U0002") == [other]
    assert rids("--edition", "2025.2") == [other]
    assert rids("--site", "cystitis") == []
    assert rids("--outcome", "answered", "--limit", "2") == [third, other]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert rids("--since", today, "--until", today) == [first, second, third, other]
    assert rids("--until", "2020-01-01") == []
    assert len(told("show", first)) == 2
    assert [each["t"] for each in told("search", "--all") if each["rid"] == first] == [
        "answer.prepared",
        "answer.delivered",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("--mechanism", "mrsa"),
        ("--user", "Dr. Okafor"),
        ("--outcome", "ok"),
        ("--since", "yesterday"),
        ("--feedback", "meh"),
        ("--edition", "a b"),
    ],
)
def test_a_filter_that_is_none_is_bad_usage(here: Path, words: tuple[str, str]) -> None:
    """Told in a line with the option's name; nothing is searched."""
    result = runner.invoke(app, ["audit", "search", *words])
    assert result.exit_code == 2
    assert words[0] in result.stderr


def test_feedback_chooses_the_questions_it_is_about(here: Path) -> None:
    """The verdict stands in an entry of its own, which joins by the request."""

    async def run(log: RedisAuditLog, _: Redis) -> tuple[str, str]:
        one, two = asked("kpc")[0], asked("ndm")[0]
        for record, verdict in ((one, "good"), (two, "bad")):
            await log.append(record)
            await log.append(AuditRecord(record.rid, "feedback", record.asker, {}, {"feedback": verdict}))
        return one.rid, two.rid

    good, bad = within(here, run)
    assert [each["rid"] for each in told("search", "--feedback", "good")] == [good]
    assert [each["rid"] for each in told("search", "--feedback", "bad")] == [bad]


def test_replay_shows_exactly_what_was_shown(here: Path) -> None:
    """The bytes proven by their digest, from Redis and later from the archive; a changed payload is not shown."""
    [rid] = ask(here, "kpc")
    assert "meropenem 2 g" in call("replay", rid)
    call("seal")
    [found] = told("replay", rid)
    assert (found["proven"], found["payload"]) == (True, SHOWN)
    assert sha256(canonical(found["payload"])) == found["payload_sha256"]
    path = Archive(here / "archive").payload(found["payload_sha256"])
    path.chmod(0o600)
    path.write_bytes(gzip.compress(b'{"blocks":[],"text":"colistin"}'))
    result = runner.invoke(app, ["audit", "replay", rid])
    assert result.exit_code == 1
    assert "Not proven" in result.output
    assert "colistin" not in result.output
    assert runner.invoke(app, ["audit", "replay", "latest"]).exit_code == 2
    assert runner.invoke(app, ["audit", "replay", str(uuid6.uuid7())]).exit_code == 1


def test_a_lost_payload_is_rendered_again_where_the_edition_is_loaded(here: Path) -> None:
    """The digest proves that it is the same; with another edition it says which would be needed."""
    from bot.cli.asking import LocalBot
    from bot.settings import Settings
    from handlers.layouts import View, render
    from handlers.layouts.rendering import TEMPLATE_VERSION
    from handlers.replies import parsed_from
    from handlers.responding import respond
    from knowledge.question import Question

    bot = LocalBot(Settings())
    question = Question.model_validate({"mechanisms": ["kpc"], "sites": ["bacteremia"]})
    reply = respond(parsed_from(question), bot.knowledge, on=SystemClockDay.today())
    payload = render(reply, View(names=bot.names, on_call=Settings().on_call, shareable=True))
    ans = {
        "payload_sha256": sha256(canonical(payload)),
        "knowledge_sha256": bot.knowledge.digest,
        "template": TEMPLATE_VERSION,
    }

    async def run(log: RedisAuditLog, redis: Redis) -> list[str]:
        rids = []
        for changes in (ans, {**ans, "knowledge_sha256": "0" * 64}):
            prepared, _ = asked("kpc", **changes)
            await log.append(AuditRecord(**{**_fields(prepared), "payload": None}))
            rids.append(prepared.rid)
        return rids

    same, other = within(here, run)
    [found] = told("replay", same)
    assert found["payload"] == orjson.loads(canonical(payload))
    assert "rendered again" in found["how"]
    [found] = told("replay", other, code=1)
    assert "CRE_KNOWLEDGE_DIR" in found["how"]


def test_verify_says_clean_tampered_and_incomplete(here: Path, tmp_path: Path) -> None:
    """0, 1 with the first bad place, 2 with what could not be checked, 3 for bad usage."""
    ask(here, "kpc", "ndm")
    call("seal")
    assert "The audit log is clean." in call("verify")
    checkpoints = here / "siem.jsonl"
    archive = Archive(here / "archive")
    [clean] = told("verify")
    assert clean["counts"]["signatures"] == 1
    segment = archive.segment(1)
    content = segment.read_bytes()
    segment.chmod(0o600)
    segment.write_bytes(content.replace(b'"ndm"', b'"kpc"', 1))
    output = call("verify", code=1)
    assert "The audit log is tampered." in output
    line = next(n for n, each in enumerate(content.splitlines(), 1) if b'"ndm"' in each)
    assert f"First bad place: segment 1, line {line}" in output
    segment.write_bytes(content)
    public = here / "seal.pub"
    keys = load_seal_keys(None, here, make=False)
    assert keys is not None
    public.write_bytes(keys.public_pem())
    (here / "seal.key").rename(here / "away.key")
    assert "Not checked: signatures" in call("verify", code=2)
    call("verify", "--public-key", str(public))
    assert "the live log: Redis is not asked" in call("verify", "--public-key", str(public), "--no-redis", code=2)
    checkpoints.write_text("not a checkpoint\n")
    for bad in (["--bogus"], ["--checkpoint", str(checkpoints)], ["--checkpoint", "/nowhere"]):
        assert runner.invoke(app, ["audit", "verify", *bad]).exit_code == 3


def test_verify_compares_checkpoints_from_elsewhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive cut back to an older state that fits in itself is told by the second place."""
    monkeypatch.setenv("CRE_CHECKPOINT_DIR", str(here / "second"))
    ask(here, "kpc")
    call("seal")
    shutil.copytree(here / "archive", here / "older")
    ask(here, "ndm")
    call("seal")
    assert told("verify")[0]["counts"]["checkpoints"] == 1
    shutil.rmtree(here / "archive")
    (here / "older").rename(here / "archive")
    [found] = told("verify", "--no-redis", code=1)
    assert found["first"]["problem"] == "a checkpoint names digest 2: the archive ends at 1"
    newest = max((here / "second").iterdir())
    monkeypatch.delenv("CRE_CHECKPOINT_DIR")
    assert told("verify", "--no-redis", "--checkpoint", str(newest), code=1)[0]["first"] == found["first"]


def test_reconcile_counts_ends_and_names_what_has_none(here: Path) -> None:
    """Exit code 1 and the request id of an answer whose end nobody recorded."""
    ask(here, "kpc", "ndm")
    assert told("reconcile")[0]["delivered"] == 2
    rid = str(uuid6.uuid7())

    async def run(log: RedisAuditLog, redis: Redis) -> None:
        chain = Chain("test.old", Keyring.open(None, here))
        from bot.audit.entry import content_of

        prepared, _ = asked("imp")
        old = AuditRecord(**{**_fields(prepared), "rid": rid})
        placed = chain.place(content_of(old, ts=1_780_000_000_000, app=App(version="1", replica="test")).table())
        fields: dict[Any, Any] = {"w": placed.writer, "s": "1", "m": placed.mac, "b": placed.body}
        rows: Any = await redis.xrange("{cre:audit}:log")
        await redis.delete("{cre:audit}:log")
        await redis.xadd("{cre:audit}:log", fields, id="1780000000000-0")
        for stream_id, row in rows:
            await redis.xadd("{cre:audit}:log", row, id=stream_id)

    within(here, run)
    [found] = told("reconcile", code=1)
    assert [each["rid"] for each in found["without_end"]] == [rid]
    assert rid in call("reconcile", code=1)


def test_exports_are_new_private_recorded_files(here: Path) -> None:
    """0600, never over a file or through a link, the reason recorded before a byte is written."""
    ask(here, "kpc", "ndm")
    path = here / "out.jsonl"
    [made] = told("export", "--reason", "quality", "--ticket", "AUD-7", "--mechanism", "ndm", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (made["entries"], made["sha256"]) == (1, sha256(path.read_bytes()))
    line = orjson.loads(path.read_bytes())
    assert line["b"]["ask"]["question"]["mechanisms"] == ["ndm"]
    assert looks("admin.export") == [
        {"what": "export", "format": "jsonl", "reason": "quality", "ticket": "AUD-7", "mechanism": "ndm"}
    ]
    link = here / "link"
    link.symlink_to(here / "target")
    for taken in (path, link, here, here / "no" / "folder"):
        assert runner.invoke(app, ["audit", "export", "--reason", "quality", str(taken)]).exit_code == 1
    assert not (here / "target").exists()
    for bad in (["--reason", "because I can"], [], ["--reason", "legal", "--ticket", "Dr. Okafor"]):
        assert runner.invoke(app, ["audit", "export", *bad, str(here / "b")]).exit_code == 2
    assert not (here / "b").exists()


def test_csv_opens_safely_and_whole(here: Path) -> None:
    """Quoted, one line an entry, and no cell that a spreadsheet would run."""
    [rid] = ask(here, "kpc")
    call("export", "--reason", "audit", "--format", "csv", "--all", str(here / "out.csv"))
    with (here / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    [prepared] = [row for row in rows if row["type"] == "answer.prepared"]
    assert (prepared["request"], prepared["mechanisms"], prepared["outcome"]) == (rid, "kpc", "answered")
    assert {row["type"] for row in rows} >= {"answer.delivered", "writer.started", "admin.export"}
    row = Row("1-0", "w", 1, "0" * 64, b"{}")
    cells = csv_row(row, {"t": "=cmd|' /C calc'!A0", "ts": 0, "who": {"user": "@SUM(1)", "team": "\t=1"}})
    assert not any(safe_cell(cell).lstrip().startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.parametrize("kind", ["prepared", "all"])
def test_fhir_export_is_valid_r4b(here: Path, kind: str) -> None:
    """Each line is an AuditEvent by a maintained library's model, with request, asker, question and digest."""
    [rid] = ask(here, "kpc")
    call("show", rid)
    path = here / "out.ndjson"
    call("export", "--reason", "audit", "--format", "fhir", *(["--all"] if kind == "all" else []), str(path))
    events: list[Any] = [AuditEvent.model_validate_json(line) for line in path.read_bytes().splitlines()]
    subtypes = [event.subtype[0].code for event in events]
    if kind == "all":
        assert {"answer.delivered", "admin.read", "admin.export", "writer.started"} <= set(subtypes)
    event = events[subtypes.index("answer.prepared")]
    assert event.entity[0].what.identifier.value == rid
    assert event.agent[0].who.identifier.value == "U0001"
    assert orjson.loads(event.entity[1].description) == {"question": {"mechanisms": ["kpc"], "sites": ["bacteremia"]}}
    assert event.outcome == "0"
    assert event.recorded.tzinfo is not None


def test_seal_stats_and_the_archive_alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`seal` says what it sealed; with Redis gone the archive answers tail, search, show and replay."""
    [rid] = ask(here, "kpc")
    assert "Segment 1:" in call("seal")
    [found] = told("stats")
    assert (found["segments"], found["legal_hold"], found["answers_without_end"]) == (1, False, 0)
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere/redis.sock")
    result = runner.invoke(app, ["audit", "tail"])
    assert result.exit_code == 0
    assert rid in result.output
    assert "the archive only" in result.stderr
    assert "meropenem 2 g" in call("replay", rid)
    assert len(told("search")) == 1
    assert runner.invoke(app, ["audit", "seal"]).exit_code == 1
    assert call("verify", code=2)


def test_purge_removes_what_is_past_its_term_unless_held(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First only said; a HOLD file forbids it; then segment and payload go, digest and proof stay."""
    ask(here, "kpc")
    call("seal")
    ask(here, "ndm")
    call("seal")
    archive = Archive(here / "archive")
    assert "Nothing is older" in call("purge")
    later = SystemClock().now_ms() + int(74 * MONTH_MS)
    monkeypatch.setattr(SystemClock, "now_ms", lambda self: later)
    assert told("purge")[0]["segments"] == 1
    assert archive.segment(1).exists()
    (archive.folder / "HOLD").touch()
    assert "legal hold" in call("purge", "--yes", code=1)
    (archive.folder / "HOLD").unlink()
    assert "Purged up to segment 1" in call("purge", "--yes")
    assert not archive.segment(1).exists()
    assert archive.digest(1).exists()
    assert [each["t"] for each in told("tail", "--all", "-n", "50")].count("archive.purged") == 1
    [found] = told("verify")
    assert (found["verdict"], found["counts"]["purged"]) == ("clean", 1)


def test_recover_spool_brings_in_what_a_lost_host_had(here: Path, tmp_path: Path) -> None:
    """Entries that only its disk had; the second time nothing is missing."""
    rids = ask(here, "kpc", "ndm")
    lost = tmp_path / "lost-host"
    shutil.copytree(here / "spool", lost)

    async def forget(_: RedisAuditLog, redis: Redis) -> None:
        await redis.flushall()

    shutil.rmtree(here / "spool")
    within(here, forget)
    shutil.rmtree(here / "spool")
    within(here, forget)
    output = call("recover-spool", str(lost))
    assert "were missing" in output
    assert [each["rid"] for each in told("search")] == rids
    assert "Nothing was missing" in call("recover-spool", str(lost))
    assert runner.invoke(app, ["audit", "recover-spool", str(tmp_path / "nowhere")]).exit_code == 2


def test_each_command_keeps_to_its_redis_user(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading by the reader, sealing by the sealer, the record of the look by the bot: Redis refuses nothing."""
    server = Guarded(here / "guarded")
    server.node.start(answers=lambda: server.root().ping())
    try:
        monkeypatch.setenv("REDIS_URL", server.url("bot"))
        monkeypatch.setenv("CRE_REDIS_READER_URL", server.url("reader"))
        monkeypatch.setenv("CRE_REDIS_SEALER_URL", server.url("sealer"))
        [rid] = ask(here, "kpc")
        call("seal")
        for words in (("tail",), ("search",), ("show", rid), ("replay", rid), ("reconcile",), ("stats",), ("verify",)):
            call(*words)
        call("export", "--reason", "audit", str(here / "out"))
        assert [each["what"] for each in looks()] == ["tail", "search", "show", "replay", "reconcile", "stats"]
        with server.root() as root:
            refused: Any = root.acl_log()
        assert refused == []
    finally:
        server.node.stop()


def test_signed_content_is_in_the_log(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edition, digest and key, no name; without the log the signature stands and it is told."""
    monkeypatch.setenv("CRE_SIGNOFFS_DIR", str(here / "signoffs"))
    who = ["--name", "Maria Rossi", "--role", "ID physician"]
    key = str(here / "maria.key")
    assert runner.invoke(app, ["knowledge", "keygen", key, *who]).exit_code == 0
    assert runner.invoke(app, ["knowledge", "sign", "--key", key, *who]).exit_code == 0
    [entry] = [each for each in told("tail", "--all") if each["t"] == "knowledge.signed"]
    assert set(entry["ask"]) == {"what", "edition", "knowledge_sha256", "key"}
    assert "Maria" not in str(entry)
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere/redis.sock")
    monkeypatch.setenv("CRE_SIGNOFFS_DIR", str(here / "others"))
    result = runner.invoke(app, ["knowledge", "sign", "--key", key, *who])
    assert result.exit_code == 0
    assert "the audit log does not say so: Redis does not answer" in result.stderr


async def test_a_long_search_stays_within_its_memory(redis: Redis, tmp_path: Path) -> None:
    """The archive is read segment by segment, found by halving: a day in the middle reads its own segments only."""
    from bot.audit.readers.history import History

    workshop = Workshop(redis, tmp_path / "archive", ManualClock(time.time()))
    for _ in range(5):
        await workshop.answer(2)
        await workshop.seal()
    rows = [row async for row in History(workshop.archive, None).rows()]
    middle = int(rows[len(rows) // 2].id.partition("-")[0])
    history = History(workshop.archive, None)
    found = [row async for row in history.rows(middle, middle)]
    assert {row.id for row in found} == {row.id for row in rows if row.id.startswith(f"{middle}-")}
    assert len(history._segments(middle, middle)) < 5


def _fields(record: AuditRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


class SystemClockDay:
    """Today, as the bot's clock has it."""

    @staticmethod
    def today() -> Any:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).date()
