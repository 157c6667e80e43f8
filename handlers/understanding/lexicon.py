"""Words of a message matched against the vocabulary: whole words, longest form first, in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge.vocabulary import WORD, Kind, Term, Vocabulary

PLAIN, JOINED, SOFT, HARD = 0, 1, 2, 3
"""What stands between two words: nothing much, a plus or slash, a comma or colon, the end of a sentence."""

_GAPS = {
    " ": PLAIN,
    "-": PLAIN,
    "": PLAIN,
    "/": JOINED,
    ", ": SOFT,
    ". ": HARD,
    ": ": SOFT,
    "? ": HARD,
    "\n": HARD,
    " / ": JOINED,
}
_HARD = re.compile(r"[\n;?!]|\.(?:\s|$|\.)")
_SOFT = re.compile(r"[,:()\[\]{}=|\"<>]|\s-+\s|\s-+$|->")
_ALLELE = frozenset({Kind.MECHANISM, Kind.BYSTANDER})


@dataclass(slots=True, frozen=True)
class Match:
    """A form found: words `first` to `last` of the reading."""

    term: Term
    kind: Kind
    id: str
    first: int
    last: int


@dataclass(slots=True)
class Reading:
    """A message as words, the gaps between them and the forms found in them."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    gaps: list[str]  # gaps[i] stands before word i; one more stands at the end
    codes: list[int]
    matches: list[Match] = field(default_factory=list)
    at: list[Match | None] = field(default_factory=list)
    kinds: dict[Kind, list[Match]] = field(default_factory=dict)
    corrected: dict[int, str] = field(default_factory=dict)  # word number -> as typed

    def of(self, kind: Kind) -> list[Match]:
        """The forms of one kind, in the order of the text."""
        return self.kinds.get(kind, [])

    def has(self, kind: Kind, *ids: str) -> bool:
        """Whether any form of the kind (with one of these ids) was found."""
        return any(not ids or match.id in ids for match in self.kinds.get(kind, ()))

    def phrase(self, match: Match) -> str:
        """The words of a match, joined by single spaces."""
        return " ".join(self.words[match.first : match.last + 1])

    def sentence_starts(self, word: int) -> bool:
        """Whether the word begins the message, a line or a sentence."""
        return word == 0 or self.codes[word] == HARD


class Lexicon:
    """The vocabulary compiled for matching: first word -> the rest of each form, longest first."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        index: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
        self.words: set[str] = set()
        self.singles: dict[str, Term] = {}
        for term in vocabulary.terms:
            for form in term.forms:
                first, *rest = WORD.findall(form)
                self.words.update((first, *rest))
                if term.kind is Kind.PLAIN:
                    continue
                index.setdefault(first, []).append((tuple(rest), term))
                if not rest:
                    self.singles[first] = term
        self.index: Mapping[str, tuple[tuple[tuple[str, ...], Term], ...]] = {
            first: tuple(sorted(forms, key=lambda form: -len(form[0]))) for first, forms in index.items()
        }


@lru_cache(maxsize=8)
def compile_lexicon(vocabulary: Vocabulary) -> Lexicon:
    """The lexicon of a vocabulary, made once for each one loaded."""
    return Lexicon(vocabulary)


def split(text: str) -> Reading:
    """The words of normalised text with the gaps between them."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    gaps: list[str] = []
    codes: list[int] = []
    position = 0
    for found in WORD.finditer(text):
        start, end = found.span()
        gap = text[position:start]
        code = _GAPS.get(gap)
        words.append(found[0])
        starts.append(start)
        ends.append(end)
        gaps.append(gap)
        codes.append(_code(gap) if code is None else code)
        position = end
    gaps.append(text[position:])
    codes.append(HARD)
    return Reading(text, words, starts, ends, gaps, codes)


def _code(gap: str) -> int:
    if _HARD.search(gap):
        return HARD
    if _SOFT.search(gap):
        return SOFT
    return JOINED if "+" in gap or "/" in gap else PLAIN


def match_forms(reading: Reading, lexicon: Lexicon) -> None:
    """Fill in the matches of a reading: longest form first, no word twice."""
    words, gaps, index = reading.words, reading.gaps, lexicon.index
    count = len(words)
    matches: list[Match] = []
    at: list[Match | None] = [None] * count
    kinds: dict[Kind, list[Match]] = {}
    here = 0
    while here < count:
        for rest, term in index.get(words[here], ()):
            last = here + len(rest)
            if rest and (last >= count or not _follows(reading, here, rest)):
                continue
            kind = term.kind
            if (
                kind in _ALLELE
                and last + 1 < count
                and words[last + 1][0].isdigit()
                and gaps[last + 1] in ("-", "", "/")
            ):
                last += 1
            match = Match(term, kind, term.id, here, last)
            matches.append(match)
            kinds.setdefault(kind, []).append(match)
            at[here : last + 1] = [match] * (last + 1 - here)
            here = last
            break
        here += 1
    reading.matches, reading.at, reading.kinds = matches, at, kinds


def _follows(reading: Reading, first: int, rest: tuple[str, ...]) -> bool:
    words = reading.words
    for number, word in enumerate(rest, first + 1):
        if words[number] != word:
            return False
        code = reading.codes[number]
        if code <= PLAIN:
            continue
        gap = reading.gaps[number]
        if not (gap in ("/", "\n", " / ") or (gap in (". ", "/ ", " /") and len(words[number - 1]) <= 5)):
            return False
    return True
