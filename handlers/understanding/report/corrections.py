"""Reports that a later one of the same antimicrobial puts right: "changed from S to R", "R, but the repeat says S"."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, SOFT, Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS, BARE, TO, skip_number
from knowledge.vocabulary import Kind

_AGAIN = frozenset(
    [
        *("repeat", "repeated", "repeats", "retest", "retested", "recheck", "rechecked", "bmd", "confirmatory"),
        *("rerun", "amended", "corrected", "revised", "updated", "changed", "now", "final", "actually"),
        *("today", "reissued"),
    ]
)
_BACK_THEN = frozenset({"was", "previously", "initially", "originally", "before", "were", "had"})
_NOUNS = frozenset({"sens", "sensi", "resistance", "susc"})
_OPEN = frozenset({"no", "not", "pending", "unknown"})
_OF_OTHERS = frozenset(
    {"rest", "else", "others", "other", "remainder", "all", "everything", "not", "only", "both", "to"}
)
_LINKS = frozenset(
    {
        "day",
        "disc",
        "etest",
        "later",
        "but",
        "by",
        "method",
        "automated",
        "gradient",
        "manual",
        "d",
        "broth",
        "microdil",
        "microdilution",
    }
)
_PUT_RIGHT = frozenset({"corrected", "amended", "revised", "changed", "updated", "upgraded", "downgraded"})
_IT_MOVED = frozenset(
    {
        "it",
        "its",
        "has",
        "have",
        "gone",
        "went",
        "changed",
        "now",
        "since",
        "just",
        "moved",
        "from",
        "was",
        "then",
        "they",
    }
)
_REACH = 16
_NEAR = 4


def find_correction(reading: Reading, last: Match, told: bool) -> str | None:
    """The report that replaces the one of a list ending with `last`; "-" when the writer leaves open which it is.

    `told`: whether the list has a report at all; without one only "from S to R" gives it.
    """
    number = last.last + 1
    ends = min(number + _REACH, len(reading.words))
    seen: Match | None = None
    sentences = 0
    while number < ends:
        if reading.codes[number] == HARD:
            sentences += 1
            if sentences > 1 or "\n" in reading.gaps[number] or "?" in reading.gaps[number]:
                return None
        match = reading.at[number]
        if match is None:
            number += 1
            continue
        if match.kind in ANTIMICROBIALS or match.kind in (Kind.ORGANISM, Kind.OUTSIDER):
            return None
        if match.kind is Kind.REPORT:
            moved = _moved(reading, match)
            if (
                moved
                and sentences
                and not _IT_MOVED.issuperset(reading.words[reading.sentences[match.first] : match.first])
            ):
                return None  # of something else
            if moved:
                return moved
            if match.id not in BARE and match.id != "fill":
                return None
            if match.id in BARE and not told:
                return None
            if match.id in BARE and seen is not None:
                return _later(reading, seen, match)
            if match.id in BARE:
                seen = match
        number = match.last + 1
    return None


def _moved(reading: Reading, match: Match) -> str | None:
    """ "From S to R", "S -> R"."""
    number = match.last + 1
    started = match.first > 0 and reading.words[match.first - 1] in ("from", "was")
    if match.id in BARE and (put_right := _put_right(reading, match)):
        return put_right
    if match.id in BARE and started and reading.words[number : number + 1] == ["to"]:
        number += 1
    elif match.id in BARE and number < len(reading.words) and "->" in reading.gaps[number]:
        pass
    elif match.id not in TO or not started:
        return None
    after = reading.at[number] if number < len(reading.words) else None
    if after is None or after.kind is not Kind.REPORT or after.id not in BARE or reading.codes[number] == HARD:
        return None
    return "-" if _is_asked(reading, after) else BARE[after.id]


def _put_right(reading: Reading, match: Match) -> str | None:
    """ "First typed as S but corrected by the lab to R"."""
    said = False
    for number in range(match.last + 1, min(match.last + _REACH // 2, len(reading.words))):
        other = reading.at[number]
        if reading.codes[number] == HARD or (other is not None and other.kind in ANTIMICROBIALS):
            return None
        said &= not reading.stops[number]
        if said and other is not None and other.kind is Kind.REPORT:
            told = other.id in BARE and reading.words[number - 1] == "to" and not _is_asked(reading, other)
            return BARE[other.id] if told else None
        said |= reading.words[number] in _PUT_RIGHT
    return None


def _is_asked(reading: Reading, report: Match) -> bool:
    """Whether the sentence goes on to a question mark."""
    for number in range(report.last + 1, min(report.last + 1 + _REACH, len(reading.gaps))):
        if number == len(reading.words) or reading.codes[number] == HARD:
            return reading.gaps[number].startswith("?")
    return False


def _is_open(reading: Reading, report: Match) -> bool:
    """ "No sens", "S pending"."""
    sides = (
        reading.at[report.first - 1],
        reading.at[report.last + 1] if report.last + 1 < len(reading.words) else None,
    )
    return any(cue is not None and cue.kind is Kind.CUE and cue.id in _OPEN for cue in sides)


def _later(reading: Reading, first: Match, second: Match) -> str | None:
    """What the second of two reports of one antimicrobial does to the first."""
    between = reading.words[first.last + 1 : second.first]
    if between and between[-1] in ("or", "vs", "versus"):
        return "-"
    if reading.words[second.first] in _NOUNS or _is_open(reading, second):
        return None
    item = skip_number(reading, second.last + 1)
    following = reading.at[item] if item < len(reading.words) else None
    if reading.gaps[second.last + 1].strip()[:1] in (":", "=") or (
        following is not None and following.kind in ANTIMICROBIALS and reading.codes[item] < SOFT
    ):
        return None  # of what follows it
    if reading.gaps[second.last + 1].startswith("?"):
        return "-"
    near = between[-_NEAR:]
    said = reading.at[first.last + 1 : second.first]
    if any(m is not None and m.kind is Kind.BEARER and m.id == "corrected" for m in said):
        return BARE[second.id]
    if reading.words[first.first - 1] == "was" and reading.words[second.first] == "is":
        return BARE[second.id]
    behind: list[str] = []
    for number in range(second.last + 1, min(second.last + 6, len(reading.words))):
        if reading.codes[number] == HARD or reading.stops[number]:
            break
        behind.append(reading.words[number])
    if not _BACK_THEN.isdisjoint(near) or not _BACK_THEN.isdisjoint(behind):
        return None
    if not _AGAIN.isdisjoint((*near, *behind)):
        return BARE[second.id]
    if any(
        reading.at[number] is None and reading.words[number].isalpha() and reading.words[number] not in _LINKS
        for number in range(first.last + 1, second.first)
    ):
        return None  # "ceftol/tazo resistant": of something the vocabulary does not hold
    opposite = {BARE[first.id], BARE[second.id]} == {"R", "S"} and _OF_OTHERS.isdisjoint(near)
    return "-" if opposite and reading.sentences[first.first] == reading.sentences[second.first] else None


def settles(reading: Reading, first: int, second: int) -> bool:
    """Whether a word between two mentions of one antimicrobial says that the second is put right."""
    if second - first > _REACH:
        return False
    return any(m is not None and m.kind is Kind.BEARER and m.id == "corrected" for m in reading.at[first:second])
