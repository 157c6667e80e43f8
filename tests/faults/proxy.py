"""A way to Redis that can be made to fail: gone, silent, slow, answering with an error, losing replies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Literal

import hiredis

Mode = Literal["pass", "down", "silent", "slow", "error"]
SLOW_SECONDS = 1.0


class Proxy:
    """Listens on a unix socket. `mode` holds for everything that is sent from now on."""

    def __init__(self, path: Path, upstream: Path) -> None:
        self.url = f"unix://{path}"
        self.to_lose = 0  # replies of scripts that are thrown away after the server has run them
        self.lost = 0
        self._path = path
        self._upstream = upstream
        self._mode: Mode = "pass"
        self._error = b""
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def stop(self) -> None:
        await self.set("down")
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def set(self, mode: Mode, error: str = "") -> None:
        """Change what happens; `down` also breaks what is open."""
        self._mode, self._error = mode, f"-{error}\r\n".encode()
        if mode == "down":
            if self._server is not None:
                self._server.close()
                self._server = None
            self._path.unlink(missing_ok=True)
            for link in list(self._links):
                link.close()
        elif self._server is None:
            await self.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._links.add(writer)
        try:
            await self._relay(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._links.discard(writer)
            writer.close()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, to_upstream = await asyncio.open_unix_connection(self._upstream)
        commands = hiredis.Reader()
        back: asyncio.Task[None] | None = None
        drop = asyncio.Event()
        try:
            back = asyncio.create_task(self._replies(upstream, writer, drop))
            while data := await reader.read(1 << 16):
                mode = self._mode
                commands.feed(data)
                count = 0
                while (command := commands.gets()) is not False:
                    count += 1
                    if self.to_lose and isinstance(command, list) and command[0].upper() in (b"EVALSHA", b"EVAL"):
                        self.to_lose -= 1
                        drop.set()
                if mode == "silent":
                    continue
                if mode == "error":
                    writer.write(self._error * count)
                    continue
                if mode == "slow":
                    await asyncio.sleep(SLOW_SECONDS)
                to_upstream.write(data)
        finally:
            to_upstream.close()
            if back is not None:
                back.cancel()

    async def _replies(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter, drop: asyncio.Event) -> None:
        with suppress(OSError):
            while data := await upstream.read(1 << 16):
                if drop.is_set():
                    self.lost += 1
                    break
                if self._mode != "silent":
                    writer.write(data)
        writer.close()
