"""A mechanism that the rest of its sentence takes back ("old KPC carriage, this kleb is neg", "KPC - no, all neg")."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, SOFT, Match, Reading
from knowledge.vocabulary import Kind

_AND_ALL = (("or", "otherwise"), ("and", "all"), ("or", "any"), ("or", "anything"), ("or", "whatever"), ("one",))
_AND = frozenset(form[:1] for form in _AND_ALL)
_ISOLATES = frozenset({"isolate", "strain", "bug", "organism", "coliform"})
_FAR = 40
_THIS_ONE = frozenset(
    {"present", "mine", "this", "ours", "our", "these", "new", "current", "todays", "his", "hers", "her", "latest"}
)
_BEING = frozenset({"is", "was", "s"})
_IS = frozenset({"is", "was", "are", "were"})
_SOMEBODY = frozenset(
    [
        "man",
        "woman",
        "lady",
        "guy",
        "gentleman",
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "other",
        "another",
        "previous",
        "neighbour",
        "bed",
        "room",
        "bay",
        "discharged",
    ]
)
_WITHDRAWING = frozenset({"scratch", "strike", "ignore", "disregard", "delete", "cancel", "forget"})
_DISREGARDING = frozenset({"disregard", "ignore", "delete", "remove"})
_THAT = frozenset({"that", "the", "my", "earlier", "previous", "this"})
_CORRECTED = frozenset({"corrected", "changed", "amended", "revised", "updated", "downgraded", "reclassified"})
_NEAR = 4
_REACH_OWNER = 7
_PASSED = frozenset({Kind.CUE, Kind.BEARER, Kind.ORGANISM, Kind.TEST})
_REACH = 12


def is_retracted(reading: Reading, match: Match, first: int, end: int) -> bool:
    """Whether the sentence from word `first` up to `end` denies it by its build rather than by a word beside it."""
    words = reading.words
    if words[first] == "not" and first + 1 < match.first and reading.stops[first + 1]:
        return True  # "Not, as first reported, KPC"
    behind = tuple(words[match.last + 1 : match.last + 3])
    if (
        behind[:1] in _AND
        and any(behind[: len(form)] == form for form in _AND_ALL)
        and _is_negative(reading, first, match.first)
    ):
        return True  # "no carbapenemase genes at all, KPC or otherwise"
    if len(behind) == 2 and behind[0] in _BEING and behind[1] == "out":
        return True  # "so KPC is out"
    if "who" in words[max(first, match.first - 3) : match.first] and _has_other(reading, first, match.first):
        return True  # "it was the donor, not our recipient, who had KPC"
    if _is_withdrawn_before(reading, match) or _is_put_right(reading, match, end):
        return True
    return ends_negative(reading, match.last + 1, end)


def is_of_somebody(reading: Reading, match: Match) -> bool:
    """ "KPC was the man in bed 9", "the KPC kleb belongs to Mr Khan", "the KPC one is my other pt"."""
    opens = reading.sentences[match.first]
    before = reading.at[opens - 1] if opens else None
    wrong = before is not None and before.kind is Kind.BEARER and reading.words[before.first] == "wrong"
    if wrong and not any(m is not None and m.id == "own" for m in reading.at[opens : match.first]):
        return True  # "Wrong pt!! The KPC msg …"
    number = match.last + 1
    while number < len(reading.words) and number - match.last <= _REACH_OWNER:
        cue, word = reading.at[number], reading.words[number]
        if reading.codes[number] == HARD or reading.stops[number]:
            return False
        if word in ("belongs", "belonged"):
            return True
        if word in _IS and number - match.last <= _NEAR:
            return not _SOMEBODY.isdisjoint(reading.words[number + 1 : number + 1 + _NEAR])
        if word == "call":
            return True  # "they have taken back the KPC call"
        if cue is not None and cue.kind not in (Kind.SITE, Kind.ORGANISM, Kind.CUE):
            return False
        number += 1
    return False


def is_superseded(reading: Reading, match: Match) -> bool:
    """ "He grew KPC in Nov. Present Kleb from blood is negative on PCR": a later sentence on the isolate of now."""
    last = min(len(reading.words), match.last + 1 + _FAR)
    if _THIS_ONE.isdisjoint(reading.words[match.last + 1 : last]):
        return False
    for number in range(match.last + 1, last):
        if reading.codes[number] < SOFT and reading.words[number - 1] not in ("but", "and"):
            continue
        if reading.words[number] in _THIS_ONE and _isolate_is_negative(reading, number, last):
            return True
    return False


def _isolate_is_negative(reading: Reading, number: int, last: int) -> bool:
    named = False
    for here in range(number, min(last, number + _REACH)):
        if here > number and reading.codes[here] == HARD:
            return False
        cue = reading.at[here]
        named |= reading.words[here] in _ISOLATES
        if cue is None:
            continue
        if cue.kind is Kind.MECHANISM:
            return False
        named |= cue.kind is Kind.ORGANISM
        for_it = cue.id == "negative_for" and reading.words[cue.last + 1 : cue.last + 2] in (["it"], ["this"], ["that"])
        if named and (
            (cue.kind is Kind.CUE and (cue.id == "negative" or for_it))
            or (cue.id == "susceptible" and cue.kind is Kind.SCOPE)
        ):
            return True
    return False


def _is_withdrawn_before(reading: Reading, match: Match) -> bool:
    """ "Scratch that KPC": with a comma it would announce what is right."""
    number = match.first - 1
    if number > 0 and reading.words[number] in ("the", "that"):
        number -= 1
    if number >= 0 and reading.words[number] in _DISREGARDING and not reading.stops[match.first]:
        return True  # "please remove the KPC flag"
    if match.first < 2 or reading.gaps[match.first] != " ":
        return False
    return reading.words[match.first - 1] in _THAT and reading.words[match.first - 2] in _WITHDRAWING


def _is_put_right(reading: Reading, match: Match, end: int) -> bool:
    """ "Letter says KPC, lab has since corrected that to AmpC": what is right stands behind it, and is no mechanism."""
    corrected = False
    for number in range(match.last + 1, min(end, match.last + 1 + _REACH)):
        cue, word = reading.at[number], reading.words[number]
        corrected |= word in _CORRECTED or (cue is not None and cue.id == "corrected")
        if cue is None:
            continue
        if corrected and (cue.kind in (Kind.BYSTANDER, Kind.PORIN) or cue.id in ("no", "negative")):
            return True
        if cue.kind is Kind.MECHANISM:
            return False
    return False


def ends_negative(reading: Reading, number: int, end: int) -> bool:
    """ "…, this kleb is neg", "… - new isolate neg", "…, ours is negative": a last clause about the patient's own."""
    while number < end:
        if reading.codes[number] >= SOFT or reading.words[number - 1] == "but":
            own = reading.at[number]
            if reading.words[number] in _THIS_ONE or (own is not None and own.id == "own"):
                return _clause_is_negative(reading, number, end)
        number += 1
    return False


def _clause_is_negative(reading: Reading, number: int, end: int) -> bool:
    for here in range(number, min(end, number + _REACH)):
        cue = reading.at[here]
        if cue is None:
            continue
        if cue.kind is Kind.CUE and cue.id == "negative":
            return reading.codes[cue.last + 1] == HARD or reading.stops[cue.last + 1]
        following = reading.at[cue.last + 1] if cue.last + 1 < end else None
        if cue.kind is Kind.SITE and following is not None and following.kind is Kind.ORGANISM:
            continue  # "today's urine Kleb is neg"
        if cue.kind not in _PASSED:
            return False
    return False


def _is_negative(reading: Reading, first: int, end: int) -> bool:
    cues = (reading.at[number] for number in range(max(first, end - _REACH), end))
    return any(cue is not None and cue.kind is Kind.CUE and cue.id in ("negative", "no") for cue in cues)


def _has_other(reading: Reading, first: int, end: int) -> bool:
    bearers = {m.id for m in reading.at[first:end] if m is not None and m.kind is Kind.BEARER}
    return "other" in bearers and "own" not in bearers
