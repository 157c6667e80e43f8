"""What a segment will hold, looked at before it is written: its bytes, what it shows, what is open, what is odd.

Pure work of some hundred milliseconds for a full segment, so that it can be done in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog

from bot.audit.archive.digests import Digest, Open, sha256
from bot.audit.archive.sorting import Sorted
from bot.audit.chain import Keyring
from bot.audit.chains import Chains
from bot.audit.proof.pairs import Pairs
from bot.audit.readers.payloads import payload_of
from bot.audit.rows import Row, Strange

MOST_OPEN = 1_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Examined:
    """The lines of a segment and what its digest says of them."""

    lines: tuple[bytes, ...]
    sha256: str  # of the file
    size: int
    count: int  # entries
    again: int
    strange: int
    shown: tuple[str, ...]  # digests of payloads
    stopped: tuple[str, ...]  # writers that end here
    open: tuple[Open, ...]
    is_quiet: bool  # nothing but what earlier sealing told of itself


def examine(found: Sorted, last: Digest | None, keyring: Keyring | None) -> Examined:
    """What does not fit is sealed all the same, as evidence; the operator hears of it at once."""
    for writer, expected, sequence in found.gaps:
        _log.error("audit.gap", writer=writer, expected=expected, found=sequence)
    for writer, sequence in found.forks:
        _log.error("audit.fork", writer=writer, found=sequence)
    chains, pairs = Chains(keyring), Pairs(last.open if last else ())
    for writer, head in (last.heads if last else {}).items():
        chains.jump(writer, head.s, head.mac)
    bodies: list[dict[str, Any]] = []
    strange = 0
    for line in found.lines:
        if isinstance(line, Strange):
            strange += 1
            _log.error("audit.strange_entry", segment=(last.n if last else 0) + 1, at=line.id)
        elif isinstance(line, Row):
            body, problem = chains.take(line)
            if problem is not None:
                _log.error("audit.chain_fault", writer=line.w, found=line.s, at=line.id, problem=problem)
            pairs.take(line.id, body)
            bodies.append(body)
    left = pairs.open()
    if len(left) > MOST_OPEN:
        _log.error("audit.too_many_open", count=len(left))
    lines = tuple(line.line() for line in found.lines)
    file = b"".join(line + b"\n" for line in lines)
    again = len(found.lines) - len(bodies) - strange
    stopped = [row.w for row, body in zip(found.entries, bodies, strict=True) if body.get("t") == "writer.stopped"]
    return Examined(
        lines,
        sha256(file),
        len(file),
        len(bodies),
        again,
        strange,
        tuple(sorted({sha for body in bodies if (sha := payload_of(body)) is not None})),
        tuple(stopped),
        tuple(left[-MOST_OPEN:]),
        not (again or strange) and all(body.get("t") == "archive.sealed" for body in bodies),
    )
