"""Settings: every fault at once, each with a remedy, and no secret in sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.faults import SettingsError
from bot.settings import REMEDIES, SECRETS, Mode, Settings, load_settings, setting_names
from bot.settings_values import Limit

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-abc",
    "SLACK_APP_TOKEN": "xapp-1-A-2-abc",
    "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5",
    "REDIS_URL": "redis://:hunter2@127.0.0.1:6379/0",
}


def faults(mode: Mode, environ: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SettingsError) as refused:
        load_settings(mode, environ)
    assert all(fault.remedy for fault in refused.value.faults)
    return {fault.name: fault.problem for fault in refused.value.faults}


def test_nothing_set_is_fine_for_the_playground() -> None:
    """Every setting has a default there."""
    settings = load_settings(Mode.LOCAL, {})
    assert (settings.limit_user, settings.limit_channel) == (Limit(20, 60, 10), Limit(60, 60, 30))
    assert settings.limit_workspace == Limit(600, 60, 100)
    assert settings.slack_api_url == "https://slack.com/api/"


def test_everything_that_is_missing_is_named_at_once() -> None:
    """Not one fault a run."""
    assert set(faults(Mode.HTTP, {})) == {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL"}
    assert set(faults(Mode.SOCKET, {"PORT": " "})) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "REDIS_URL"}
    assert set(SECRETS) == set(REMEDIES)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    """Missing and malformed together, and never the value itself."""
    wrong = {
        "SLACK_BOT_TOKEN": "xoxp-secret-value",
        "REDIS_URL": "redis+sentinel://secret-value",
        "PORT": "99999",
        "SLACK_API_URL": "slack.com",
        "CRE_LIMIT_USER": "lots",
        "CRE_LIMIT_CHANNEL": "0/min",
        "CRE_CHANNELS": "#general",
        "CRE_LOG_FORMAT": "xml",
    }
    found = faults(Mode.HTTP, wrong)
    assert set(found) == {*wrong, "SLACK_SIGNING_SECRET"}
    assert "names no service; write redis+sentinel://host1:26379" in found["REDIS_URL"]
    assert "xoxb-" in found["SLACK_BOT_TOKEN"]
    assert "20/min burst 10" in found["CRE_LIMIT_USER"]
    assert "secret-value" not in str(found)


@pytest.mark.parametrize(
    "url",
    [
        *("http://a", "redis://", "unix://", "redis://a:port", "a b"),
        *("redis+sentinel://a:1", "redis+sentinel:///cre", "redis+sentinel://a:1/cre/x", "redis+sentinel://a:0/cre"),
        *("redis+cluster://", "redis+cluster://a:1/2", "redis+cluster://a:port", "redis+cluster://a:1?retry=9"),
        *("redis+cluster://a:1?tls=maybe", "redis+cluster://a:1?tls_ca=/ca.pem", "redis+cluster://,"),
    ],
)
def test_a_redis_url_that_is_none_is_refused(url: str) -> None:
    """Each with how to write it."""
    assert set(faults(Mode.LOCAL, {"REDIS_URL": url})) == {"REDIS_URL"}


@pytest.mark.parametrize(
    "url",
    [
        *("redis://h", "rediss://u:p@h:6380/1", "unix:///run/redis.sock"),
        *("redis+sentinel://h1:26379,h2/cre/0", "redis+cluster://u:p@h1:6379,h2:6379?tls=true"),
    ],
)
def test_redis_urls_that_work(url: str) -> None:
    """TCP, TLS, a socket, Sentinel and Cluster."""
    settings = load_settings(Mode.LOCAL, {"REDIS_URL": url})
    assert settings.redis_url is not None
    assert settings.redis_url.get_secret_value() == url


def test_secrets_never_show() -> None:
    """Neither in the repr, nor in a dump, nor in an error."""
    settings = load_settings(Mode.HTTP, GOOD)
    for text in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert not any(value in text for value in (*GOOD.values(), "hunter2"))
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"SLACK_APP_TOKEN": "hunter2-token"})
    assert "hunter2" not in str(refused.value)


def test_settings_do_not_change() -> None:
    """Frozen."""
    settings = load_settings(Mode.LOCAL, {})
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_lists_and_limits_are_read() -> None:
    """As architecture and example.env write them."""
    settings = load_settings(
        Mode.LOCAL,
        {
            "CRE_LIMIT_USER": "5 / hour burst 2",
            "CRE_LIMIT_WORKSPACE": "7/s",
            "CRE_CHANNELS": "C1, C2,",
            "SLACK_API_URL": "http://127.0.0.1:9000/api",
        },
    )
    assert (settings.limit_user, settings.limit_workspace) == (Limit(5, 3600, 2), Limit(7, 1, 7))
    assert str(settings.limit_user) == "5/hour burst 2"
    assert settings.limit_user.interval_us == 720_000_000
    assert settings.channels == {"C1", "C2"}
    assert settings.slack_api_url == "http://127.0.0.1:9000/api/"


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    """`NAME_FILE` first, then a file NAME in CRE_SECRETS_DIR; the environment before both."""
    (tmp_path / "token").write_text("xoxb-from-file\n")
    (tmp_path / "SLACK_APP_TOKEN").write_text("xapp-from-dir\n")
    (tmp_path / "SLACK_SIGNING_SECRET").write_text("from-dir\n")
    environ = {
        "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token"),
        "CRE_SECRETS_DIR": str(tmp_path),
        "SLACK_SIGNING_SECRET": "from-environment",
    }
    settings = load_settings(Mode.LOCAL, environ)
    found = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    values = [secret.get_secret_value() if secret else None for secret in found]
    assert values == ["xoxb-from-file", "xapp-from-dir", "from-environment"]


def test_secret_files_that_cannot_be_read_are_faults(tmp_path: Path) -> None:
    """Missing, not text, or a name given twice."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    found = faults(
        Mode.LOCAL,
        {
            "SLACK_BOT_TOKEN_FILE": str(tmp_path / "missing"),
            "SLACK_APP_TOKEN_FILE": str(tmp_path / "binary"),
            "REDIS_URL": "redis://h",
            "REDIS_URL_FILE": str(tmp_path / "missing"),
        },
    )
    assert set(found) == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "REDIS_URL"}
    assert "No such file" in found["SLACK_BOT_TOKEN"]


def test_names_are_those_of_the_environment() -> None:
    """Every field has one, and only ours begin with CRE_."""
    names = setting_names()
    assert len(set(names)) == len(Settings.model_fields)
    assert {name for name in names if not name.startswith("CRE_")} == {*SECRETS, "SLACK_API_URL", "HOST", "PORT"}
