"""What earlier runs left in the spool comes into the log, under their own names and sequences; none twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from bot.audit.writer.placing import Placed
from bot.audit.writer.store import AuditStore

CHUNK = 256
READ_AT_ONCE = 4096
ReadSpool = Callable[[str, int, int], Awaitable[list[Placed]]]


@dataclass(slots=True)
class Recovered:
    """What became of one writer's spooled entries. `unplaced`: those that its chain in the store has no place for."""

    writer: str
    entries: int = 0
    added: int = 0
    kind: str = "OK"  # GAP: entries before `unplaced` are nowhere; FORK: the store holds others under this name
    head: int = 0
    is_stopped: bool = False  # its last entry says that it ended in good order
    unplaced: list[Placed] = field(default_factory=list)

    @property
    def is_news(self) -> bool:
        """Whether the log should say so: something was missing, or the writer crashed."""
        return self.added > 0 or bool(self.unplaced) or not self.is_stopped


async def replay(store: AuditStore, read: ReadSpool, writer: str) -> Recovered:
    """Send everything the spool has of a writer that the store has not. Raises what the store raises."""
    found = Recovered(writer)
    head, mac = await store.head(writer)
    found.head = head
    stored: dict[int, str] | None = None  # None: the head is ours, and with it everything before
    after = 0
    while chunk := await read(writer, after, READ_AT_ONCE):
        if after == 0 and head and not await _is_ours(read, writer, head, mac):
            stored = await store.macs(writer, int(orjson.loads(chunk[0].body)["ts"]))
        found.entries += len(chunk)
        found.is_stopped = orjson.loads(chunk[-1].body)["t"] == "writer.stopped"
        after = chunk[-1].sequence
        strange = [] if stored is None else missing([each for each in chunk if each.sequence <= head], stored)
        if strange:
            found.kind = "FORK"
            found.unplaced += strange
        for part in _parts([each for each in chunk if each.sequence > head]):
            if found.kind == "OK":
                reply = await store.append(part)
                found.kind = reply.kind
                if reply.kind == "OK":
                    found.added += len(part)
                    found.head = reply.head
                    continue
            found.unplaced += part
    return found


def missing(entries: Sequence[Placed], stored: Mapping[int, str]) -> list[Placed]:
    """Those in whose place the store has nothing, or something else."""
    return [each for each in entries if stored.get(each.sequence) != each.mac]


async def _is_ours(read: ReadSpool, writer: str, head: int, mac: str) -> bool:
    found = await read(writer, head - 1, 1)
    return bool(found) and (found[0].sequence, found[0].mac) == (head, mac)


def _parts(entries: list[Placed]) -> list[list[Placed]]:
    """Runs of entries that follow each other, none longer than one call takes."""
    parts: list[list[Placed]] = []
    for each in entries:
        if parts and len(parts[-1]) < CHUNK and parts[-1][-1].sequence + 1 == each.sequence:
            parts[-1].append(each)
        else:
            parts.append([each])
    return parts
