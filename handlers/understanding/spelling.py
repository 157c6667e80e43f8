"""Typing errors: sites and organisms may be read through one; a name of a mechanism or antimicrobial never is."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from rapidfuzz.distance import OSA

from handlers.parsed import Doubt, DoubtKind
from handlers.understanding.lexicon import Lexicon, Reading
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
_LETTERS_LOOKED_UP = 1600  # squares of the lengths of unknown words tried with two errors; later ones with one


class Speller:
    """Words within a typing error of a name, found by deleting letters (no pass over the whole vocabulary)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._places: dict[str, set[str]] = {}
        self._names: dict[str, set[str]] = {}
        self._owners: dict[str, set[tuple[str, str]]] = {}
        self._forms: Counter[str] = Counter()
        for term in vocabulary.terms:
            for form in term.forms:
                words = WORD.findall(form)
                if term.kind in _CORRECTABLE:
                    for word in words:
                        if len(word) >= _SHORTEST_CORRECTED and word.isalpha():
                            self._add(self._places, word, 2 if len(word) >= 8 else 1)
                            self._forms[word] += 1
                elif term.kind in _NAMES and words[0].isalpha():
                    self._name(term.kind, term.id, words)
        for word in _DOUBTS:
            self._add(self._places, word, 1)

    def _name(self, kind: Kind, ident: str, words: list[str]) -> None:
        field = "mechanism" if kind is Kind.MECHANISM else "antimicrobial"
        for word in words if field == "antimicrobial" else words[:1]:
            if not word.isalpha() or len(word) < (3 if field == "mechanism" else _SHORTEST_ANTIMICROBIAL):
                continue
            if field == "mechanism" and word != "oxa" and len(words) > 1:
                continue
            self._owners.setdefault(word, set()).add((field, ident))
            self._add(self._names, word, 1)

    @staticmethod
    def _add(index: dict[str, set[str]], word: str, edits: int) -> None:
        for form in _deletions(word, edits):
            index.setdefault(form, set()).add(word)

    def correct(self, word: str, most_edits: int = 2) -> str | None:
        """The site or organism word this is a typing error of."""
        return self.look_up(word, most_edits)[1]

    def near(self, word: str) -> set[tuple[str, str]]:
        """Names of mechanisms and antimicrobials one typing error away: (field, id)."""
        return self.look_up(word, 1)[0]

    def look_up(self, word: str, most_edits: int = 2) -> tuple[set[tuple[str, str]], str | None]:
        """Both at once, by the word less one letter and, for long words, less two."""
        found: set[tuple[str, str]] = set()
        if not 2 < len(word) <= _LONGEST:
            return found, None
        forms = _less_one(word)
        for form in forms:
            for name in self._names.get(form, ()):
                if OSA.distance(word, name, score_cutoff=1) == 1:
                    found |= self._owners[name]
        edits = min(2 if len(word) >= 8 else 1, most_edits)
        if len(word) < _SHORTEST_CORRECTED - 1:
            return found, None
        best: tuple[int, int, str] | None = None  # fewest errors, then the word of most forms: itself no misspelling
        places = self._places
        for form in forms if edits == 1 else _deletions(word, 2):
            for candidate in places.get(form, ()):
                distance = OSA.distance(word, candidate, score_cutoff=edits)
                if distance <= (2 if len(candidate) >= 8 else 1) and word[0] in candidate[:2]:
                    best = min(best or (9, 0, ""), (distance, -self._forms[candidate], candidate))
        return found, best[2] if best else None


def _less_one(word: str) -> set[str]:
    forms = {word[:i] + word[i + 1 :] for i in range(len(word))}
    forms.add(word)
    return forms


def _deletions(word: str, edits: int) -> set[str]:
    forms = _less_one(word)
    if edits == 2:
        forms |= {form[:i] + form[i + 1 :] for form in tuple(forms) if len(form) < len(word) for i in range(len(form))}
    return forms


@lru_cache(maxsize=8)
def compile_speller(vocabulary: Vocabulary) -> Speller:
    """The speller of a vocabulary, made once for each one loaded."""
    return Speller(vocabulary)


def check_spelling(reading: Reading, lexicon: Lexicon, speller: Speller) -> list[Doubt]:
    """Correct sites and organisms in place; give a doubt for each word near a mechanism or antimicrobial."""
    near_names: dict[tuple[str, ...], set[str]] = {}
    words = reading.words
    known = lexicon.words
    tried: dict[str, tuple[set[tuple[str, str]], str | None]] = {}
    spent = 0
    for number, word in enumerate(words):
        if word in known or len(word) < 3 or word[0].isdigit():
            continue
        if word not in tried:
            tried[word] = speller.look_up(word, 2 if spent < _LETTERS_LOOKED_UP else 1)
            spent += len(word) ** 2 if 8 <= len(word) <= _LONGEST else 0
        found, corrected = tried[word]
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
