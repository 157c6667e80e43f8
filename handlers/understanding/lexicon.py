"""Words of a message matched against the vocabulary: whole words, longest form first, in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from knowledge.vocabulary import WORD, Kind, Term, Vocabulary

PLAIN, JOINED, SOFT, HARD = 0, 1, 2, 3
"""What stands between two words: nothing much, a plus or slash, a comma or colon, the end of a sentence."""

_HARD = re.compile(r"[\n;?!]|\.(?:\s|$|\.)")
_SOFT = re.compile(r"[,:()\[\]{}=|\"<>]|\s-+\s|\s-+$|->")
_STOP = re.compile(r",|\s-+\s|->")
_PIECES = re.compile(rf"([^a-z0-9]*+)({WORD.pattern}|\Z)")  # a gap and its word, or the end: no gap is tried twice
_DIGITS = frozenset("0123456789")  # words hold no others
_FAR = 20  # words of a sentence looked at on each side
_LONGEST_REMEMBERED = 8  # characters of a gap; a longer one is looked at each time
_ABBREVIATED = frozenset({Kind.ORGANISM, Kind.OUTSIDER, Kind.CRE})
_NEVER_CORRECTED = frozenset({Kind.MECHANISM, Kind.ANTIMICROBIAL, Kind.AMBIGUOUS})  # not by way of their words either
_ALLELE = frozenset({Kind.MECHANISM, Kind.BYSTANDER})


@dataclass(slots=True, eq=False)  # not frozen: a long note makes hundreds, and each would cost four times as much
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
    sentences: list[int]  # first word of the sentence each word stands in
    stops: list[bool]  # a comma, a dash with spaces or an arrow before the word: a new thought
    numbers: list[int]  # words that begin with a digit
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

    def sentence(self, match: Match) -> tuple[int, int]:
        """The first word of a finding's sentence and the word that begins the next, as far as is looked."""
        end = match.last + 1
        last = min(len(self.words), end + _FAR)
        while end < last and self.codes[end] != HARD:
            end += 1
        return max(self.sentences[match.first], match.first - _FAR), end

    def sentence_starts(self, word: int) -> bool:
        """Whether the word begins the message, a line or a sentence."""
        return word == 0 or self.codes[word] == HARD


class Lexicon:
    """The vocabulary compiled for matching: by first word, then by second word, longest form first."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        longer: dict[str, dict[str, list[tuple[list[str], Term]]]] = {}
        self.words: set[str] = set()
        self.names: set[str] = set()  # of people and places: known words, and still names of patients
        self.singles: dict[str, Term] = {}
        for term in vocabulary.terms:
            for form in term.forms:
                first, *rest = WORD.findall(form)
                self.words.update((first, *rest))
                if term.kind is Kind.PLAIN and term.id == "name":
                    self.names.add(first)
                if term.kind is Kind.PLAIN:
                    continue
                if rest:
                    longer.setdefault(first, {}).setdefault(rest[0], []).append((rest, term))
                else:
                    self.singles[first] = term
        self.clinical = frozenset(
            word
            for term in vocabulary.terms
            if term.kind is Kind.PLAIN and term.id == "clinical"
            for word in term.forms
        )  # words of the ward that are no finding
        self.ordinary = self.words - self.names
        self.longer: Mapping[str, Mapping[str, tuple[tuple[list[str], Term], ...]]] = {
            first: {second: tuple(sorted(forms, key=lambda form: -len(form[0]))) for second, forms in seconds.items()}
            for first, seconds in longer.items()
        }

    def unknown(self, words: list[str]) -> set[str]:
        """Those of the words that stand in no form; numbers and the shortest are no such words."""
        return {word for word in set(words).difference(self.words) if len(word) > 2 and word[0] not in _DIGITS}

    def term(self, *words: str) -> Term | None:
        """The term of exactly these words."""
        if len(words) == 1:
            return self.singles.get(words[0])
        forms = self.longer.get(words[0], {}).get(words[1], ())
        return next((term for rest, term in forms if rest == list(words[1:])), None)


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
    sentences: list[int] = []
    stops: list[bool] = []
    numbers: list[int] = []
    position = sentence = 0
    for number, (gap, word) in enumerate(_PIECES.findall(text)):
        if not word:
            gaps.append(gap)
            break
        code, stop = _PLAIN_GAP if gap == " " else _gap(gap) if len(gap) <= _LONGEST_REMEMBERED else _read_gap(gap)
        if code == HARD:
            sentence = number
        if word[0] in _DIGITS:
            numbers.append(number)
        position += len(gap)
        starts.append(position)
        position += len(word)
        ends.append(position)
        words.append(word)
        gaps.append(gap)
        codes.append(code)
        sentences.append(sentence)
        stops.append(stop)
    codes.append(HARD)
    stops.append(True)
    return Reading(text, words, starts, ends, gaps, codes, sentences, stops, numbers)


def _read_gap(gap: str) -> tuple[int, bool]:
    """What a gap is, and whether it stops the thought."""
    if _HARD.search(gap):
        return HARD, False
    if _SOFT.search(gap):
        return SOFT, _STOP.search(gap) is not None
    return (JOINED if "+" in gap or "/" in gap else PLAIN), False


_gap = lru_cache(maxsize=4096)(_read_gap)
_PLAIN_GAP = (PLAIN, False)


def match_forms(reading: Reading, lexicon: Lexicon) -> None:
    """Fill in the matches of a reading: longest form first, no word twice."""
    words, gaps, longer, singles = reading.words, reading.gaps, lexicon.longer, lexicon.singles
    corrected = reading.corrected
    count = len(words)
    matches: list[Match] = []
    at: list[Match | None] = [None] * count
    kinds: dict[Kind, list[Match]] = {}
    here = 0
    while here < count:
        word = words[here]
        term = singles.get(word)
        last = here
        seconds = longer.get(word)
        if seconds is not None and here + 1 < count:
            for rest, candidate in seconds.get(words[here + 1], ()):
                end = here + len(rest)
                if words[here + 1 : end + 1] != rest or not _joined(reading, here, end, candidate.kind):
                    continue
                if (
                    corrected
                    and candidate.kind in _NEVER_CORRECTED
                    and any(n in corrected for n in range(here, end + 1))
                ):
                    continue
                term, last = candidate, end
                break
        if term is None:
            here += 1
            continue
        kind = term.kind
        if kind in _ALLELE and last + 1 < count and words[last + 1][0].isdigit() and gaps[last + 1] in ("-", "", "/"):
            last += 1
        match = Match(term, kind, term.id, here, last)
        matches.append(match)
        kinds.setdefault(kind, []).append(match)
        for number in range(here, last + 1):
            at[number] = match
            if number > here and reading.codes[number] == HARD:
                _go_on(reading, number)
        here = last + 1
    reading.matches, reading.at, reading.kinds = matches, at, kinds


def _go_on(reading: Reading, number: int) -> None:
    """The point of "K. pneumoniae" ends no sentence."""
    sentence, ended = reading.sentences[number - 1], reading.sentences[number]
    reading.codes[number] = PLAIN
    while number < len(reading.words) and reading.sentences[number] == ended:
        reading.sentences[number] = sentence
        number += 1


def _joined(reading: Reading, first: int, last: int, kind: Kind) -> bool:
    """Whether nothing stands between the words that would part them."""
    words = reading.words
    for number in range(first + 1, last + 1):
        if reading.codes[number] <= PLAIN:
            continue
        gap = reading.gaps[number]
        if kind is Kind.INTENT and "+" in gap and gap.strip(" +") == "":
            continue  # "drug + dose"
        short = (kind in _ABBREVIATED and len(words[number - 1]) <= 5) or (
            len(words[number - 1]) == len(words[number]) == 1
        )
        if gap not in ("/", " / ", "/ ", " /") and not (gap in (". ", ".") and short):
            return False
    return True
