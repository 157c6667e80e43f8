"""How each finding stands: present, absent, awaited, unknown, suspected or past, from the words around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from handlers.understanding.lexicon import HARD, JOINED, PLAIN, SOFT, Match, Reading
from knowledge.vocabulary import Kind


class Standing(IntEnum):
    """How a finding stands."""

    PRESENT = 0
    ABSENT = 1
    AWAITED = 2
    UNKNOWN = 3
    SUSPECTED = 4
    PAST = 5


FAMILY: dict[Kind, str] = {
    Kind.MECHANISM: "m", Kind.BYSTANDER: "m", Kind.TEST: "m", Kind.PORIN: "p", Kind.SITE: "s", Kind.PLACE: "s",
    Kind.ORGANISM: "o", Kind.OUTSIDER: "o", Kind.CRE: "c", Kind.DIALYSIS: "d",
}  # fmt: skip

_AFTER = {
    "negative": Standing.ABSENT, "positive": Standing.PRESENT, "pending": Standing.AWAITED, "unknown": Standing.UNKNOWN,
    "past_after": Standing.PAST, "suspected_after": Standing.SUSPECTED, "suspected_before": Standing.SUSPECTED,
    "contaminant": Standing.ABSENT, "past_before": Standing.PAST,
}  # fmt: skip
_BEFORE = {
    "no": Standing.ABSENT, "not": Standing.ABSENT, "negative": Standing.ABSENT, "negative_for": Standing.ABSENT,
    "pending": Standing.AWAITED, "unknown": Standing.UNKNOWN, "suspected_before": Standing.SUSPECTED,
    "past_before": Standing.PAST, "past_after": Standing.PAST, "contaminant": Standing.ABSENT,
}  # fmt: skip
_PASSED = frozenset({"bridge", "also", "hypothetical"})
_BARE = frozenset({"negative", "positive", "pending", "unknown"})
_READS_BOTH_WAYS = frozenset({"detected", "found", "seen", "isolated", "identified"})
_RESUMES = frozenset({"it", "that", "this", "they", "which", "was", "is", "came", "were"})
_REACH = 8


@dataclass(slots=True)
class Statement:
    """A finding and how it stands. `silent`: a test named together with its target, which says nothing itself."""

    match: Match
    standing: Standing
    silent: bool = False
    clash: bool = False  # words before and after it disagree
    after: bool = False  # the deciding word stands after it


@dataclass(slots=True)
class _Side:
    standing: Standing | None = None
    cue: Match | None = None
    several: tuple[Standing, ...] = ()
    strong: bool = False


def judge(reading: Reading) -> list[Statement]:
    """Every finding of the message with its standing, in the order of the text."""
    statements: list[Statement] = []
    used: set[int] = set()
    for group in _groups(reading):
        for part in _parts(reading, group):
            _judge_group(reading, part, statements, used)
    return statements


def _groups(reading: Reading) -> list[list[Match]]:
    groups: list[list[Match]] = []
    last: Match | None = None
    for match in reading.matches:
        family = FAMILY.get(match.kind)
        if family is None:
            continue
        if last is not None and FAMILY[last.kind] == family and _adjoins(reading, last, match):
            groups[-1].append(match)
        else:
            groups.append([match])
        last = match
    return groups


def _parts(reading: Reading, group: list[Match]) -> list[list[Match]]:
    """A list of sites or organisms falls apart at a bare comma, unless "no" governs a list that ends in "or"."""
    if len(group) == 1 or FAMILY[group[0].kind] == "m":
        return [group]
    commas = [n for n in range(1, len(group)) if "," in reading.gaps[group[n - 1].last + 1]]
    if not commas:
        return [group]
    side = _before(reading, group[0], FAMILY[group[0].kind], set())
    if side.strong and commas[-1] < len(group) and _joined(reading, group[-2], group[-1]):
        return [group]
    edges = [0, *commas, len(group)]
    return [group[start:end] for start, end in pairwise(edges)]


def _joined(reading: Reading, left: Match, right: Match) -> bool:
    return right.first > left.last + 1 or reading.codes[right.first] != SOFT


def _adjoins(reading: Reading, last: Match, match: Match) -> bool:
    """Whether two findings of one family stand in one list: joined by commas, slashes, "and" or nothing."""
    joined = False
    for number in range(last.last + 1, match.first + 1):
        gap = reading.gaps[number]
        if reading.codes[number] == HARD or ":" in gap or "->" in gap or "=" in gap:
            return False
        if "-" in gap and number == last.last + 1 and match.first == number and gap.strip() != "-":
            return False
        if number < match.first:
            cue = reading.at[number]
            if cue is None or cue.id not in ("join", "also"):
                return False
            joined = True
    if joined:
        return True
    if reading.codes[match.first] != PLAIN:
        return True
    return FAMILY[match.kind] == "m"


def _judge_group(reading: Reading, group: list[Match], out: list[Statement], used: set[int]) -> None:
    first = group[0]
    family = FAMILY[first.kind]
    before = _before(reading, first, family, used)
    after = _after(reading, group, family, before)
    standing, clash, by_after = _weigh(before, after)
    if after.cue is not None and by_after and not all(m.kind is Kind.TEST for m in group):
        used.add(after.cue.first)
    named = any(m.kind is not Kind.TEST for m in group)
    for number, match in enumerate(group):
        mine = after.several[number] if by_after and after.several else standing
        silent = match.kind is Kind.TEST and named and _beside_name(reading, group, number)
        out.append(Statement(match, mine, silent, clash, by_after))
    if family == "m" and len(group) > 1:
        _settle_commas(reading, group, before, after, out[-len(group) :])


def _settle_commas(
    reading: Reading, group: list[Match], before: _Side, after: _Side, statements: list[Statement]
) -> None:
    """A list of two joined by a bare comma ("not KPC, NDM") may be one statement or two: what is doubtful clashes."""
    if any(reading.codes[m.first] != SOFT or m.first != p.last + 1 for p, m in pairwise(group)):
        return
    strong = before.cue is not None and before.strong and before.standing is Standing.ABSENT
    if strong and after.standing is Standing.PRESENT and _counts_no(reading, group[0]) > 1:
        for statement in statements[1:]:
            statement.standing = Standing.PRESENT
    elif len(group) == 2 and strong and after.standing is Standing.PRESENT and after.cue is not None:
        statements[1].standing = Standing.PRESENT
        statements[1].clash = reading.words[after.cue.first] in _READS_BOTH_WAYS
    elif len(group) == 2 and before.cue is not None and before.cue.id == "not" and after.standing is None:
        statements[1].standing = Standing.PRESENT
    elif (
        len(group) == 2
        and before.cue is None
        and after.standing is Standing.ABSENT
        and not _says_all(reading, group[1])
    ):
        statements[0].clash = not after.several


def _says_all(reading: Reading, match: Match) -> bool:
    return bool({"both", "all", "are", "were", "each"} & set(reading.words[match.last + 1 : match.last + 3]))


def _counts_no(reading: Reading, match: Match) -> int:
    """How many "no" or "not" the sentence holds up to a finding."""
    first = max(reading.sentences[match.first], match.first - 40)
    cues = (reading.at[number] for number in range(first, match.first))
    return len({cue.first for cue in cues if cue is not None and cue.kind is Kind.CUE and cue.id in ("no", "not")})


def _beside_name(reading: Reading, group: list[Match], number: int) -> bool:
    match = group[number]
    before = number > 0 and group[number - 1].kind is not Kind.TEST and reading.codes[match.first] == PLAIN
    following = number + 1 < len(group) and reading.codes[group[number + 1].first] == PLAIN
    return before or (following and group[number + 1].kind is not Kind.TEST)


def _weigh(before: _Side, after: _Side) -> tuple[Standing, bool, bool]:
    if before.standing is None and after.standing is None:
        return Standing.PRESENT, False, False
    if before.standing is None:
        return after.standing or Standing.PRESENT, False, True
    if after.standing is None:
        return before.standing, False, False
    if before.standing == after.standing:
        return before.standing, False, True
    if before.standing is Standing.PAST:
        return Standing.PAST, False, False
    if before.standing is Standing.ABSENT and before.strong:
        absorbed = after.standing is Standing.PRESENT or after.standing in (Standing.AWAITED, Standing.UNKNOWN)
        return (Standing.ABSENT if absorbed else after.standing), False, absorbed
    if before.standing is Standing.PRESENT and before.strong and after.standing is Standing.ABSENT:
        return Standing.ABSENT, True, True
    return after.standing, False, True


def _before(reading: Reading, first: Match, family: str, used: set[int]) -> _Side:
    side = _Side()
    number = first.first - 1
    only_past = False
    positive: Match | None = None
    for _ in range(_REACH):
        if (
            number < 0
            or reading.codes[number + 1] == HARD
            or "," in reading.gaps[number + 1]
            or "->" in reading.gaps[number + 1]
        ):
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
                if match.first in used or only_past:
                    break
                positive = match
                number = match.first - 1
                continue
            standing = _BEFORE.get(cue)
            if standing is None or (only_past and standing is not Standing.PAST):
                break
            if match.first in used:
                break
            if positive is not None and cue not in ("no", "not"):
                break
            side.standing, side.cue = standing, match
            side.strong = cue in ("no", "not", "negative_for")
            return side
        if match.kind is Kind.INTENT and match.id == "evidence_mention":
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


def _after(reading: Reading, group: list[Match], family: str, before: _Side) -> _Side:
    side = _Side()
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
        if code == HARD and not (
            number == last.last + 1 and (_is_table(reading, group[0], number) or _is_answered(reading, last, number))
        ):
            break
        if match is None:
            if reading.words[number][0].isdigit() and not comma:
                number += 1
                continue
            break
        if match.kind is Kind.CUE:
            cue = match.id
            if cue in _PASSED:
                if comma and reading.words[number] not in ("all", "both", "each", "which"):
                    break
                number = match.last + 1
                continue
            if (
                cue == "join"
                and not comma
                and reading.words[match.last + 1 : match.last + 2]
                and reading.words[match.last + 1] in _RESUMES
            ):
                number = match.last + 1
                continue
            if cue in ("no", "not"):
                if cue == "no" and not comma and reading.codes[match.last + 1] >= SOFT:
                    side.standing, side.cue = Standing.ABSENT, match
                    return side
                if comma or _leads_to_finding(reading, match.last + 1, family):
                    break
                negated = True
                number = match.last + 1
                continue
            standing = _AFTER.get(cue)
            if standing is None:
                break
            if cue in ("suspected_before", "past_before") and (
                comma or _leads_to_finding(reading, match.last + 1, None)
            ):
                break
            if only_past and standing is not Standing.PAST:
                break
            if cue in _BARE and _belongs_to_next(reading, match, family, comma, before):
                break
            if negated and standing in (Standing.PRESENT, Standing.AWAITED):
                standing = Standing.ABSENT if standing is Standing.PRESENT else Standing.AWAITED
            side.standing, side.cue = standing, match
            side.several = _several(reading, match, len(group)) if len(group) > 1 else ()
            return side
        if match.kind is Kind.TEST and family == "m" and code <= JOINED:
            number = match.last + 1
            continue
        if FAMILY.get(match.kind) in ("s", "o") and FAMILY.get(match.kind) != family and code <= JOINED:
            only_past = True
            number = match.last + 1
            continue
        break
    return side


def _is_table(reading: Reading, first: Match, number: int) -> bool:
    """A finding alone on its line, with its result on the next."""
    if "\n" not in reading.gaps[number] or not reading.sentence_starts(first.first):
        return False
    cue = reading.at[number]
    return cue is not None and cue.kind is Kind.CUE and cue.id in _BARE and ":" not in reading.gaps[cue.last + 1]


def _is_answered(reading: Reading, last: Match, number: int) -> bool:
    """ "Mechanism? No idea." """
    cue = reading.at[number]
    asked = last.kind in (Kind.TEST, Kind.PLACE) and "?" in reading.gaps[number]
    return asked and cue is not None and cue.kind is Kind.CUE and cue.id in ("unknown", "pending")


def _leads_to_finding(reading: Reading, number: int, family: str | None) -> bool:
    for _ in range(4):
        if number >= len(reading.words) or reading.codes[number] >= SOFT:
            return False
        match = reading.at[number]
        if match is None:
            return False
        found = FAMILY.get(match.kind)
        if found is not None:
            return family is None or found == family
        if match.kind is not Kind.CUE or match.id not in ("bridge", "also", "join", "positive_for"):
            return False
        number = match.last + 1
    return False


def _belongs_to_next(reading: Reading, cue: Match, family: str, comma: bool, before: _Side) -> bool:
    """Whether a bare result ("neg") speaks of what follows it rather than of what stands before it."""
    gap = reading.gaps[cue.last + 1]
    if ":" in gap and cue.last + 1 < len(reading.words):
        return True
    following = reading.at[cue.last + 1] if cue.last + 1 < len(reading.words) else None
    plain = reading.codes[cue.last + 1] <= JOINED
    if following is not None and plain and FAMILY.get(following.kind) == family:
        return comma or (before.cue is not None and before.cue.id in _BARE)
    if (
        following is not None
        and plain
        and following.kind is Kind.CUE
        and following.id == "bridge"
        and reading.words[following.first] == "for"
    ):
        return True
    if family == "s" and following is None and cue.last + 1 < len(reading.words) and plain and cue.id == "negative":
        return True
    return comma and following is not None and plain and FAMILY.get(following.kind) is not None


def _several(reading: Reading, cue: Match, size: int) -> tuple[Standing, ...]:
    """The results of a row, when there are as many as there are findings before it."""
    found: list[Standing] = []
    match: Match | None = cue
    while match is not None and match.kind is Kind.CUE and match.id in _BARE:
        found.append(_AFTER[match.id])
        number = match.last + 1
        if number >= len(reading.words) or reading.codes[number] == HARD:
            break
        match = reading.at[number]
    return tuple(found) if len(found) == size else ()
