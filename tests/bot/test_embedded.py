"""Embedded Redis: a real server without one installed, on disk, gone when we are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from bot.embedded import EmbeddedRedis, embedded_binary, is_answering, socket_path
from bot.faults import StartError

CHILD = """
import sys, time
from pathlib import Path
from bot.embedded import EmbeddedRedis
server = EmbeddedRedis.start(Path(sys.argv[1]))
print(server.pid, server.url, flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"


def test_it_starts_without_any_redis_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of the wheel is found with an empty PATH."""
    monkeypatch.setenv("PATH", "")
    with EmbeddedRedis.start(tmp_path / "data") as server, Redis.from_url(server.url) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.eval("return redis.call('TIME')[1]", 0)
    assert not is_answering(socket_path(tmp_path / "data"))


def test_data_outlives_the_server(tmp_path: Path) -> None:
    """Stopped, or killed: what was written is there at the next start."""
    for kill in (False, True):
        with EmbeddedRedis.start(tmp_path) as server, Redis.from_url(server.url) as client:
            client.xadd("log", {"killed": str(kill)})
            if kill:
                os.kill(server.pid, signal.SIGKILL)
    with EmbeddedRedis.start(tmp_path) as server, Redis.from_url(server.url) as client:
        assert client.xlen("log") == 2


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second says so, uses a temporary folder and clears it away."""
    with EmbeddedRedis.start(tmp_path) as first:
        with EmbeddedRedis.start(tmp_path) as second:
            assert second.is_temporary
            assert not first.is_temporary
            assert second.url != first.url
            folder = second.folder
        assert not folder.exists()
        assert is_answering(socket_path(tmp_path))


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    """Unix sockets end at about a hundred bytes; data folders do not."""
    folder = tmp_path / ("long" * 40)
    with EmbeddedRedis.start(folder) as server:
        assert len(server.url) < 110
        assert (folder / "appendonlydir").is_dir()


def test_a_folder_that_cannot_be_used_is_a_fault(tmp_path: Path) -> None:
    """Named, with a remedy."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError) as refused:
        EmbeddedRedis.start(tmp_path / "file" / "data")
    assert refused.value.faults[0].name == "CRE_DATA_DIR"


def test_a_server_that_does_not_start_is_a_fault(tmp_path: Path) -> None:
    """Broken data: the log is named, nothing hangs, and the folder is free again."""
    (tmp_path / "appendonlydir").write_text("not a folder")
    for _ in range(2):
        with pytest.raises(StartError, match="its log is"):
            EmbeddedRedis.start(tmp_path)


def test_a_server_that_was_left_over_is_replaced(tmp_path: Path) -> None:
    """Where a killed parent's child lives on (macOS), the next run ends it and takes the data over."""
    path = socket_path(tmp_path)
    command = [str(embedded_binary()), "--port", "0", "--unixsocket", str(path), "--dir", str(tmp_path)]
    orphan = subprocess.Popen([*command, "--appendonly", "yes"], stdout=subprocess.DEVNULL)
    while not is_answering(path):
        time.sleep(0.01)
    with EmbeddedRedis.start(tmp_path) as server:
        assert orphan.wait(10) is not None
        assert is_answering(path)
        assert server.pid != orphan.pid


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the child of a killed parent")
def test_it_dies_with_a_killed_parent(tmp_path: Path) -> None:
    """kill -9 of the bot leaves no server behind."""
    parent = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline().split()[0])
    assert is_running(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while is_running(pid):
        assert time.monotonic() < deadline, "the server outlived its parent"
        time.sleep(0.01)
