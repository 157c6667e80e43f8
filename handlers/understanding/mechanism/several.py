"""Several mechanisms in one message: said to stand together, or two statements of which only one can be meant."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.understanding.attribution import Bearer
from handlers.understanding.lexicon import HARD, Match, Reading
from handlers.understanding.standing import Standing
from handlers.understanding.statements import Statement
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_CLASSES = frozenset({Mechanism.NON_CARBAPENEMASE})
_METALLO = frozenset({Mechanism.NDM, Mechanism.VIM, Mechanism.IMP})
_BETWEEN = frozenset({Kind.ORGANISM, Kind.SITE, Kind.TEST, Kind.BYSTANDER, Kind.CRE, Kind.MECHANISM, Kind.REPORT})
_LINKS = frozenset({"bridge", "join", "also", "positive", "positive_for", "colonised"})
_REACH = 16
_NEAR = 3


@dataclass(slots=True)
class Mention:
    """One place where a mechanism is said to be present. `reported`: with a result of its own."""

    mechanism: Mechanism
    statement: Statement
    reported: bool


def is_reported(statement: Statement) -> bool:
    """Whether a word of result ("detected", "positive for") makes the finding present."""
    if statement.standing is not Standing.PRESENT:
        return False
    return statement.after or (statement.cue is not None and statement.cue.id in ("positive", "positive_for"))


def settle(
    reading: Reading, present: dict[Mechanism, Match], mentions: list[Mention]
) -> tuple[dict[Mechanism, Match], set[Mechanism]]:
    """The mechanisms that stand, and those of which nobody can say which one is meant.

    What is said to be this patient's own stands before what is only named elsewhere. Mechanisms that no list, result
    or word like "also" brings together contradict each other.
    """
    named = [m for m in present if m not in _CLASSES]
    if not _METALLO.isdisjoint(named):  # the class says no other than its enzyme
        named = [m for m in named if m is not Mechanism.MBL]
    if len(named) < 2:
        return present, set()
    mentions = _from_own(_without_former(reading, [m for m in mentions if m.mechanism in named]))
    said = {m.mechanism for m in mentions}
    present = {m: match for m, match in present.items() if m in _CLASSES or m in said}
    if len(said) < 2:
        return present, set()
    own = {m.mechanism for m in mentions if m.statement.bearer is Bearer.OWN}
    partner = _partners(reading, mentions)
    groups = {m: partner.find(m) for m in said}
    reported = {m.mechanism for m in mentions if m.reported}
    if len(set(groups.values())) == 1 and not _is_corrected(reading, mentions) and not _is_selected(mentions, reported):
        return present, set()
    kept = {groups[m] for m in own}
    if len(kept) == 1 and all(groups[m] in kept for m in reported):
        return {m: match for m, match in present.items() if m in _CLASSES or groups[m] in kept}, set()
    return present, said


def without_corrected(
    reading: Reading, present: dict[Mechanism, Match], mentions: list[Mention], denied: dict[Mechanism, set[int]]
) -> dict[Mechanism, Match]:
    """Without what a sentence denies while it names another ("told NDM; report: KPC detected, NDM not detected")."""
    present = {m: match for m, match in present.items() if not _is_amended(reading, m, mentions, denied.get(m, set()))}
    sentences: dict[Mechanism, set[int]] = {}
    for mention in mentions:
        sentences.setdefault(mention.mechanism, set()).add(reading.sentences[mention.statement.match.first])
    return {
        m: match
        for m, match in present.items()
        if m not in denied
        or any(one.mechanism is m and one.statement.bearer is Bearer.OWN for one in mentions)
        or not any(denied[m] & said for other, said in sentences.items() if other is not m and other not in denied)
    }


def _is_amended(reading: Reading, mechanism: Mechanism, mentions: list[Mention], denials: set[int]) -> bool:
    """ "KPC detected. AMENDED: KPC not detected. VIM detected": a word of correction between it and its denial.

    Only with another reported behind the correction: of "KPC detected, amended: not detected" alone the bot asks.
    """
    mine = [m.statement.match.last for m in mentions if m.mechanism is mechanism]
    if not mine or not denials:
        return False
    for word in reading.of(Kind.BEARER):
        if word.id != "corrected" or word.first < max(mine) or min(denials) < reading.sentences[word.first]:
            continue
        if any(m.reported and m.mechanism is not mechanism and m.statement.match.first > word.first for m in mentions):
            return True
    return False


def _without_former(reading: Reading, mentions: list[Mention]) -> list[Mention]:
    """Without the left side of an arrow ("KPC -> now NDM")."""
    kept = mentions[-1:]
    for left, right in zip(mentions[-2::-1], mentions[:0:-1], strict=True):
        first, last = left.statement.match.last + 1, right.statement.match.first
        if last - first > 3 or not any("->" in gap for gap in reading.gaps[first : last + 1]):
            kept.append(left)
    return kept[::-1]


def _from_own(mentions: list[Mention]) -> list[Mention]:
    """Without what was named, and not reported, before the patient's own ("the assay has KPC, NDM; ours: NDM")."""
    first = next((n for n, m in enumerate(mentions) if m.statement.bearer is Bearer.OWN), 0)
    return [m for m in mentions[:first] if m.reported] + mentions[first:]


class _Sets:
    """Mechanisms brought together so far."""

    def __init__(self) -> None:
        self._parent: dict[Mechanism, Mechanism] = {}

    def find(self, mechanism: Mechanism) -> Mechanism:
        while (parent := self._parent.get(mechanism, mechanism)) is not mechanism:
            mechanism = parent
        return mechanism

    def join(self, one: Mechanism, other: Mechanism) -> None:
        self._parent[self.find(one)] = self.find(other)


def _partners(reading: Reading, mentions: list[Mention]) -> _Sets:
    sets = _Sets()
    reported: Mention | None = None
    added = {reading.sentences[cue.first] for cue in reading.of(Kind.CUE) if cue.id == "also"}
    added |= {reading.sentences[m.first] for m in reading.of(Kind.NEUTRAL) if m.id == "not-a-combination"}
    previous: Mention | None = None
    for mention in mentions:
        if mention.reported:
            if reported is not None and reported.statement.bearer is mention.statement.bearer:
                sets.join(reported.mechanism, mention.mechanism)
            reported = mention
        if previous is not None and previous.mechanism is not mention.mechanism:
            match = mention.statement.match
            listed = previous.statement.group == mention.statement.group
            if listed or reading.sentences[match.first] in added or _runs_on(reading, previous.statement.match, match):
                sets.join(previous.mechanism, mention.mechanism)
        previous = mention
    return sets


def _is_selected(mentions: list[Mention], reported: set[Mechanism]) -> bool:
    """ "NDM and KPC were asked for; positive: KPC": of those listed only some have a result, given elsewhere."""
    groups = {m.statement.group for m in mentions if m.reported}
    beside = {m.mechanism for m in mentions if m.statement.group in groups}
    listed = {m.mechanism for m in mentions if m.statement.group not in groups}
    return bool(reported) and bool(listed & reported) and not listed <= beside


def _runs_on(reading: Reading, left: Match, right: Match) -> bool:
    """ "KPC Klebsiella in blood and NDM E. coli in urine": one sentence with a word or sign that joins."""
    joined = False
    if right.first - left.last > _REACH:
        return False
    for number in range(left.last + 1, right.first + 1):
        if reading.codes[number] == HARD or "->" in reading.gaps[number]:
            return False
        joined |= "+" in reading.gaps[number]
        if number < right.first:
            match = reading.at[number]
            if match is None or not (match.kind in _BETWEEN or (match.kind is Kind.CUE and match.id in _LINKS)):
                return False
            joined |= match.id in ("join", "also") and reading.words[number] not in ("or", "nor")
    return joined


def _is_corrected(reading: Reading, mentions: list[Mention]) -> bool:
    """ "KPC VIM - typo": a word of correction between the mentions or right after them."""
    first, last = mentions[0].statement.match.first, mentions[-1].statement.match.last
    return any(m.id == "corrected" and first < m.first <= last + _NEAR for m in reading.of(Kind.BEARER))
