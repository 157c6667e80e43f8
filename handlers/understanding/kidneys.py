"""Kidney function: CrCl or eGFR with its number, or dialysis; the last statement of a trend counts."""

from __future__ import annotations

from decimal import Decimal

from handlers.understanding.dialysis import find_dialysis
from handlers.understanding.lexicon import HARD, SOFT, Match, Reading
from handlers.understanding.statements import Statement
from knowledge.question import Renal
from knowledge.terms import RenalMeasure
from knowledge.vocabulary import Kind

_BEFORE_NUMBER = frozenset(
    [
        "is",
        "of",
        "was",
        "now",
        "down",
        "to",
        "at",
        "about",
        "around",
        "approx",
        "approximately",
        "roughly",
        "just",
        "only",
        "currently",
        "today",
        "est",
        "estimated",
        "calculated",
        "calc",
        "by",
        "cg",
        "c",
        "g",
        "still",
        "stays",
        "stable",
        "the",
        "value",
        "his",
        "her",
        "new",
        "latest",
        "dropped",
        "drops",
        "drop",
        "falls",
        "fall",
        "declined",
        "declines",
        "decreased",
        "decreases",
        "worsens",
        "improves",
        "increased",
        "reduced",
        "sits",
        "reads",
        "recorded",
        "measured",
        "fell",
        "up",
        "improved",
        "worsened",
        "came",
        "back",
        "a",
        "ckd",
        "epi",
        "in",
        "less",
        "than",
        "more",
        "under",
        "over",
        "below",
        "above",
        "ml",
        "min",
        "m",
        "per",
        "recovering",
        "recovered",
        "steady",
        "hovering",
        "stuck",
        "went",
        "from",
        "ca",
        "etwa",
        "bei",
        "con",
        "ist",
        "de",
        "es",
        "est",
        "like",
        "be",
        "might",
        "would",
        "were",
        "rose",
        "risen",
        "falling",
        "rising",
        "into",
        "unter",
        "uber",
        "sous",
        "environ",
        "mdrd",
        "some",
        "had",
        "has",
        "gone",
        "goes",
        "getting",
        "running",
        "off",
        "dips",
        "dipped",
        "trending",
        "mon",
        "tue",
        "tues",
        "wed",
        "thu",
        "thurs",
        "fri",
        "sat",
        "sun",
        "yesterday",
        "morning",
        "this",
        "am",
    ]
)
_LATEST = (["today"], ["now"])
_TREND = frozenset({"to", "now", "today"})
_PAST = frozenset({"was", "from", "baseline", "previously", "prior", "usually", "yesterday", "previous", "before"})
_REACH = 7


def find_renal(reading: Reading, statements: list[Statement]) -> tuple[Renal | None, Match | None]:
    """Dialysis before a clearance; continuous before intermittent unless it ended; None when nothing is said."""
    dialysis = find_dialysis(reading, statements)
    if dialysis is not None:
        return dialysis
    best: tuple[Renal, Match] | None = None
    for match in reading.of(Kind.KIDNEY):
        if match.id not in ("crcl", "egfr"):
            continue
        value = _value(reading, match)
        if value is None:
            continue
        renal = Renal(measure=RenalMeasure(match.id), value=value)
        if best is None or best[0].measure is renal.measure or renal.measure is RenalMeasure.CRCL:
            best = renal, match
    return best or (None, None)


def _value(reading: Reading, match: Match) -> Decimal | None:
    """The number that belongs to a clearance: the one after it, or the newer end of a trend."""
    values: list[tuple[int, Decimal]] = []
    number = match.last + 1
    steps = 0
    while number < len(reading.words) and steps < _REACH:
        gap = reading.gaps[number]
        if reading.codes[number] == HARD and not ("." in gap and number == match.last + 1):
            break
        word = reading.words[number]
        if word[0].isdigit():
            unit = reading.words[number + 1] if reading.codes[number + 1] < SOFT else ""
            if unit == "s" and reading.gaps[number + 1] == "":
                break
            if unit in ("mg", "g", "kg", "yo", "y", "days", "d", "hours", "h") or Decimal(word) > 400:
                break
            if values and "-" in gap and "->" not in gap:
                break
            values.append((number, Decimal(word)))
        elif (
            word not in _BEFORE_NUMBER
            or ("," in gap and values and word not in _PAST | _TREND)
            or ("," in gap and not values)
        ):
            break
        number += 1
        steps += 1
    if values:
        return _newest(reading, values)
    return _before(reading, match)


def _newest(reading: Reading, values: list[tuple[int, Decimal]]) -> Decimal:
    chosen = values[0][1]
    for number, value in values[1:]:
        before = reading.words[number - 1]
        if before in _TREND or "->" in reading.gaps[number] or reading.words[number + 1 : number + 2] in _LATEST:
            chosen = value
    return chosen


def _before(reading: Reading, match: Match) -> Decimal | None:
    """ "A 30 mL/min clearance" or "35 CrCl"."""
    number = match.first - 1
    while number >= 0 and reading.words[number] in ("ml", "min", "m", "a", "of"):
        number -= 1
    if (
        number < 0
        or reading.at[number] is not None
        or not reading.words[number][0].isdigit()
        or reading.codes[match.first] == HARD
    ):
        return None
    if reading.phrase(match) != "clearance" and number != match.first - 1:
        return None
    value = Decimal(reading.words[number])
    preceding = reading.at[number - 1] if number else None
    if value > 200 or (preceding is not None and preceding.kind is Kind.KIDNEY):
        return None
    return value if "," not in reading.gaps[match.first] else None
