"""Real Redis in company: a master with a replica and three Sentinels, and a Cluster of three masters."""

from __future__ import annotations

import contextlib
import shutil
import socket as sockets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

SERVICE = "cre"
SLOTS = 16384
_PATIENCE_SECONDS = 30.0


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, low enough that a Cluster's bus port above them exists too."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        while len(found) < count:
            probe = held.enter_context(sockets.socket())
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            if port < 55_000:
                found.append(port)
    return found


class Node:
    """One redis-server (or Sentinel) on a port, in a folder of its own."""

    def __init__(self, folder: Path, port: int, *lines: str, sentinel: bool = False) -> None:
        folder.mkdir(parents=True)
        self.port = port
        self._config = folder / "redis.conf"
        self._config.write_text(
            "\n".join([f"port {port}", "bind 127.0.0.1", f"dir {folder}", "loglevel warning", *lines]) + "\n"
        )
        self._sentinel = sentinel
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, answers: Callable[[], Any] | None = None) -> None:
        """Start and wait; `answers` where a plain PING would be refused."""
        binary = shutil.which("redis-server")
        assert binary, "install redis-server (apt-get install redis-server)"
        command = [binary, str(self._config), *(["--sentinel"] if self._sentinel else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ping = answers or (lambda: self.client_says(lambda client: client.ping()))
        until(ping, f"the server on port {self.port} does not answer")

    def stop(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client_says(self, ask: Callable[[Redis], Any]) -> Any:
        """What the server answers, or None while it does not."""
        with Redis(port=self.port, socket_timeout=2) as client, contextlib.suppress(RedisError, OSError):
            return ask(client)
        return None


class SentinelFleet:
    """A master, its replica, and three Sentinels that fail over within about a second."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(5)
        store = ("appendonly yes", "appendfsync everysec", 'save ""', "repl-diskless-sync-delay 0")
        self.stores = [
            Node(folder / "a", ports[0], *store),
            Node(folder / "b", ports[1], *store, f"replicaof 127.0.0.1 {ports[0]}"),
        ]
        watch = (
            f"sentinel monitor {SERVICE} 127.0.0.1 {ports[0]} 2",
            f"sentinel down-after-milliseconds {SERVICE} 600",
            f"sentinel failover-timeout {SERVICE} 3000",
        )
        self.sentinels = [Node(folder / f"s{port}", port, *watch, sentinel=True) for port in ports[2:]]
        self.url = f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports[2:])}/{SERVICE}/0"

    def __enter__(self) -> SentinelFleet:
        for node in (*self.stores, *self.sentinels):
            node.start()
        self.settled()
        return self

    def __exit__(self, *_: object) -> None:
        for node in (*self.sentinels, *self.stores):
            node.stop()

    def master(self) -> Node:
        """The node that all running Sentinels call the master."""
        address = self.sentinels[0].client_says(lambda client: client.sentinel_get_master_addr_by_name(SERVICE))
        return next(node for node in self.stores if address and node.port == int(address[1]))

    def settled(self) -> None:
        """Wait until a replica follows the master and every Sentinel knows both, and each other."""

        def whole() -> bool:
            follows = self.master().client_says(lambda client: client.info("replication")) or {}
            online = any(value.get("state") == "online" for value in follows.values() if isinstance(value, dict))
            return online and all(self._knows(node) for node in self.sentinels)

        until(whole, "the replica does not follow its master")

    def failed_over_from(self, old: Node) -> None:
        """Wait until another node is the master and takes writes."""

        def changed() -> bool:
            now = self.master()
            return now is not old and now.client_says(lambda client: client.info("replication")["role"]) == "master"

        until(changed, "no failover happened")

    def _knows(self, node: Node) -> bool:
        masters = node.client_says(lambda client: client.sentinel_masters()) or {}
        state = masters.get(SERVICE, {})
        return bool(state.get("num-slaves", 0) >= 1 and state.get("num-other-sentinels", 0) == 2)


class ClusterFleet:
    """Three masters that share the slots."""

    def __init__(self, folder: Path) -> None:
        config = ("cluster-enabled yes", "cluster-node-timeout 2000", "appendonly yes", 'save ""')
        self.nodes = [Node(folder / str(port), port, *config) for port in free_ports(3)]
        self.url = f"redis+cluster://{','.join(f'127.0.0.1:{node.port}' for node in self.nodes)}"

    def __enter__(self) -> ClusterFleet:
        for node in self.nodes:
            node.start()
        share = SLOTS // len(self.nodes) + 1
        for index, node in enumerate(self.nodes):
            first, last = index * share, min(SLOTS, (index + 1) * share) - 1
            self._say(node, "CLUSTER", "ADDSLOTSRANGE", first, last)
            self._say(node, "CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port)

        def agreed() -> bool:
            return all(
                b"cluster_state:ok" in (self._say(node, "CLUSTER", "INFO") or b"")
                and b"cluster_known_nodes:3" in (self._say(node, "CLUSTER", "INFO") or b"")
                for node in self.nodes
            )

        until(agreed, "the Cluster does not come together")
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.stop()

    def owner(self, slot: int) -> Node:
        """The master that serves a slot."""
        for first, last, address, *_ in self._raw(self.nodes[0], "CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == address[1])
        raise AssertionError(f"nobody serves slot {slot}")

    def slot_of(self, key: str) -> int:
        return int(self._say(self.nodes[0], "CLUSTER", "KEYSLOT", key))

    def migrate(self, slot: int, keys_at_once: int = 50) -> None:
        """Move a slot with everything in it to the next master, as an operator's resharding does."""
        source = self.owner(slot)
        target = self.nodes[(self.nodes.index(source) + 1) % len(self.nodes)]
        ids = {node: self._say(node, "CLUSTER", "MYID").decode() for node in self.nodes}
        self._say(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
        self._say(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])
        while keys := self._raw(source, "CLUSTER", "GETKEYSINSLOT", slot, keys_at_once):
            self._say(source, "MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "REPLACE", "KEYS", *keys)
        for node in (target, source, *self.nodes):
            self._say(node, "CLUSTER", "SETSLOT", slot, "NODE", ids[target])

    def _say(self, node: Node, *words: Any) -> Any:
        return node.client_says(lambda client: _said(client, words))

    def _raw(self, node: Node, *words: Any) -> Any:
        """The reply as the server sends it: redis-py makes tables of some."""

        return node.client_says(lambda client: _said(client, words, raw=True))


def _said(client: Any, words: tuple[Any, ...], *, raw: bool = False) -> Any:
    if not raw:
        return client.execute_command(*words, NEVER_DECODE=True)
    connection = client.connection_pool.get_connection()
    try:
        connection.send_command(*words)
        return connection.read_response()
    finally:
        client.connection_pool.release(connection)


def until(holds: Callable[[], Any], otherwise: str) -> None:
    """Wait for real servers to agree; fails with `otherwise`."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        with contextlib.suppress(StopIteration, RedisError, OSError):
            if holds():
                return
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


@contextlib.contextmanager
def started(fleet: SentinelFleet | ClusterFleet) -> Iterator[Any]:
    """The fleet while the block runs, stopped however it ends."""
    try:
        yield fleet.__enter__()
    finally:
        fleet.__exit__()
