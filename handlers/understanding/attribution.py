"""Whose a finding is: this patient's, another's, or only talked about ("unlike KPC", "covers KPC", "were it KPC")."""

from __future__ import annotations

from enum import IntEnum

from handlers.understanding.lexicon import HARD, JOINED, SOFT, Match, Reading
from knowledge.vocabulary import Kind

_NEXT_CASE = frozenset(
    [f"{which} {whom}" for which in ("different", "another", "other", "new", "next") for whom in ("pt", "patient")]
)
_REACH = 14
_REACH_AFTER = 8
_SHORT = 3  # words of a question that only asks which one it is
_PERSONS = frozenset({"he", "she", "him", "i", "pt", "patient", "me", "hes", "shes"})
_CARRIED_OVER = frozenset({"with", "w", "has", "con", "mit", "avec", "who"})
_PASSED_AFTER = frozenset({"s", "grew"})
_SHARED = frozenset({"roommate", "roommates", "outbreak", "ward contacts", "close contacts", "exposed contacts"})
_SPEAKING = frozenset({Kind.BEARER, Kind.INTENT})
_TALK = frozenset({"evidence", "evidence_mention"})


class Bearer(IntEnum):
    """Whose a finding is, from the words of its clause."""

    PLAIN = 0  # nothing said: the patient's
    OWN = 1  # said to be of this patient, or to be what was meant
    RAISED = 2  # named, but not reported
    OTHER = 3  # of another person, a thing, or a control
    GUESSED = 4  # somebody's guess or hearsay


_BEFORE = {
    "own": Bearer.OWN, "corrected": Bearer.OWN, "other": Bearer.OTHER, "raised": Bearer.RAISED,
    "guessed": Bearer.GUESSED,
}  # fmt: skip
_AFTER = {
    "own": Bearer.OWN, "other": Bearer.OTHER, "other_after": Bearer.OTHER, "raised_after": Bearer.RAISED,
}  # fmt: skip


class Bearers:
    """The words that say whose a finding is, each as far as it reaches: two passes over the message."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._spoken = Kind.BEARER in reading.kinds or any(
            m.id in _TALK or reading.phrase(m) in _SHARED for m in reading.of(Kind.INTENT)
        )
        if self._spoken:
            self._before = _sweep_before(reading)
            self._after = _sweep_after(reading)

    def of(self, group: list[Match]) -> list[Bearer]:
        """For each finding of a list: the nearest word of its clause that says whose it is. A comma ends the clause."""
        reading = self._reading
        found: list[Bearer] = []
        for number, match in enumerate(group):
            if not number or reading.stops[match.first]:
                last = next((n for n in range(number + 1, len(group)) if reading.stops[group[n].first]), len(group))
                found.append(self._one(match, group[last - 1]))
            else:
                found.append(found[-1])
        return found

    def _one(self, match: Match, last: Match) -> Bearer:
        reading = self._reading
        previous = reading.at[match.first - 1] if match.first else None
        if previous is not None and previous.kind is Kind.BEARER and previous.id == "corrected":
            return Bearer.OWN
        asked = reading.gaps[match.last + 1].startswith("?")
        if asked and match.first - reading.sentences[match.first] < _SHORT:
            return Bearer.RAISED  # "KPC? NDM?", "is it KPC?"
        if reading.gaps[match.first].endswith("?") or _is_asked(reading, match):
            return Bearer.RAISED
        if not self._spoken:
            return Bearer.PLAIN
        return self._before[match.first] or self._after[last.last]


def _is_asked(reading: Reading, match: Match) -> bool:
    """ "KPC confirmed??"."""
    cue = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    opens = match.first - reading.sentences[match.first] < _SHORT
    return opens and cue is not None and cue.kind is Kind.CUE and reading.gaps[cue.last + 1].startswith("?")


def _sweep_before(reading: Reading) -> list[Bearer]:
    """For each word: what the words before it in its clause say. What a parenthesis says ends with it."""
    found: list[Bearer] = []
    state = outside = Bearer.PLAIN
    since = since_outside = 0
    for number, match in enumerate(reading.at):
        gap = reading.gaps[number]
        if reading.codes[number] > JOINED:
            if "(" in gap:
                outside, since_outside = state, since
                state = Bearer.PLAIN
            elif gap.startswith(")"):
                state, since = outside, since_outside
            elif reading.codes[number] == HARD or reading.stops[number] or ")" in gap:
                state = Bearer.PLAIN
            if reading.codes[number] == HARD:
                outside = Bearer.PLAIN
        if state and number - since > _REACH:
            state = Bearer.PLAIN
        found.append(state)
        if match is None:
            if state and reading.words[number] in _PERSONS:
                state = Bearer.PLAIN
        elif match.kind in _SPEAKING and (said := _of(reading, match, _BEFORE)):
            state, since = said, number
        elif state and match.kind is Kind.CUE and match.id == "contrast" and not _goes_on(reading, match):
            state = Bearer.PLAIN
    return found


def _sweep_after(reading: Reading) -> list[Bearer]:
    """For each word: what the words after it in its clause say; in a parenthesis only when it says no more."""
    found = [Bearer.PLAIN] * len(reading.words)
    state = Bearer.PLAIN
    since = 0
    for number in range(len(reading.words) - 2, -1, -1):
        following = number + 1
        match = reading.at[following]
        if match is None:
            word = reading.words[following]
            if state and not word[0].isdigit() and word not in _PASSED_AFTER:
                state = Bearer.PLAIN
        elif match.kind in _SPEAKING and (said := _of(reading, match, _AFTER)):
            state, since = said, following
        elif state and (
            match.kind not in (Kind.CUE, Kind.SITE, Kind.ORGANISM)
            or (match.id == "contrast" and reading.words[following] != "has")
        ):
            state = Bearer.PLAIN
        gap = reading.gaps[following]
        if state and reading.codes[following] > JOINED:
            opens = "(" in gap and ")" in reading.gaps[since + 1] + "".join(reading.gaps[since + 2 : since + 3])
            if reading.codes[following] == HARD or reading.stops[following] or ")" in gap or ("(" in gap and not opens):
                state = Bearer.PLAIN
        if state and since - number > _REACH_AFTER:
            state = Bearer.PLAIN
        found[number] = state
    return found


def _of(reading: Reading, match: Match, bearers: dict[str, Bearer]) -> Bearer:
    if match.kind is Kind.BEARER and match.id == "other" and opens_case(reading, match):
        return bearers.get("own", Bearer.PLAIN)
    if match.kind is Kind.BEARER:
        return bearers.get(match.id, Bearer.PLAIN)
    if match.id in _TALK:
        return Bearer.RAISED  # "our KPC guideline"
    if reading.phrase(match) in _SHARED:
        return Bearer.OTHER
    return Bearer.PLAIN


def opens_case(reading: Reading, match: Match) -> bool:
    """ "Different pt: NDM UTI", "thanks. Another patient, KPC": what follows is of the patient now asked about."""
    if reading.phrase(match) not in _NEXT_CASE or reading.codes[match.last + 1] < SOFT:
        return False
    return reading.sentence_starts(match.first) or _is_courtesy(reading, match.first)


def _is_courtesy(reading: Reading, end: int) -> bool:
    first = reading.sentences[end]
    if end - first > _SHORT:
        return False
    return all(m is not None and m.kind is Kind.INTENT and m.id == "greeting" for m in reading.at[first:end])


def _goes_on(reading: Reading, match: Match) -> bool:
    """ "Covers KPC but not NDM", "with": no new thought."""
    if reading.words[match.first] in _CARRIED_OVER:
        return True
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return following is not None and following.kind is Kind.CUE and following.id in ("no", "not")
