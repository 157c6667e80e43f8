"""Mechanisms that are not of the infection: carried on a swab, or of an organism that is no Enterobacterales."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, JOINED, PLAIN, Match, Reading
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_LEADS_ON = frozenset({"bridge", "positive", "positive_for", "contrast"})
_PRODUCING = frozenset({"producing", "producer", "positive", "type", "strain"})


def without_carried(reading: Reading, present: dict[Mechanism, Match]) -> dict[Mechanism, Match]:
    """Without what is only carried ("colonised with KPC, now NDM bacteraemia"), when another is of the infection."""
    if len(present) < 2 or not (reading.has(Kind.CUE, "colonised") or reading.has(Kind.OUTSIDER)):
        return present
    others = {m: match for m, match in present.items() if not _is_of_outsider(reading, match)}
    infecting = {m: match for m, match in others.items() if not is_carried(reading, match)} or others
    return infecting or present


def _is_of_outsider(reading: Reading, match: Match) -> bool:
    """ "VIM Pseudomonas", "KPC-producing Acinetobacter", "P. aeruginosa VIM+": not of an Enterobacterales."""
    number = match.last + 1
    while number < len(reading.words) and reading.words[number] in _PRODUCING and reading.codes[number] == PLAIN:
        number += 1
    following = reading.at[number] if number < len(reading.words) and reading.codes[number] == PLAIN else None
    if following is not None and following.kind in (Kind.OUTSIDER, Kind.ORGANISM):
        return following.kind is Kind.OUTSIDER
    number = match.first - 1
    for _ in range(3):
        if number < 0 or reading.codes[number + 1] == HARD or reading.stops[number + 1]:
            return False
        before = reading.at[number]
        if before is None or before.kind is not Kind.CUE or before.id not in _LEADS_ON:
            return before is not None and before.kind is Kind.OUTSIDER
        number = before.first - 1
    return False


def is_carried(reading: Reading, match: Match) -> bool:
    """Whether a swab or a word like "colonised" stands with the finding."""
    for step in (-1, 1):
        number = match.first - 1 if step < 0 else match.last + 1
        for _ in range(4):
            if not 0 <= number < len(reading.words):
                break
            edge = number + 1 if step < 0 else number
            if reading.codes[edge] == HARD or reading.stops[edge]:
                break
            cue = reading.at[number]
            if cue is not None and cue.kind is Kind.MECHANISM and (reading.codes[edge] == JOINED or cue is match):
                number = cue.first - 1 if step < 0 else cue.last + 1  # "rectal: NDM + OXA-48"
                continue
            if cue is None or cue.kind is not Kind.CUE or cue.id not in ("bridge", "colonised", "positive", "contrast"):
                break
            if cue.id == "colonised":
                return True
            if cue.id == "contrast" and reading.words[number] not in ("with", "w"):
                break
            number = cue.first - 1 if step < 0 else cue.last + 1
    return False
