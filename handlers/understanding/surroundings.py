"""The words around a finding: what stands before it, what after, and to which finding a result belongs."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.understanding.lexicon import HARD, JOINED, SOFT, Match, Reading
from handlers.understanding.results import (
    AFTER,
    BARE,
    belongs_to_next,
    heads,
    is_answered,
    is_date,
    is_denied_question,
    is_table,
    is_tested,
    leads_to_finding,
    read_row,
    refers_back,
)
from handlers.understanding.standing import FAMILY, Standing
from knowledge.vocabulary import Kind

_BEFORE = {
    "no": Standing.ABSENT, "not": Standing.ABSENT, "negative": Standing.ABSENT, "negative_for": Standing.ABSENT,
    "pending": Standing.AWAITED, "unknown": Standing.UNKNOWN, "suspected_before": Standing.SUSPECTED,
    "past_before": Standing.PAST, "past_after": Standing.PAST, "contaminant": Standing.ABSENT,
}  # fmt: skip
_PASSED = frozenset({"bridge", "also", "hypothetical"})
_PAST_ON_EITHER_SIDE = frozenset({"previously", "initially", "originally", "last", "history"})
_RESUMES = frozenset({"it", "that", "this", "they", "which", "was", "is", "came", "were"})
_OVER = frozenset({"treated", "cleared", "old", "done", "finished", "completed"})
_ENDED = frozenset({"cleared", "finished", "completed"})
_REACH = 8


@dataclass(slots=True)
class Side:
    """What one side says: a standing, its cue, and the results of a row one by one."""

    standing: Standing | None = None
    cue: Match | None = None
    several: tuple[Standing, ...] = ()
    strong: bool = False

    @property
    def cue_id(self) -> str | None:
        """The id of the cue, where there is one."""
        return None if self.cue is None else self.cue.id


def before(reading: Reading, first: Match, family: str, used: set[tuple[str, int]]) -> Side:
    """What the words before a finding say of it; cues in `used` belong to the finding before."""
    side = Side()
    number = first.first - 1
    only_past = False
    positive: Match | None = None
    for _ in range(_REACH):
        if number < 0 or reading.codes[number + 1] == HARD:
            break
        if reading.stops[number + 1] and not heads(reading, number):
            break
        match = reading.at[number]
        if match is None:
            if not reading.words[number][0].isdigit():
                break
            number -= 1
            continue
        if match.kind is Kind.CUE:
            cue = match.id
            if cue in _PASSED or (cue == "join" and not only_past) or (cue == "join" and only_past):
                number = match.first - 1
                continue
            if cue in ("contrast", "not_only", "colonised"):
                break
            if cue in ("positive", "positive_for"):
                if used & {(family, match.first), ("m", match.first)} or only_past:
                    break
                positive = match
                number = match.first - 1
                continue
            standing = _BEFORE.get(cue)
            if standing is None or (only_past and standing is not Standing.PAST):
                break
            if used & {(family, match.first), ("m", match.first)}:
                break
            if positive is not None and cue not in ("no", "not"):
                break
            side.standing, side.cue = standing, match
            side.strong = cue in ("no", "not", "negative_for")
            return side
        if (match.kind is Kind.INTENT and match.id == "evidence_mention") or (
            match.kind is Kind.TEST and family == "m" and positive is not None
        ):
            number = match.first - 1
            continue
        if (
            FAMILY.get(match.kind) in ("m", "o", "c", "s")
            and FAMILY.get(match.kind) != family
            and reading.codes[number + 1] <= JOINED
        ):
            only_past = True
            number = match.first - 1
            continue
        break
    if positive is not None:
        side.standing, side.cue, side.strong = Standing.PRESENT, positive, positive.id == "positive_for"
    return side


def after(reading: Reading, group: list[Match], family: str, preceding: Side) -> Side:
    """What the words after a list of findings say of it."""
    side = Side()
    last = group[-1]
    number = last.last + 1
    count = len(reading.words)
    negated = False
    only_past = False
    for _ in range(_REACH):
        if number >= count:
            break
        code, gap = reading.codes[number], reading.gaps[number]
        match = reading.at[number]
        comma = "," in gap
        tabled = number == last.last + 1 and is_table(reading, group, number)
        if code == HARD and not (
            tabled
            or (not only_past and is_answered(reading, number))
            or (len(group) > 1 and refers_back(reading, number))
            or (family == "s" and is_tested(reading, number))
        ):
            break
        if match is None:
            if reading.words[number][0].isdigit() and not comma:
                number += 1
                continue
            if family == "s" and negated and reading.words[number] == "anything":
                side.standing = Standing.ABSENT  # "blood cultures never grew anything"
                return side
            if family == "s" and (is_denied_question(reading, number) or is_tested(reading, number)):
                side.standing = Standing.ABSENT
                return side
            if family == "s" and reading.words[number] == "none" and reading.codes[number + 1] >= SOFT and not comma:
                side.standing = Standing.ABSENT  # "SSTI none."
                return side
            if family == "s" and reading.words[number] == "out" and reading.words[number - 1] in ("is", "was"):
                side.standing = Standing.ABSENT  # "so meningitis is out"
                return side
            bracketed = "(" in gap and reading.gaps[number + 1].startswith(")")
            said = number > last.last + 1 or reading.words[number] in _ENDED
            closed = comma and said and reading.codes[number + 1] >= SOFT
            if reading.words[number] in _OVER and (bracketed or closed):
                side.standing = Standing.PAST  # "pneumonia (treated)", "cystitis in January, treated."
            break
        if match.kind is Kind.CUE:
            cue = match.id
            if cue in _PASSED:
                if comma and reading.words[number] not in ("all", "both", "each", "which", "that"):
                    break
                number = match.last + 1
                continue
            if (
                cue == "join"
                and not comma
                and reading.words[match.last + 1 : match.last + 2]
                and (reading.words[match.last + 1] in _RESUMES or reading.words[match.last + 1][0].isdigit())
            ):
                number = match.last + 1
                continue
            if cue in ("no", "not"):
                if cue == "no" and not comma and (code == HARD or reading.codes[match.last + 1] >= SOFT):
                    side.standing, side.cue = Standing.ABSENT, match
                    return side
                if comma or leads_to_finding(reading, match.last + 1, family):
                    break
                negated = True
                number = match.last + 1
                continue
            standing = AFTER.get(cue)
            if standing is None or is_date(reading, match):
                break
            if cue == "past_before" and reading.words[match.first] not in _PAST_ON_EITHER_SIDE:
                break
            if cue == "contaminant" and "+" in gap:
                break  # "E. coli + skin flora"
            if cue in ("suspected_before", "past_before") and (
                comma
                or (
                    leads_to_finding(reading, match.last + 1, None)
                    and reading.words[match.last + 1] not in ("was", "is")
                )
            ):
                break
            if only_past and standing is not Standing.PAST:
                break
            if cue == "pending" and comma and family == "s" and leads_to_finding(reading, match.last + 1, None):
                break  # "blood cultures 2/2, still waiting on the PCR"
            if cue == "positive" and reading.words[match.first - 1] == "from":
                break  # "KPC PCR from positive bottles"
            if cue in BARE and belongs_to_next(reading, match, family, comma, preceding.cue):
                break
            if negated and standing in (Standing.PRESENT, Standing.AWAITED):
                standing = Standing.ABSENT if standing is Standing.PRESENT else Standing.AWAITED
            if standing is Standing.PRESENT and is_answered(reading, match.last + 1):
                answer = reading.at[match.last + 1]  # "KPC positive? No.", "KPC confirmed? Awaiting."
                standing = Standing.ABSENT if answer is None else AFTER.get(answer.id, Standing.ABSENT)
            side.standing, side.cue = standing, match
            side.several = read_row(reading, match, len(group)) if len(group) > 1 else ()
            return side
        if match.kind is Kind.SCOPE and match.id == "child_mention" and not comma:
            side.standing, side.cue = Standing.PAST, match
            return side
        measure = match.kind is Kind.REPORT and match.id == "fill" and last.kind is Kind.TEST  # "mCIM 6 mm pos"
        if ((match.kind is Kind.TEST and family == "m") or measure) and code <= JOINED:
            number = match.last + 1
            continue
        if FAMILY.get(match.kind) in ("s", "o") and FAMILY.get(match.kind) != family and code <= JOINED:
            only_past = True
            number = match.last + 1
            continue
        break
    return side
