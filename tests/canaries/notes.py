"""Clinical notes that carry identifiers which occur nowhere else, each findable in any heap of bytes."""

from __future__ import annotations

import hashlib
import random
import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

from tests.fuzz.notes import make_note

_WORD = re.compile(rb"qxz[a-z]{8}", re.IGNORECASE)
_NUMBER = re.compile(rb"(?<![0-9])9[0-9]{9}(?![0-9])")
_PHONE = re.compile(rb"\(9[0-9]{2}\) [0-9]{3}-[0-9]{4}")
_DIGEST = re.compile(rb"[0-9a-f]{32,128}")
_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")


@dataclass(frozen=True)
class Note:
    """A text, and what must not be found of it."""

    text: str
    word: str  # in the name, the address and the e-mail address
    number: str  # record number and, as people write it, telephone


def make_notes(count: int, seed: int = 1) -> list[Note]:
    """The same notes each time."""
    rng = random.Random(seed)  # noqa: S311 - notes, not secrets
    return [_note(rng, number) for number in range(count)]


def _note(rng: random.Random, number: int) -> Note:
    word = "qxz" + "".join(rng.choices(string.ascii_lowercase, k=8))
    digits = f"9{rng.randrange(10**4):04d}{number % 10**5:05d}"
    phone = f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
    said = (
        f"pt {word.title()} Canary, {rng.randrange(30, 90)}M",
        f"MRN {digits}",
        f"DOB 03/{rng.randrange(1, 28):02d}/19{rng.randrange(30, 99)}",
        f"tel {phone}",
        f"{word}@mail.example",
        f"{rng.randrange(1, 99)} {word.upper()} Lane",
        f"https://ehr.example/chart/{digits}?name={word}",
    )
    parts = [*rng.sample(said, rng.randrange(2, len(said))), said[0], make_note(rng).text]
    rng.shuffle(parts)
    return Note(rng.choice((", ", "; ", "\n", ". ")).join(parts), word, digits)


class Searcher:
    """Finds what came of the notes in bytes: the words, the numbers as written, and digests of the whole text."""

    def __init__(self, notes: Iterable[Note]) -> None:
        notes = list(notes)
        self._words = {note.word.encode() for note in notes}
        self._numbers = {note.number.encode() for note in notes}
        self._digests = {
            hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest().encode()
            for note in notes
            for text in (note.text, note.text.strip(), note.text.lower(), note.word, note.number)
            for name in _ALGORITHMS
        }

    def found(self, heap: bytes) -> list[str]:
        """What stands in it, at most ten."""
        hits = [hit for hit in _WORD.findall(heap) if hit.lower() in self._words]
        hits += [hit for hit in _NUMBER.findall(heap) if hit in self._numbers]
        hits += [hit for hit in _PHONE.findall(heap) if re.sub(rb"[^0-9]", b"", hit) in self._numbers]
        hits += [hit for hit in _DIGEST.findall(heap) if hit in self._digests]
        return [hit.decode() for hit in hits[:10]]
