"""Typing errors: sites and organisms may be read through one; a name of a mechanism or antimicrobial never is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from handlers.parsed import Doubt, DoubtKind
from handlers.understanding.lexicon import Reading
from knowledge.vocabulary import WORD, Kind, Vocabulary

_CORRECTABLE = frozenset({Kind.SITE, Kind.ORGANISM, Kind.OUTSIDER})
_NAMES = frozenset({Kind.MECHANISM, Kind.ANTIMICROBIAL})
_DOUBTS = (
    "negative", "undetected", "excluded", "pending", "awaiting", "awaited", "outstanding", "unknown", "inconclusive",
    "indeterminate", "equivocal", "suspected", "unconfirmed", "possible", "probable",
)  # fmt: skip
"""Words that only ever make less of a finding: read through a typing error, they lead to a question at worst."""
_SHORTEST_CORRECTED = 5
_SHORTEST_ANTIMICROBIAL = 5
_LONGEST = 24
_LONG = 8  # letters, from which on two typing errors are read through


class Speller:
    """Words within a typing error of a name; only those of about the same length or beginning are compared."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._places: dict[tuple[str, int], list[str]] = {}  # by letter (few mistype the first) and length as typed
        self._names: dict[int, list[str]] = {}  # by length as typed
        self._owners: dict[str, set[tuple[str, str]]] = {}
        self._forms: Counter[str] = Counter()
        places = set(_DOUBTS)
        for term in vocabulary.terms:
            for form in term.forms:
                words = WORD.findall(form)
                if term.kind in _CORRECTABLE:
                    found = [word for word in words if len(word) >= _SHORTEST_CORRECTED and word.isalpha()]
                    places.update(found)
                    self._forms.update(found)
                elif term.kind in _NAMES and words[0].isalpha():
                    self._name(term.kind, term.id, words)
        for place in sorted(places):
            most = 2 if len(place) >= _LONG else 1
            for letter in {place[0], place[1]}:
                for length in range(len(place) - most, len(place) + most + 1):
                    self._places.setdefault((letter, length), []).append(place)
        for name in sorted(self._owners):
            for length in range(len(name) - 1, len(name) + 2):
                self._names.setdefault(length, []).append(name)

    def _name(self, kind: Kind, ident: str, words: list[str]) -> None:
        field = "mechanism" if kind is Kind.MECHANISM else "antimicrobial"
        for word in words if field == "antimicrobial" else words[:1]:
            if not word.isalpha() or len(word) < (3 if field == "mechanism" else _SHORTEST_ANTIMICROBIAL):
                continue
            if field == "mechanism" and word != "oxa" and len(words) > 1:
                continue
            self._owners.setdefault(word, set()).add((field, ident))

    def near(self, word: str) -> set[tuple[str, str]]:
        """Names of mechanisms and antimicrobials one typing error away: (field, id)."""
        found: set[tuple[str, str]] = set()
        if 2 < len(word) <= _LONGEST:
            for name, errors, _ in _alike(word, self._names.get(len(word), ()), 1):
                if errors:
                    found |= self._owners[name]
        return found

    def correct(self, word: str) -> str | None:
        """The site, organism or doubt this is a typing error of: two errors in long words, one in others."""
        if not _SHORTEST_CORRECTED - 1 <= len(word) <= _LONGEST:
            return None
        best: tuple[int, int, str] | None = None  # fewest errors, then the word of most forms: itself no misspelling
        for place, errors, _ in _alike(
            word, self._places.get((word[0], len(word)), ()), 2 if len(word) >= _LONG else 1
        ):
            if errors <= (2 if len(place) >= _LONG else 1):
                best = min(best or (9, 0, ""), (errors, -self._forms[place], place))
        return best[2] if best else None


def _alike(word: str, words: Sequence[str], most_errors: int) -> list[tuple[str, int, int]]:
    """Those of `words` within so many typing errors: (word, errors, index)."""
    return process.extract(word, words, scorer=OSA.distance, score_cutoff=most_errors, limit=None)


@lru_cache(maxsize=8)
def compile_speller(vocabulary: Vocabulary) -> Speller:
    """The speller of a vocabulary, made once for each one loaded."""
    return Speller(vocabulary)


def check_spelling(reading: Reading, unknown: Collection[str], speller: Speller) -> list[Doubt]:
    """Correct sites and organisms in place; give a doubt for each unknown word near a mechanism or antimicrobial."""
    if not unknown:
        return []
    near_names: dict[tuple[str, ...], set[str]] = {}
    words = reading.words
    looked_up = {word: (speller.near(word), speller.correct(word)) for word in unknown}
    for number, word in enumerate(words):
        if word not in looked_up:
            continue
        found, corrected = looked_up[word]
        mechanisms = {ident for field, ident in found if field == "mechanism"}
        following = words[number + 1] if number + 1 < len(words) else ""
        if mechanisms == {"oxa48"} and len(word) <= 4 and following not in ("48", "181", "232", "244", "162", "204"):
            mechanisms = set()
        if mechanisms:
            near_names.setdefault(("mechanism",), set()).update(mechanisms)
            continue
        agents = {ident for field, ident in found if field == "antimicrobial"}
        if agents:
            near_names.setdefault(("antimicrobial", word), set()).update(agents)
        elif corrected is not None:
            reading.corrected[number] = word
            words[number] = corrected
    return [
        Doubt(DoubtKind.DID_YOU_MEAN, "mechanism" if key[0] == "mechanism" else "antimicrobial", tuple(sorted(ids)))
        for key, ids in near_names.items()
    ]
