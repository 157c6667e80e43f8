"""What earlier runs left in the spool comes into the log, under their own names and sequences; none twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
    found.head, mac = await store.head(writer)
    after = 0
    while chunk := await read(writer, after, READ_AT_ONCE):
        found.entries += len(chunk)
        found.is_stopped = orjson.loads(chunk[-1].body)["t"] == "writer.stopped"
        after = chunk[-1].sequence
        at_head = [each for each in chunk if each.sequence == found.head]
        if at_head and at_head[0].mac != mac and found.kind == "OK":
            found.kind = "FORK"
            found.unplaced += at_head
        for part in _parts([each for each in chunk if each.sequence > found.head]):
            if found.kind == "OK":
                reply = await store.append(part)
                found.kind = reply.kind
                if reply.kind == "OK":
                    found.added += len(part)
                    found.head, mac = reply.head, reply.mac
                    continue
            found.unplaced += part
    return found


def _parts(entries: list[Placed]) -> list[list[Placed]]:
    """Runs of entries that follow each other, none longer than one call takes."""
    parts: list[list[Placed]] = []
    for each in entries:
        if parts and len(parts[-1]) < CHUNK and parts[-1][-1].sequence + 1 == each.sequence:
            parts[-1].append(each)
        else:
            parts.append([each])
    return parts
