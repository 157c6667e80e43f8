"""The Slack app: its manifests are of Slack's shape and fit the code, and the Slack CLI runs the bot from them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.playground.standin import SlackStandIn
from handlers import routing
from handlers.listeners.prompts import PROMPTS
from handlers.roles import Role
from tests.manifest import Manifest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "deploy" / "slack"
MANIFESTS = ("manifest.json", "manifest.http.json")


def manifest(name: str = "manifest.json") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PROJECT / name).read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifest_has_slack_s_shape(name: str) -> None:
    """No key that Slack does not know, none missing, every text as long as Slack takes it."""
    Manifest.model_validate(manifest(name))


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifest_and_code_hear_the_same(name: str) -> None:
    """Every event, command and shortcut of the manifest has its listener, and no listener waits for another."""
    source = Path(routing.__file__).read_text(encoding="utf-8")
    found = manifest(name)
    events = set(re.findall(r'app\.event\("([a-z_]+)"\)', source))
    assert events == {each.partition(".")[0] for each in found["settings"]["event_subscriptions"]["bot_events"]}
    assert [each["command"] for each in found["features"]["slash_commands"]] == [routing.COMMAND]
    shortcuts = set(re.findall(r'app\.shortcut\("([a-z_]+)"\)', source))
    assert shortcuts == {each["callback_id"] for each in found["features"]["shortcuts"]}


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifest_suggests_what_the_bot_does(name: str) -> None:
    """Before the bot ever ran Slack shows the same prompts as for somebody who chose no role."""
    assert manifest(name)["features"]["agent_view"]["suggested_prompts"] == list(PROMPTS[Role.PHYSICIAN])
    assert "assistant:write" in manifest(name)["oauth_config"]["scopes"]["bot"]


def test_the_check_finds_what_slack_would_refuse() -> None:
    """A key too many, a text too long, a scope that is no word."""
    for path, value in (
        (("features", "assistant_view"), {"assistant_description": "x"}),
        (("display_information", "name"), "x" * 36),
        (("oauth_config", "scopes", "bot"), [1]),
        (("settings", "socket_mode_enabled"), "yes"),
        (("features", "agent_view", "suggested_prompts"), [{"title": "x", "message": "y"}] * 5),
    ):
        broken = manifest()
        *parents, last = path
        place = broken
        for parent in parents:
            place = place[parent]
        place[last] = value
        with pytest.raises(ValidationError):
            Manifest.model_validate(broken)


def hook(name: str, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a hook as the Slack CLI does: through a shell, in the project's folder."""
    hooks = json.loads((PROJECT / ".slack" / "hooks.json").read_text(encoding="utf-8"))["hooks"]
    if name != "get-hooks":
        hooks = json.loads(hook("get-hooks").stdout)["hooks"]
    return subprocess.run(
        ["sh", "-c", f'{hooks[name]} "$@"', "hook", *options],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_slack_cli_learns_the_hooks_and_the_manifest() -> None:
    """What `slack run` asks first; the connection is ours, and only the manifest is watched."""
    told = json.loads(hook("get-hooks").stdout)
    assert set(told["hooks"]) == {"get-manifest", "start"}
    assert told["config"]["sdk-managed-connection-enabled"] is True
    assert "message-boundaries" in told["config"]["protocol-version"]
    assert json.loads(hook("get-manifest").stdout) == manifest()


def test_slack_cli_reads_its_answer_between_boundaries() -> None:
    """The newer protocol: whatever else is printed, the answer stands between two marks."""
    said = hook("get-manifest", "--protocol=message-boundaries", "--boundary=0f1e2d").stdout.strip()
    assert json.loads(said.removeprefix("0f1e2d").removesuffix("0f1e2d")) == manifest()
    assert said.count("0f1e2d") == 2


def test_slack_run_starts_the_bot_in_socket_mode(tmp_path: Path) -> None:
    """With the tokens that the Slack CLI made, a Redis of its own where none is named, and your settings kept."""
    program = tmp_path / "cre-bot"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\nprint(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
    )
    program.chmod(0o755)
    given = {
        "SLACK_CLI_XOXB": "xoxb-cli",
        "SLACK_CLI_XAPP": "xapp-cli",
        "CRE_ON_CALL": "pager 1",
        "CRE_BOT": str(program),
    }
    ran = hook("start", "--protocol=message-boundaries", "--boundary=x", **given)
    arguments, environ = json.loads(ran.stdout)
    assert arguments == ["serve", "--socket", "--embedded-redis"]
    assert (environ["SLACK_BOT_TOKEN"], environ["SLACK_APP_TOKEN"]) == ("xoxb-cli", "xapp-cli")
    assert environ["CRE_ON_CALL"] == "pager 1"
    with_redis = hook("start", REDIS_URL="redis://127.0.0.1:1/0", SLACK_BOT_TOKEN="xoxb-mine", **given)
    arguments, environ = json.loads(with_redis.stdout)
    assert arguments == ["serve", "--socket"]
    assert environ["SLACK_BOT_TOKEN"] == "xoxb-mine"


def test_slack_run_without_tokens_or_program_says_what_to_do(tmp_path: Path) -> None:
    """One sentence, no trace, and a code that the Slack CLI sees."""
    for given, words in (
        ({}, "slack run"),
        ({"SLACK_CLI_XOXB": "x", "SLACK_CLI_XAPP": "x", "CRE_BOT": str(tmp_path / "none")}, "make install"),
    ):
        ran = hook("start", **given)
        assert ran.returncode != 0
        assert words in ran.stderr
        assert "Traceback" not in ran.stderr


def test_an_unknown_hook_is_refused() -> None:
    """With the ones that there are."""
    ran = subprocess.run(
        [sys.executable, ".slack/hook.py", "deploy"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "get-manifest" in ran.stderr


async def test_slack_run_gives_answers(tmp_path: Path) -> None:
    """From nothing but the two tokens of the Slack CLI to an answer in Slack; Ctrl-C ends it in good order."""
    async with SlackStandIn() as slack:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "SLACK_CLI_XOXB": slack.bot_token,
            "SLACK_CLI_XAPP": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "CRE_DATA_DIR": str(tmp_path / "data"),
            "CRE_BOT": str(Path(sys.executable).parent / "cre-bot"),
        }
        start = json.loads(hook("get-hooks").stdout)["hooks"]["start"]
        running = await asyncio.create_subprocess_exec(
            "sh", "-c", f"exec {start}", cwd=PROJECT, env=environ, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(30):
                await slack.sockets.wait_until_connected()
                sent = await slack.command("clinician", "icu", "kpc bacteremia")
            assert sent.shown is not None
            assert "meropenem-vaborbactam" in json.dumps(sent.shown.blocks)
            second = await asyncio.create_subprocess_exec(
                "sh", "-c", f"exec {start}", cwd=PROJECT, env=environ, stderr=asyncio.subprocess.PIPE
            )
            _, told = await second.communicate()
            assert second.returncode == 1
            assert b"is in use by another run" in told
        finally:
            running.send_signal(signal.SIGINT)
            await running.communicate()
        assert running.returncode == 0
