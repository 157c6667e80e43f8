"""`make run` starts the playground on a machine without Redis, takes the next port, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLAYGROUND = [sys.executable, "-m", "bot", "playground"]
# What the shell script behind `make run` calls. No redis-server, no valkey-server.
TOOLS = ("make", "sh", "dirname", "cmp", "grep", "mkdir", "rm", "cp", "env")


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a new machine: nothing set, an empty home, no Redis server on the PATH."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        if found := shutil.which(tool):
            (tools / tool).symlink_to(found)
    (tmp_path / "home").mkdir()
    return {"PATH": str(tools), "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}


def _hear_ctrl_c() -> None:
    """A shell that runs the tests in the background lets its children ignore SIGINT; a terminal does not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A program with its output in one pipe; ended with its whole process group if it takes too long."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=_hear_ctrl_c,
    )
    deadline = Timer(60, os.killpg, (process.pid, signal.SIGKILL))
    deadline.start()
    try:
        yield process
    finally:
        deadline.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def free_port() -> int:
    """A port that was free a moment ago; should another program take it, the playground takes the next."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def printed_until_url(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What the program printed up to the address of the page, and the address."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if found := re.search(r"http://(127\.0\.0\.1|localhost):\d+", line):
            return printed, found[0]
    raise AssertionError(f"no address was printed, only: {printed}")


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 (our own page)
        body: bytes = response.read()
    return body.decode()


def descendants(pid: int) -> dict[int, str]:
    """The processes below `pid` that are alive, with their names (Linux)."""
    parents, names = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = entry.read_text().partition("(")[2].rpartition(")")
        except OSError:  # gone meanwhile
            continue
        state, parent = rest.split()[:2]
        if state not in "ZX":
            parents[int(entry.parent.name)], names[int(entry.parent.name)] = int(parent), name
    found: dict[int, str] = {}
    generation = {pid}
    while generation := {child for child, parent in parents.items() if parent in generation}:
        found |= {child: names[child] for child in generation}
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for left-over processes in /proc")
def test_playground_brings_its_redis_and_ends_it(bare_machine: dict[str, str]) -> None:
    """Without a Redis server installed the playground starts its own; Ctrl-C ends both in good order."""
    assert shutil.which("redis-server", path=bare_machine["PATH"]) is None
    assert shutil.which("valkey-server", path=bare_machine["PATH"]) is None
    with running([*PLAYGROUND, "--port", str(free_port())], bare_machine) as process:
        _, url = printed_until_url(process)
        assert "<!doctype html" in fetch(url).lower()
        children = descendants(process.pid)
        assert "valkey-server" in children.values()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    assert "Traceback" not in rest
    assert [name for pid, name in children.items() if is_alive(pid)] == []


def test_playground_takes_the_next_port_and_says_so(bare_machine: dict[str, str]) -> None:
    """On a port that another program uses the playground says so and takes the next one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running([*PLAYGROUND, "--port", str(port)], bare_machine) as process:
            printed, url = printed_until_url(process)
            assert "<!doctype html" in fetch(url).lower()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
    assert str(port) in printed
    assert "in use" in printed
    assert int(url.rpartition(":")[2]) > port


def test_make_run_starts_at_once_and_ends_cleanly(bare_machine: dict[str, str]) -> None:
    """A second `make run` installs nothing; Ctrl-C in its terminal ends everything without a word from make."""
    if not (ROOT / ".venv" / "installed" / "requirements.lock").exists():
        assert "CRE_TEST_REQUIRE_ALL" not in os.environ, "make test installs into .venv; this run did not"
        pytest.skip("needs the .venv of `make install`")
    with running(["make", "run", f"ARGS=--port {free_port()}"], bare_machine) as process:
        printed, url = printed_until_url(process)
        assert "Installing" not in printed
        assert "<!doctype html" in fetch(url).lower()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in rest
    assert "***" not in rest


def test_install_says_what_is_missing(tmp_path: Path, bare_machine: dict[str, str]) -> None:
    """Without any Python of 3.11 or later, `make run` says what to install and for which system."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (Path(bare_machine["PATH"]) / "cat").symlink_to(str(shutil.which("cat")))
    result = subprocess.run(
        ["make", "run"], cwd=tmp_path, env=bare_machine, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    for word in ("Python 3.11", "Debian", "Fedora", "macOS"):
        assert word in result.stderr
