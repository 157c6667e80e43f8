"""Redis and Valkey with an append-only file or none, to be killed and started again on what they left."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from pathlib import Path

from bot.embedded import embedded_binary, is_answering
from tests.servers import Kind


class CrashServer:
    """One server. `fsync` "no" writes no file at all: every kill loses all it had."""

    def __init__(self, kind: Kind, folder: Path, fsync: str) -> None:
        folder.mkdir(parents=True)
        self.kind = kind
        self.folder = folder
        self.path = folder / "r.sock"
        self.url = f"unix://{self.path}"
        program = shutil.which("redis-server") if kind == "redis" else str(embedded_binary())
        assert program, "install redis-server (apt-get install redis-server)"
        appending = ["--appendonly", "no"] if fsync == "no" else ["--appendonly", "yes", "--appendfsync", fsync]
        self._command = [
            *(program, "--port", "0", "--unixsocket", str(self.path), "--dir", str(folder), "--save", ""),
            *(*appending, "--loglevel", "warning", "--daemonize", "no"),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not is_answering(self.path):
            assert self._process.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.005)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.path.unlink(missing_ok=True)

    def cut(self, dice: random.Random) -> None:
        """As a power cut leaves the append-only file that is synced each second: any part of its end is gone."""
        for path in self.folder.glob("appendonlydir/*.incr.aof"):
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.truncate(dice.randint(0, size))
