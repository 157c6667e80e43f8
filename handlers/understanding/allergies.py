"""Reported allergies by class, and co-medication with an interaction; denied or removed ones are left out."""

from __future__ import annotations

from bisect import bisect_right

from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Match, Reading
from knowledge.terms import AllergyClass, Comedication
from knowledge.vocabulary import Kind

_SUBSTANCES = frozenset({Kind.ANTIMICROBIAL, Kind.OTHER_ANTIMICROBIAL, Kind.AMBIGUOUS})
_NONE = frozenset({"denies", "denied", "nil", "none", "nkda"})
_REACH = 6


def find_allergies(reading: Reading) -> tuple[tuple[AllergyClass, ...], frozenset[int]]:
    """Classes with a reported allergy, and the first words of the substances that stand there as allergens."""
    cues = [m for m in reading.of(Kind.ALLERGY_CUE) if m.id == "allergy"]
    if not cues:
        return (), frozenset()
    substances = [m for m in reading.matches if m.kind in _SUBSTANCES and m.term.allergy is not None]
    everything, removed = _removed(reading, substances)
    by_first = {m.first: m for m in substances}
    by_last = {m.last: m for m in substances}
    found: dict[AllergyClass, None] = {}
    allergens: set[int] = set()
    for cue in cues:
        for match in _substances(reading, cue, by_first, by_last):
            if _is_apart(reading, cue, match):
                continue
            allergens.add(match.first)
            allergy = match.term.allergy
            if allergy is None or everything or allergy in removed or _denied(reading, cue, match):
                continue
            found[allergy] = None
    return tuple(found), frozenset(allergens)


def find_comedications(reading: Reading) -> tuple[Comedication, ...]:
    """Co-medication named, unless it is said to be stopped or absent."""
    found: dict[Comedication, None] = {}
    for match in reading.of(Kind.COMEDICATION):
        before = reading.at[match.first - 1] if match.first else None
        denied = before is not None and before.kind is Kind.CUE and before.id in ("no", "not")
        stopped = bool({"off", "not", "stopped", "no"} & set(reading.words[max(0, match.first - 2) : match.first]))
        if not denied and not stopped:
            found[Comedication(match.id)] = None
    return tuple(found)


def _substances(reading: Reading, cue: Match, by_first: dict[int, Match], by_last: dict[int, Match]) -> list[Match]:
    """What the allergy is to: the list after "allergic to" or a colon, else the nearest before, else after."""
    after = _run(reading, cue.last, by_first, 1)
    before = _run(reading, cue.first, by_last, -1)
    directed = reading.words[cue.last] in ("to", "with", "a", "auf") or reading.words[cue.first] in (
        "allergies",
        "allergic",
    )
    gap = reading.gaps[cue.last + 1]
    if (
        after
        and (directed or ":" in gap)
        and not (before and reading.words[cue.last] == "allergic" and not _leads(reading, cue))
    ):
        return after
    if before:
        return before
    return after


def _leads(reading: Reading, cue: Match) -> bool:
    return cue.last + 1 < len(reading.words) and reading.words[cue.last + 1] in ("to", "auf", "a")


def _run(reading: Reading, start: int, ends: dict[int, Match], step: int) -> list[Match]:
    found: list[Match] = []
    number = start + step
    loose = 0
    for _ in range(_REACH + 6):
        if not 0 <= number < len(reading.words):
            break
        code = reading.codes[number if step > 0 else number + 1]
        gap = reading.gaps[number if step > 0 else number + 1]
        if code == HARD or (("- " in gap or "->" in gap) and found):
            break
        match = ends.get(number)
        if match is not None:
            if found and step < 0 and not _listed(reading, match, found[-1]):
                break
            if found and step > 0 and "," in reading.gaps[match.first] and _asked_about(reading, match):
                break
            found.append(match)
            number = match.last + 1 if step > 0 else match.first - 1
            loose = 0
            continue
        other = reading.at[number]
        if (
            other is not None
            and other.kind is Kind.CUE
            and (other.id in ("bridge", "join", "also", "past_before") or reading.words[number] in ("w", "with"))
        ):
            number += step
            continue
        if other is not None and other.kind not in (Kind.CUE, Kind.ALLERGY_CUE, Kind.SCOPE, Kind.INTENT, Kind.NEUTRAL):
            break
        if other is not None and other.kind is Kind.CUE:
            break
        loose += 1
        if found or loose > 3 or (code == SOFT and "," in gap and loose > 1):
            break
        number += step
    return found


def _asked_about(reading: Reading, match: Match) -> bool:
    """ "…, cefiderocol ok?": the next thought, not the next allergen."""
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return "?" in reading.gaps[match.last + 1] or (
        following is not None and following.kind in (Kind.INTENT, Kind.REPORT)
    )


def _listed(reading: Reading, left: Match, right: Match) -> bool:
    """Whether two substances stand in one list ("sulfa and pcn allergy")."""
    if right.first == left.last + 1:
        comma = "," in reading.gaps[right.first]
        return not comma or left.kind is Kind.OTHER_ANTIMICROBIAL
    middle = reading.at[left.last + 1]
    return right.first == left.last + 2 and middle is not None and middle.kind is Kind.CUE and middle.id == "join"


def _is_apart(reading: Reading, cue: Match, match: Match) -> bool:
    """ "No rash, mero R": what is denied and what comes after the comma have nothing to do with each other."""
    before = reading.at[cue.first - 1] if cue.first else None
    denied = before is not None and before.kind is Kind.CUE and before.id in ("no", "not")
    return denied and match.first > cue.last and any(reading.stops[cue.last + 1 : match.first + 1])


def _denied(reading: Reading, cue: Match, match: Match) -> bool:
    first = min(cue.first, match.first)
    number = first - 1
    for _ in range(5):
        if number < 0 or reading.codes[number + 1] == HARD or reading.stops[number + 1]:
            break
        other = reading.at[number]
        if other is not None and other.kind is Kind.CUE and other.id in ("no", "not", "negative_for"):
            return True
        if reading.words[number] in ("isnt", "not", "denies", "no", "never", "mother", "father", "wife", "husband"):
            return True
        if other is None or (other.kind is Kind.CUE and other.id in ("bridge", "join", "past_before")):
            number -= 1
            continue
        if other.kind in _SUBSTANCES:
            number = other.first - 1
            continue
        break
    last = max(cue.last, match.last)
    if "?" in reading.gaps[last + 1] and reading.words[last + 1 : last + 2] in (["no"], ["nope"], ["none"], ["denies"]):
        return True
    if ":" in reading.gaps[last + 1] and not _NONE.isdisjoint(reading.words[last + 1 : last + 2]):
        return reading.codes[last + 2] >= SOFT  # "Pen allergy: denies."
    following = reading.at[last + 1] if last + 1 < len(reading.words) else None
    return (
        following is not None
        and following.kind is Kind.CUE
        and following.id == "negative"
        and reading.codes[last + 1] != HARD
    )


def _removed(reading: Reading, substances: list[Match]) -> tuple[bool, set[AllergyClass | None]]:
    """Whether every allergy was removed, or which classes were ("tolerated amoxicillin since")."""
    firsts = [match.first for match in substances]
    classes: set[AllergyClass | None] = set()
    for cue in reading.of(Kind.ALLERGY_CUE):
        if cue.id != "removed":
            continue
        place = bisect_right(firsts, cue.last)
        other = substances[place] if place < len(firsts) and firsts[place] - cue.last <= 4 else None
        before = substances[place - 1] if place else None
        if before is not None and before.last == cue.first - 1 and reading.codes[cue.last + 1] > PLAIN:
            other = before  # "ceftriaxone tolerated; PCN allergy"
        if other is None or not reading.words[cue.first].startswith("tolerat"):
            return True, classes
        classes.add(other.term.allergy)
    return False, classes
