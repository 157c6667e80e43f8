"""The container image, the compose file and the commit hooks keep their promises (no Docker engine needed)."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import yaml

from bot.settings import DEFAULT_PORT, setting_names

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "handlers", "knowledge")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continued lines joined."""
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def argument(instruction: str) -> str:
    """What the last such instruction says."""
    return [rest for name, rest in instructions() if name == instruction][-1]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def flags(command: list[str]) -> dict[str, str]:
    """`--name value` pairs of a command."""
    return {name.removeprefix("--"): value for name, value in pairwise(command) if "--" in name}


def test_image_is_made_of_known_instructions_in_two_stages() -> None:
    """The Dockerfile holds only instructions that Docker knows, builds in one stage and runs in another."""
    known = {"ARG", "FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK"}
    known |= {"STOPSIGNAL", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in instructions()} <= known
    assert [rest for name, rest in instructions() if name == "FROM"] == ["${BASE} AS build", "${BASE}"]


def test_image_installs_wheels_by_hash_only() -> None:
    """Every package of the image is a wheel whose hash is in the lock; the project itself is built without an index."""
    installs = [rest for name, rest in instructions() if name == "RUN" and "pip install" in rest]
    assert len(installs) == 2
    assert "--require-hashes --only-binary :all: --requirement requirements.lock" in installs[0]
    assert "--no-index --no-deps --no-build-isolation ." in installs[1]


def test_what_is_installed_brings_its_data(tmp_path: Path) -> None:
    """A wheel of the project holds every file of its packages: knowledge, scripts for Redis and the playground page."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tmp_path / "wheel", tmp_path], check=True, timeout=120)
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [path for package in PACKAGES for path in (tmp_path / package).rglob("*") if path.is_file()]
    assert packed == {path.relative_to(tmp_path).as_posix() for path in files}


def test_image_copies_what_is_there() -> None:
    """Everything the image is built from exists and gets through its .dockerignore."""
    ignore = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            for source in shlex.split(rest)[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in ignore


def test_image_does_not_run_as_root() -> None:
    """The bot runs as a numbered user, so that an orchestrator can check that it is not root."""
    uid, _, gid = argument("USER").partition(":")
    assert int(uid) > 0
    assert int(gid) > 0


def test_image_asks_for_its_own_health() -> None:
    """The health check is a valid program that asks /healthz on the image's own port."""
    _, _, command = argument("HEALTHCHECK").partition("CMD ")
    program = json.loads(command)
    assert program[:2] == ["python", "-c"]
    ast.parse(program[2])
    assert "/healthz" in program[2]
    environment = dict(re.findall(r"(\w+)=(\S+)", argument("ENV")))
    assert environment["PORT"] == argument("EXPOSE") == str(DEFAULT_PORT)
    assert environment["CRE_DATA_DIR"] == argument("VOLUME")
    assert json.loads(argument("ENTRYPOINT")) == ["cre-bot"]
    assert json.loads(argument("CMD")) == ["serve"]


def test_compose_keeps_the_audit_log() -> None:
    """Redis writes every entry to disk, evicts nothing, keeps its data in a volume, and is open to the bot only."""
    redis = compose()["services"]["redis"]
    assert "ports" not in redis
    assert flags(redis["command"])["appendonly"] == "yes"
    assert flags(redis["command"])["appendfsync"] == "always"
    assert flags(redis["command"])["maxmemory-policy"] == "noeviction"
    assert redis["volumes"] == ["redis-data:/data"]
    assert "healthcheck" in redis
    assert [compose()["networks"][name] for name in redis["networks"]] == [{"internal": True}]


def test_compose_starts_the_bot_after_redis_and_with_few_rights() -> None:
    """The bot waits for a healthy Redis, runs in Socket Mode on a read-only system and gets time to finish."""
    bot = compose()["services"]["bot"]
    assert bot["depends_on"] == {"redis": {"condition": "service_healthy"}}
    assert bot["command"] == ["serve", "--socket"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["stop_grace_period"] == "30s"
    assert "ports" not in bot
    assert set(bot["environment"]) <= set(setting_names())
    assert bot["environment"]["REDIS_URL"] == "redis://redis:6379/0"
    assert (ROOT / "deploy" / bot["build"]["context"] / bot["build"]["dockerfile"]).is_file()


def test_compose_volumes_and_networks_are_declared() -> None:
    """Every volume and network that a service names exists."""
    for service in compose()["services"].values():
        assert {volume.partition(":")[0] for volume in service["volumes"]} <= set(compose()["volumes"])
        assert set(service["networks"]) <= set(compose()["networks"])


def test_compose_for_http_opens_the_port_on_this_host_only() -> None:
    """The HTTP variant is for a proxy on the same host."""
    bot = yaml.safe_load((ROOT / "deploy" / "compose.http.yaml").read_text(encoding="utf-8"))["services"]["bot"]
    assert bot == {"command": ["serve"], "ports": [f"127.0.0.1:{DEFAULT_PORT}:{DEFAULT_PORT}"]}


def test_commit_hooks_download_nothing() -> None:
    """Every commit hook is a command of the project's own virtual environment."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    for hook in hooks["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")
