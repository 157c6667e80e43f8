"""How each finding stands: present, absent, awaited, unknown, suspected or past, from the words around it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from handlers.understanding.attribution import Bearer, Bearers
from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Match, Reading
from handlers.understanding.results import is_contradicted, read_letters
from handlers.understanding.standing import FAMILY, Standing
from handlers.understanding.surroundings import Side, after, before
from knowledge.vocabulary import Kind

_INTRODUCES = frozenset({"its", "is", "has", "gene", "enzyme", "mechanism", "with", "w"})
_PRODUCER = frozenset({"producer", "producers", "producing", "isolate", "strain"})
_READS_BOTH_WAYS = frozenset({"detected", "found", "seen", "isolated", "identified"})


@dataclass(slots=True)
class Statement:
    """A finding and how it stands. `silent`: a test named together with its target, which says nothing itself."""

    match: Match
    standing: Standing
    silent: bool = False
    clash: bool = False  # words before and after it disagree
    after: bool = False  # the deciding word stands after it
    cue: Match | None = None  # the deciding word, where there is one
    group: int = 0  # first word of the list it stands in
    bearer: Bearer = Bearer.PLAIN


def judge(reading: Reading, bearers: Bearers) -> list[Statement]:
    """Every finding of the message with its standing, in the order of the text."""
    statements: list[Statement] = []
    used: set[tuple[str, int]] = set()
    for group in _groups(reading):
        for part in _parts(reading, group):
            known = len(statements)
            _judge_group(reading, part, statements, used)
            for statement, bearer in zip(statements[known:], bearers.of(part), strict=True):
                statement.group, statement.bearer = part[0].first, bearer
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
    side = before(reading, group[0], FAMILY[group[0].kind], set())
    if side.strong and commas[-1] < len(group) and _joined(reading, group[-2], group[-1]):
        return [group]
    edges = [0, *commas, len(group)]
    return [group[start:end] for start, end in pairwise(edges)]


def _joined(reading: Reading, left: Match, right: Match) -> bool:
    return right.first > left.last + 1 or reading.codes[right.first] != SOFT


def _adjoins(reading: Reading, last: Match, match: Match) -> bool:
    """Whether two findings of one family stand in one list: joined by commas, slashes, "and" or nothing."""
    joined = False
    if match.id == "rest" and "," in reading.gaps[match.first]:
        return False  # "neg for KPC, rest unavailable"
    for number in range(last.last + 1, match.first + 1):
        gap = reading.gaps[number]
        if reading.codes[number] == HARD or ":" in gap or "->" in gap or "=" in gap:
            return False
        if reading.stops[number] and "," not in gap:
            return False
        if number < match.first:
            cue = reading.at[number]
            versus = reading.words[number] in ("vs", "versus")
            if cue is None or (cue.id not in ("join", "also") and not versus) or "|" in gap:
                return False
            joined = True
    if joined:
        return True
    if reading.codes[match.first] != PLAIN:
        return True
    return FAMILY[match.kind] == "m"


def _judge_group(reading: Reading, group: list[Match], out: list[Statement], used: set[tuple[str, int]]) -> None:
    first = group[0]
    family = FAMILY[first.kind]
    left = before(reading, first, family, used)
    right = after(reading, group, family, left)
    standing, clash, by_after = _weigh(left, right)
    if right.cue is not None and by_after and not all(m.kind is Kind.TEST for m in group):
        used.add((family, right.cue.first))
    letters = read_letters(reading, group) if family == "m" else ()
    if family == "m" and (by_after or letters):
        clash |= is_contradicted(reading, reading.at[group[-1].last + 1] if letters else right.cue)
    if letters:
        out.extend(
            Statement(m, s, clash=clash or s is Standing.UNKNOWN, after=True)
            for m, s in zip(group, letters, strict=True)
        )
        return
    named = any(m.kind is not Kind.TEST for m in group)
    for number, match in enumerate(group):
        mine = right.several[number] if by_after and right.several else standing
        if left.standing is Standing.SUSPECTED and match.kind is Kind.MECHANISM and _is_tested_apart(reading, group):
            mine = Standing.SUSPECTED
        silent = match.kind is Kind.TEST and named and _beside_name(reading, group, number)
        out.append(Statement(match, mine, silent, clash, by_after, right.cue if by_after else left.cue))
    if family == "m" and len(group) > 1:
        _doubt_alternatives(reading, group, out[-len(group) :])
        _settle_commas(reading, group, left, right, out[-len(group) :])


def _is_tested_apart(reading: Reading, group: list[Match]) -> bool:
    """ "Possible KPC, Carba NP pos only": the result is the test's, which does not name the enzyme."""
    return group[-1].kind is Kind.TEST and reading.stops[group[-1].first]


def _doubt_alternatives(reading: Reading, group: list[Match], statements: list[Statement]) -> None:
    """ "Either KPC or NDM", "KPC vs NDM": one of them, and nobody says which."""
    words = reading.words
    either = group[0].first > 0 and words[group[0].first - 1] == "either"
    for number in range(1, len(group)):
        between = words[group[number - 1].last + 1 : group[number].first]
        if (either and between == ["or"]) or between in (["vs"], ["versus"]):
            for statement in statements[number - 1 : number + 1]:
                statement.clash |= statement.standing is Standing.PRESENT


def _settle_commas(reading: Reading, group: list[Match], left: Side, right: Side, statements: list[Statement]) -> None:
    """A list of two joined by a bare comma ("not KPC, NDM") may be one statement or two: what is doubtful clashes."""
    named = [(m, s) for m, s in zip(group, statements, strict=True) if m.kind is not Kind.TEST]
    group, statements = [m for m, _ in named], [s for _, s in named]
    if len(group) < 2 or right.several or any("+" in reading.gaps[m.last + 1] for m in group):
        return
    if any(reading.codes[m.first] != SOFT or m.first != p.last + 1 for p, m in pairwise(group)):
        return
    strong = left.cue is not None and left.strong and left.standing is Standing.ABSENT
    if strong and right.standing is Standing.PRESENT and right.cue is not None and left.cue is not None:
        if _counts_no(reading, group[0]) > 1:
            for statement in statements[1:]:
                statement.standing = Standing.PRESENT
        elif len(group) == 2:
            both_ways = reading.words[right.cue.first] in _READS_BOTH_WAYS and left.cue.id == "no"
            statements[1].standing, statements[1].clash = Standing.PRESENT, both_ways
    elif right.standing is Standing.ABSENT and left.standing is Standing.PRESENT:
        for number, statement in enumerate(statements[:-1]):
            statement.standing, statement.clash = Standing.PRESENT, number > 0
        statements[-1].clash = False
    elif (
        len(group) == 2
        and strong
        and right.standing is None
        and (left.cue_id == "not" or _stands_alone(reading, group[1]))
    ):
        statements[1].standing = Standing.PRESENT
    elif len(group) == 2 and left.cue is None and right.standing is Standing.ABSENT:
        if any(m.id == "corrected" for m in reading.at[reading.sentences[group[0].first] : group[0].first] if m):
            statements[0].standing = Standing.PRESENT  # "correction: OXA-48, KPC negative"
            return
        if _is_whole_sentence(reading, group, right.cue):
            return
        single = reading.words[group[1].last + 1] in ("was", "is", "came", "has") or (
            group[0].first > 0 and reading.words[group[0].first - 1] in _INTRODUCES
        )
        if single or not _says_all(reading, group[1]):
            statements[0].standing = Standing.PRESENT if single else statements[0].standing
            statements[0].clash = not single


def _stands_alone(reading: Reading, match: Match) -> bool:
    """ "No KPC, NDM bacteremia": the second is the patient's own, by what follows it."""
    number = match.last + 1
    following = reading.at[number] if number < len(reading.words) and reading.codes[number] == PLAIN else None
    if following is None:
        return False
    return following.kind in (Kind.SITE, Kind.ORGANISM) or reading.words[number] in _PRODUCER


def _is_whole_sentence(reading: Reading, group: list[Match], cue: Match | None) -> bool:
    """ "KPC, NDM negative." and nothing more: a line of results, one result for all of it."""
    opens = reading.sentence_starts(group[0].first) or ":" in reading.gaps[group[0].first]
    return opens and cue is not None and reading.codes[cue.last + 1] == HARD


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


def _weigh(left: Side, right: Side) -> tuple[Standing, bool, bool]:
    if left.standing is None and right.standing is None:
        return Standing.PRESENT, False, False
    if left.standing is None:
        return right.standing or Standing.PRESENT, False, True
    if right.standing is None:
        return left.standing, False, False
    if left.standing == right.standing:
        return left.standing, False, True
    if left.standing is Standing.PAST:
        return Standing.PAST, False, False
    if left.standing is Standing.ABSENT and left.strong:
        absorbed = right.standing is Standing.PRESENT or right.standing in (Standing.AWAITED, Standing.UNKNOWN)
        return (Standing.ABSENT if absorbed else right.standing), False, absorbed
    if left.standing is Standing.PRESENT and left.strong and right.standing is Standing.ABSENT:
        return Standing.ABSENT, True, True
    return right.standing, False, True
