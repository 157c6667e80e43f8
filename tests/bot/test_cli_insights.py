"""`audit insights`: figures, a picture and JSON; each look recorded, no file overwritten."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from redis import Redis
from typer.testing import CliRunner

from bot.__main__ import app
from bot.redis_keys import AUDIT_LOG
from tests.audit_logs import TEAM, many, store

runner = CliRunner(env={"COLUMNS": "200"})


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, redis_url: str) -> None:
    for name in list(os.environ):
        if name.startswith(("CRE_", "SLACK_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CRE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REDIS_URL", redis_url)
    key = tmp_path / "audit.key"
    key.touch(0o600)
    key.write_text("ab" * 32)
    monkeypatch.setenv("CRE_AUDIT_KEY_FILE", str(key))
    now = int(time.time() * 1000)
    with Redis.from_url(redis_url) as client:
        store(client, many(200, now - 3 * 86_400_000, now - 60_000))


def newest(redis_url: str) -> list[dict[str, Any]]:
    with Redis.from_url(redis_url) as client:
        rows: Any = client.xrevrange(AUDIT_LOG, count=20)
    return [json.loads(fields[b"b"]) for _, fields in rows]


def test_insights_are_shown_and_the_look_is_recorded(redis_url: str) -> None:
    """The table, with its warning; who looked and at what stands in the log."""
    shown = runner.invoke(app, ["audit", "insights", "--days", "7"])
    assert shown.exit_code == 0
    for words in ("Questions: 100", "By mechanism", "KPC", "not surveillance", "No statement"):
        assert words in shown.output, words
    (read,) = [each for each in newest(redis_url) if each["t"] == "admin.read"]
    assert (read["who"]["role"], read["who"]["team"], read["ask"]["what"]) == ("operator", TEAM, "insights")


def test_insights_as_json_and_of_another_workspace(redis_url: str) -> None:
    """One object; a workspace without entries has zeros."""
    found = json.loads(runner.invoke(app, ["audit", "insights", "--json"]).output)
    assert found["questions"] == sum(found["by_day"].values()) == 100
    assert found["signals"] == []
    assert "surveillance" in found["note"]
    other = json.loads(runner.invoke(app, ["audit", "insights", "--json", "--team", "T0OTHER"]).output)
    assert (other["team"], other["questions"]) == ("T0OTHER", 0)


def test_the_picture_is_a_new_file_that_only_its_owner_reads(tmp_path: Path, redis_url: str) -> None:
    """A sound SVG with words for those who cannot see it; never over another file, never through a link."""
    picture = tmp_path / "insights.svg"
    assert runner.invoke(app, ["audit", "insights", "--svg", str(picture)]).exit_code == 0
    assert stat.S_IMODE(picture.stat().st_mode) == 0o600
    root = ElementTree.fromstring(picture.read_text())  # noqa: S314 - our own file
    assert "Questions: 100" in (root.findtext("{*}desc") or "")
    before = picture.read_bytes()
    assert runner.invoke(app, ["audit", "insights", "--svg", str(picture)]).exit_code == 2
    assert picture.read_bytes() == before
    (tmp_path / "link.svg").symlink_to(tmp_path / "elsewhere.svg")
    assert runner.invoke(app, ["audit", "insights", "--svg", str(tmp_path / "link.svg")]).exit_code != 0
    assert not (tmp_path / "elsewhere.svg").exists()


def test_nothing_is_shown_that_cannot_be_recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key to chain the record with: no insights, and a sentence that says so."""
    monkeypatch.setenv("CRE_AUDIT_KEY_FILE", str(tmp_path / "missing"))
    shown = runner.invoke(app, ["audit", "insights"])
    assert shown.exit_code == 1
    assert "CRE_AUDIT_KEY_FILE" in shown.output
    assert "Questions" not in shown.output


def test_an_empty_log_and_a_wrong_period_are_told(redis_url: str) -> None:
    """No entry, and more days than the live log keeps."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
    assert "empty" in runner.invoke(app, ["audit", "insights"]).output
    assert runner.invoke(app, ["audit", "insights", "--days", "91"]).exit_code == 2
