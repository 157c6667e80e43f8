"""Reported allergies by class, and co-medication with an interaction; denied or removed ones are left out."""

from __future__ import annotations

from bisect import bisect_right

from handlers.understanding.allergy.allergens import (
    ABBREVIATED,
    SUBSTANCES,
    Allergen,
    Place,
    compounds,
    find_misspelt,
    find_reactions,
    find_substances,
)
from handlers.understanding.allergy.disclaimed import corrected_at, is_of_another
from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Reading
from knowledge.terms import AllergyClass, Comedication
from knowledge.vocabulary import Kind

_BUT = frozenset({"but", "however", "though", "then", "subsequently", "except", "still", "yet"})
_DENYING = frozenset({
    "isnt", "not", "denies", "no", "never", "nessuna", "nessun", "nega", "niega", "nie", "pas", "nicht", "nao",
})  # fmt: skip
_NONE = frozenset({"denies", "denied", "nil", "none", "nkda"})
_TOWARDS = frozenset({"to", "auf", "a", "al", "alla", "alle", "ai", "aux", "gegen", "contra", "on"})
_REACH = 6


def find_allergies(reading: Reading) -> tuple[tuple[AllergyClass, ...], frozenset[int]]:
    """Classes with a reported allergy, and the first words of the substances that stand there as allergens."""
    substances = find_substances(reading)
    cues = find_reactions(reading, substances)
    joined = compounds(reading)
    if not cues and not joined:
        return (), frozenset()
    substances = sorted([*substances, *find_misspelt(reading, cues)], key=lambda substance: substance.first)
    removals = _removals(reading, substances)
    corrected = corrected_at(reading)
    by_first = {s.first: s for s in substances}
    by_last = {s.last: s for s in substances}
    found: dict[AllergyClass, None] = {}
    allergens: set[int] = set()
    for cue in cues:
        for substance in _substances(reading, cue, by_first, by_last):
            if _is_apart(reading, cue, substance):
                continue
            allergens.add(substance.first)
            if cue.last < corrected or _denied(reading, cue, substance):
                continue
            if not any(_covers(reading, removal, cue, substance.allergy) for removal in removals):
                found[substance.allergy] = None
    for number, allergy in joined:
        place = Place(number, number)
        if number > corrected and not _denied(reading, place, place):
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


def _substances(
    reading: Reading, cue: Place, by_first: dict[int, Allergen], by_last: dict[int, Allergen]
) -> list[Allergen]:
    """What the allergy is to: the list after "allergic to" or a colon, else the nearest before, else after."""
    after = _run(reading, cue.last, by_first, 1)
    before = _run(reading, cue.first, by_last, -1)
    directed = reading.words[cue.last] in ("to", "with", "a", "auf") or reading.words[cue.first] in (
        "allergies",
        "allergic",
    )
    gap = reading.gaps[cue.last + 1]
    directed = directed or (_leads(reading, cue) and reading.words[cue.last] in ABBREVIATED)
    if (
        after
        and (directed or ":" in gap)
        and not (before and reading.words[cue.last] == "allergic" and not _leads(reading, cue))
    ):
        return after
    if before:
        return before
    return after


def _leads(reading: Reading, cue: Place) -> bool:
    return cue.last + 1 < len(reading.words) and reading.words[cue.last + 1] in _TOWARDS


def _run(reading: Reading, start: int, ends: dict[int, Allergen], step: int) -> list[Allergen]:
    found: list[Allergen] = []
    number = start + step
    loose = 0
    for _ in range(_REACH + 6):
        if not 0 <= number < len(reading.words):
            break
        code = reading.codes[number if step > 0 else number + 1]
        gap = reading.gaps[number if step > 0 else number + 1]
        if code == HARD or (("- " in gap or "->" in gap) and found):
            break
        if found and step > 0 and "," in gap and reading.words[number] in ("on", "now", "currently", "started"):
            break  # "allergic to cipro, on mero"
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


def _asked_about(reading: Reading, match: Allergen) -> bool:
    """ "…, cefiderocol ok?": the next thought, not the next allergen."""
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return "?" in reading.gaps[match.last + 1] or (
        following is not None and following.kind in (Kind.INTENT, Kind.REPORT)
    )


def _listed(reading: Reading, left: Allergen, right: Allergen) -> bool:
    """Whether two substances stand in one list ("sulfa and pcn allergy")."""
    if right.first == left.last + 1:
        comma = "," in reading.gaps[right.first]
        return not comma or left.kind is Kind.OTHER_ANTIMICROBIAL
    middle = reading.at[left.last + 1]
    return right.first == left.last + 2 and middle is not None and middle.kind is Kind.CUE and middle.id == "join"


def _is_apart(reading: Reading, cue: Place, match: Allergen) -> bool:
    """ "No rash, mero R": what is denied and what comes after the comma have nothing to do with each other."""
    before = reading.at[cue.first - 1] if cue.first else None
    denied = before is not None and before.kind is Kind.CUE and before.id in ("no", "not")
    return denied and match.first > cue.last and any(reading.stops[cue.last + 1 : match.first + 1])


def _denied(reading: Reading, cue: Place, match: Allergen | Place) -> bool:
    first = min(cue.first, match.first)
    if is_of_another(reading, first, max(cue.last, match.last)):
        return True
    number = first - 1
    for _ in range(5):
        if number < 0 or reading.codes[number + 1] == HARD or reading.stops[number + 1]:
            break
        other = reading.at[number]
        if other is not None and other.kind is Kind.CUE and other.id in ("no", "not", "negative_for"):
            return True
        if reading.words[number] in _DENYING:
            return True
        if other is None or (other.kind is Kind.CUE and other.id in ("bridge", "join", "past_before")):
            number -= 1
            continue
        if other.kind in SUBSTANCES:
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


def _removals(reading: Reading, substances: list[Allergen]) -> list[tuple[int, AllergyClass | None]]:
    """Where an allergy was removed, and of which class, if not of every one ("tolerated amoxicillin since")."""
    firsts = [substance.first for substance in substances]
    found: list[tuple[int, AllergyClass | None]] = []
    for cue in reading.of(Kind.ALLERGY_CUE):
        if cue.id != "removed":
            continue
        place = bisect_right(firsts, cue.last)
        other = substances[place] if place < len(firsts) and firsts[place] - cue.last <= 4 else None
        before = substances[place - 1] if place else None
        if before is not None and before.last == cue.first - 1 and reading.codes[cue.last + 1] > PLAIN:
            other = before  # "ceftriaxone tolerated; PCN allergy"
        tolerated = reading.words[cue.first].startswith("tolerat")
        if tolerated or (other is not None and _word(reading, cue.last + 1) in ("for", "to", "of", "from", "as")):
            found.append((cue.last, other.allergy if other is not None else None))
        else:
            found.append((cue.last, None))
    return found


def _covers(reading: Reading, removal: tuple[int, AllergyClass | None], cue: Place, allergy: AllergyClass) -> bool:
    """Whether a removal is of this allergy; what comes after a "but" is not removed by what stands before it."""
    number, removed = removal
    if removed is not None and removed is not allergy:
        return False
    return not (number < cue.first and not _BUT.isdisjoint(reading.words[number + 1 : cue.first]))


def _word(reading: Reading, number: int) -> str:
    return reading.words[number] if number < len(reading.words) else ""
