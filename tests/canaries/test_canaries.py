"""No patient data of a note is found anywhere; the whole of it is `python -m tests.canaries` (5,000 notes)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.canaries.notes import Note, Searcher, make_notes
from tests.canaries.rounds import SURFACES, run


async def test_nothing_of_a_note_is_found_anywhere(tmp_path: Path) -> None:
    """Two hundred notes through every surface, with crashes: Redis, files, log, exports and Slack hold none of it."""
    done = await run(make_notes(200), tmp_path)
    assert set(done.sent) == set(SURFACES)
    assert done.crashes == done.sent["crash"]
    for heap in ("log", "Slack", "cli ask", "cli audit tail", "redis stream", "file redis/….rdb", "file redis/….aof"):
        assert done.heaps.get(heap, 0) > 1000, (heap, done.heaps)
    assert done.found == []


@pytest.mark.parametrize("part", ["word", "number", "phone", "digest"])
def test_the_search_finds_what_is_there(part: str) -> None:
    """In any case, as a number or as people write a telephone number, or as a digest of the text."""
    notes = make_notes(50)
    note = notes[7]
    n = note.number
    planted = {
        "word": note.word.title(),
        "number": n,
        "phone": f"({n[:3]}) {n[3:6]}-{n[6:]}",
        "digest": hashlib.sha256(note.text.encode()).hexdigest(),
    }[part]
    heap = b"x" * 5000 + b'{"a":"' + planted.encode() + b'"}' + b"y" * 5000
    assert len(Searcher(notes).found(heap)) == 1
    assert Searcher([Note("", "qxzotherword", "9999999999")]).found(heap) == []
