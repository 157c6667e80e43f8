"""Whose a finding is: this patient's, another's, or only talked about ("unlike KPC", "covers KPC", "were it KPC")."""

from __future__ import annotations

from enum import IntEnum

from handlers.understanding.lexicon import HARD, Match, Reading
from knowledge.vocabulary import Kind

_REACH = 14
_REACH_AFTER = 8
_SHORT = 3  # words of a question that only asks which one it is
_PERSONS = frozenset({"he", "she", "him", "i", "pt", "patient", "me", "hes", "shes"})
_CARRIED_OVER = frozenset({"with", "w", "has", "con", "mit", "avec", "who"})
_SHARED = frozenset({"roommate", "roommates", "outbreak", "ward contacts", "close contacts", "exposed contacts"})


class Bearer(IntEnum):
    """Whose a finding is, from the words of its clause."""

    PLAIN = 0  # nothing said: the patient's
    OWN = 1  # said to be of this patient, or to be what was meant
    RAISED = 2  # named, but not reported
    OTHER = 3  # of another person, a thing, or a control


_TALK = frozenset({"evidence", "evidence_mention"})
_BEFORE = {"own": Bearer.OWN, "corrected": Bearer.OWN, "other": Bearer.OTHER, "raised": Bearer.RAISED}
_AFTER = {
    "own": Bearer.OWN, "other": Bearer.OTHER, "other_after": Bearer.OTHER, "raised_after": Bearer.RAISED,
}  # fmt: skip


def find_bearers(reading: Reading, group: list[Match]) -> list[Bearer]:
    """For each finding of a list: the nearest word of its clause that says whose it is. A comma ends the clause."""
    found: list[Bearer] = []
    for number, match in enumerate(group):
        if not number or reading.stops[match.first]:
            last = next((n for n in range(number + 1, len(group)) if reading.stops[group[n].first]), len(group))
            found.append(_find_bearer(reading, match, group[last - 1]))
        else:
            found.append(found[-1])
    return found


def _find_bearer(reading: Reading, match: Match, last: Match) -> Bearer:
    number = match.first - 1
    previous = reading.at[number] if number >= 0 else None
    if previous is not None and previous.kind is Kind.BEARER and previous.id == "corrected":
        return Bearer.OWN
    asked = reading.gaps[match.last + 1].startswith("?") and match.first - reading.sentences[match.first] < _SHORT
    if asked or reading.gaps[match.first].endswith("?"):
        return Bearer.RAISED  # "KPC? NDM?", "is it KPC?", "?KPC"
    return _before(reading, number) or _after(reading, last.last + 1)


def _before(reading: Reading, number: int) -> Bearer:
    for _ in range(_REACH):
        if number >= 0 and reading.gaps[number + 1].startswith(")"):
            number = _opening(reading, number)
        elif number >= 0 and _ends_clause(reading, number + 1):
            break
        if number < 0:
            break
        match = reading.at[number]
        if match is None:
            if reading.words[number] in _PERSONS:
                break
            number -= 1
            continue
        found = _of(reading, match, _BEFORE)
        if found:
            return found
        if match.kind is Kind.INTENT and match.id in _TALK:
            return Bearer.RAISED
        if match.kind is Kind.CUE and match.id == "contrast" and not _goes_on(reading, match):
            break
        number = match.first - 1
    return Bearer.PLAIN


def _after(reading: Reading, number: int) -> Bearer:
    inside = False
    for _ in range(_REACH_AFTER):
        if number >= len(reading.words) or _ends_clause(reading, number, "("):
            break
        inside |= "(" in reading.gaps[number]
        match = reading.at[number]
        if match is None:
            if not reading.words[number][0].isdigit() and reading.words[number] not in ("s", "grew"):
                break
            number += 1
            continue
        found = _of(reading, match, _AFTER)
        if found:
            closes = any(")" in gap for gap in reading.gaps[match.last + 1 : match.last + 3])
            return found if closes or not inside else Bearer.PLAIN
        if match.kind not in (Kind.CUE, Kind.SITE, Kind.ORGANISM) or (
            match.id == "contrast" and reading.words[match.first] != "has"
        ):
            break
        number = match.last + 1
    return Bearer.PLAIN


def _of(reading: Reading, match: Match, bearers: dict[str, Bearer]) -> Bearer:
    if match.kind is Kind.INTENT and reading.phrase(match) in _SHARED:
        return Bearer.OTHER
    return bearers.get(match.id, Bearer.PLAIN) if match.kind is Kind.BEARER else Bearer.PLAIN


def _ends_clause(reading: Reading, number: int, allowed: str = "") -> bool:
    gap = reading.gaps[number]
    if reading.codes[number] == HARD or reading.stops[number]:
        return True
    return any(sign in gap for sign in "()" if sign not in allowed)


def _opening(reading: Reading, number: int) -> int:
    """The word before the parenthesis that ends after this one."""
    for start in range(number, max(-1, number - _REACH), -1):
        if "(" in reading.gaps[start]:
            return start - 1
    return number


def _goes_on(reading: Reading, match: Match) -> bool:
    """ "Covers KPC but not NDM", "with": no new thought."""
    if reading.words[match.first] in _CARRIED_OVER:
        return True
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return following is not None and following.kind is Kind.CUE and following.id in ("no", "not")
