"""Reports said of the antimicrobial just named: "… and it's resistant", "they're S", "gent is the only S"."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS, BARE
from knowledge.vocabulary import Kind

_ONE = (("its",), ("it", "is"), ("thats",), ("that", "is"), ("which", "is"), ("has", "it", "as"), ("have", "it", "as"))
_MANY = (
    ("theyre",),
    ("they", "are"),
    ("both",),
    ("all",),
    ("which", "are"),
    ("has", "them", "as"),
    ("has", "both", "as"),
)
_BEFORE_IT = frozenset(
    [
        *("and", "but", "so", "though", "although", "because", "since", "thankfully", "luckily", "sadly", "as"),
        *("lab", "micro", "says", "said"),
    ]
)
_WITHIN = frozenset(
    [
        *("still", "now", "reported", "read", "tested", "confirmed", "fully", "both", "all", "only"),
        *("actually", "are", "is", "as", "also", "definitely", "back"),
    ]
)
_SINGLED_OUT = frozenset({"only", "one", "ones", "lone", "sole"})
_OF_KIND = frozenset(
    [
        *("the", "is", "are", "one", "ones", "thing", "things", "that", "thats", "which", "only", "lone"),
        *("sole", "oral", "orals", "option", "options", "drug", "drugs", "agent", "agents", "antibiotic"),
        *("antibiotics", "reported", "tested", "as", "two", "three", "2", "3", "other", "left", "still"),
    ]
)
_BACK = frozenset({"back", "is", "result", "results", "in", "now", "out", "sens", "just", "test", "testing"})
_TOLD = frozenset(
    [
        *("just", "reported", "reads", "came", "back", "as", "is", "tested", "tests", "confirmed", "fully", "its"),
        *("lab", "labs", "micro", "says", "said", "they", "calls", "called", "it", "was", "reports", "report"),
    ]
)
_SENTENCE_END = frozenset("\n;")
_REACH = 12
_NEAR = 5


def find_referred(reading: Reading, group: list[Match]) -> str | None:
    """The report a clause of its own gives a list just named."""
    last = group[-1].last
    number = last + 1
    if number >= len(reading.words):
        return None
    if reading.codes[number] <= SOFT and not reading.stops[number] and (found := _singled_out(reading, number)):
        return found
    if (found := _in_brackets(reading, number)) is not None:
        return found
    if len(group) == 1 and (found := _in_next_sentence(reading, number)) is not None:
        return found
    crossed = 0
    while number < min(last + 1 + _NEAR, len(reading.words)):
        crossed += reading.codes[number] == HARD or reading.stops[number] or ":" in reading.gaps[number]
        if crossed > 1 or "\n" in reading.gaps[number] or ";" in reading.gaps[number]:
            return None
        opening = _opening(reading, number, len(group))
        if opening:
            found = _said(reading, number + opening)
            return found if crossed or reading.words[number - 1] in _BEFORE_IT else None
        if reading.words[number] not in _BEFORE_IT:
            return None
        number += 1
    return None


def _in_next_sentence(reading: Reading, number: int) -> str | None:
    """ "FDC back. Resistant.": a sentence that is a report and nothing else."""
    words = reading.words
    while number < len(words) and reading.codes[number] < SOFT and words[number] in _BACK:
        number += 1
    if number >= len(words) or reading.codes[number] != HARD or not _SENTENCE_END.isdisjoint(reading.gaps[number]):
        return None
    while number < len(words) and words[number] in _TOLD:
        number += 1
        if number < len(words) and reading.codes[number] >= SOFT:
            return None
    report = reading.at[number] if number < len(words) else None
    if report is None or report.kind is not Kind.REPORT or report.id not in BARE:
        return None
    closed = reading.codes[report.last + 1] == HARD and "?" not in reading.gaps[report.last + 1]
    return BARE[report.id] if closed else None


def ends_question(reading: Reading, last: Match) -> bool:
    """ "Can we stop the colistin? It's R": the report stands outside the question."""
    return "?" in reading.gaps[last.last + 1]


def _opening(reading: Reading, number: int, size: int) -> int:
    """How many words take up the list just named; none when these do not."""
    words = reading.words
    for opening in (*_ONE, *_MANY) if size > 1 else _ONE:
        if size > 1 and opening in _ONE[:4]:
            continue
        if tuple(words[number : number + len(opening)]) == opening:
            return len(opening)
    return 0


def _said(reading: Reading, number: int) -> str | None:
    """The report that closes the clause, over words like "still" and "reported"."""
    for _ in range(4):
        if number >= len(reading.words) or reading.codes[number] == HARD or reading.stops[number]:
            return None
        match = reading.at[number]
        if match is not None and match.kind is Kind.REPORT:
            return BARE[match.id] if match.id in BARE and _closes(reading, match) else None
        if reading.words[number] not in _WITHIN:
            return None
        number += 1
    return None


def _closes(reading: Reading, report: Match) -> bool:
    """Whether a report is followed by nothing it could belong to, and is not asked about."""
    following = reading.at[report.last + 1] if report.last + 1 < len(reading.words) else None
    if "?" in reading.gaps[report.last + 1]:
        return False
    if following is None or reading.codes[report.last + 1] > PLAIN:
        return reading.words[report.last + 1 : report.last + 2] not in (["to"], ["or"])
    return (
        following.kind not in ANTIMICROBIALS
        and following.kind is not Kind.REPORT
        and following.id not in ("join", "pending")
    )


def _singled_out(reading: Reading, number: int) -> str | None:
    """ "Gent is the only S", "amik and fosfo are the only orals reported S"."""
    singled = False
    for following in range(number, min(number + _REACH, len(reading.words))):
        if reading.codes[following] == HARD or reading.stops[following]:
            return None
        match = reading.at[following]
        if match is not None and match.kind is Kind.REPORT:
            if reading.phrase(match) == "only s":
                return "S" if _closes(reading, match) else None
            if match.id not in BARE or reading.words[match.last + 1 : match.last + 2] == ["to"]:
                return None
            return BARE[match.id] if singled and "?" not in reading.gaps[match.last + 1] else None
        word = reading.words[following]
        if word not in _OF_KIND:
            return None
        singled |= word in _SINGLED_OUT and following > number
    return None


def _in_brackets(reading: Reading, number: int) -> str | None:
    """ "Ceftaz-avi no good (R)", "gent (disc 24 mm, S)": a report that closes a bracket of its own or of values."""
    opened = False
    for following in range(number, min(number + _REACH, len(reading.words))):
        gap = reading.gaps[following]
        if reading.codes[following] == HARD or (reading.stops[following] and not opened):
            return None
        if "(" in gap:
            if opened:
                return None
            opened = True
        elif ")" in gap:
            return None
        match = reading.at[following]
        if match is not None and match.kind is Kind.REPORT and match.id in BARE:
            return BARE[match.id] if opened and reading.gaps[match.last + 1].startswith(")") else None
        if opened and not _is_value(reading, following):
            return None
        if not opened and (
            following >= number + 3 or (match is not None and match.kind not in (Kind.CUE, Kind.ROUTE, Kind.INTENT))
        ):
            return None
    return None


def _is_value(reading: Reading, number: int) -> bool:
    match = reading.at[number]
    if match is not None:
        return (match.kind is Kind.REPORT and match.id == "fill") or reading.words[number][0].isdigit()
    return reading.words[number][0].isdigit() or reading.words[number] in ("mm", "mg", "l", "ml", "ug", "gradient")
