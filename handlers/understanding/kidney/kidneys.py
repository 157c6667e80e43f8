"""Kidney function: CrCl or eGFR with its number of now, or dialysis."""

from __future__ import annotations

from decimal import Decimal

from handlers.understanding.attribution import Bearer, Bearers
from handlers.understanding.kidney.clearances import read_clearance
from handlers.understanding.kidney.dialysis import find_dialysis
from handlers.understanding.kidney.trends import Value, When
from handlers.understanding.lexicon import HARD, Match, Reading
from handlers.understanding.statements import Statement
from knowledge.question import Renal
from knowledge.terms import RenalMeasure
from knowledge.vocabulary import Kind

_CORRECTING = frozenset({"sorry", "correction", "corrected", "actually", "typo", "meant", "rather", "misread", "oops"})
_MOST_READ = 24  # clearances of one message


def find_renal(reading: Reading, statements: list[Statement], bearers: Bearers) -> tuple[Renal | None, Match | None]:
    """Dialysis before a clearance, CrCl before eGFR; None when nothing is said, or not which value is of now."""
    dialysis = find_dialysis(reading, statements)
    if dialysis is not None:
        return dialysis
    named = [m for m in reading.of(Kind.KIDNEY) if m.id in ("crcl", "egfr")][:_MOST_READ]
    if not named:
        return None, None
    for measure in (RenalMeasure.CRCL, RenalMeasure.EGFR):
        found: list[tuple[Value, Match]] = []
        for match in named:
            if match.id == measure.value and not _is_of_another(reading, bearers, match):
                value = read_clearance(reading, match) or _before(reading, match)
                if value is not None:
                    found.append((value, match))
        chosen = _of_now(reading, found)
        if chosen is not None and chosen[0].number is not None:
            return Renal(measure=measure, value=chosen[0].number), chosen[1]
    return None, None


def _of_now(reading: Reading, found: list[tuple[Value, Match]]) -> tuple[Value, Match] | None:
    """The value nearest to now; None when two differ and neither is said to be the newer or the right one."""
    if not found:
        return None
    nearest = max(value.when for value, _ in found)
    kept = [item for item in found if item[0].when is nearest]
    if len({value.number for value, _ in kept}) > 1 and not _is_corrected(reading, kept[-2][1], kept[-1][1]):
        return None
    return kept[-1]


def _is_of_another(reading: Reading, bearers: Bearers, match: Match) -> bool:
    """What a parenthesis behind its number says is of another number: "eGFR is 53 (the 35 was someone else's)"."""
    bracketed = any("(" in gap for gap in reading.gaps[match.last + 1 : match.last + 5])
    return bearers.of([match])[0] is Bearer.OTHER and not bracketed


def _is_corrected(reading: Reading, first: Match, second: Match) -> bool:
    return not _CORRECTING.isdisjoint(reading.words[max(first.last, second.first - 12) : second.first])


def _before(reading: Reading, match: Match) -> Value | None:
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
    return Value(value, When.PLAIN) if "," not in reading.gaps[match.first] else None
