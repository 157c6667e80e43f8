"""A result that another one gainsays, or one of two that nobody chose: nobody can say that the mechanism is there."""

from __future__ import annotations

from handlers.understanding.lexicon import JOINED, SOFT, Match, Reading
from handlers.understanding.mechanism.questioned import is_supposed
from handlers.understanding.mechanism.retracted import ends_negative, is_of_somebody, is_superseded
from handlers.understanding.statements import Statement
from knowledge.vocabulary import Kind

_NO_ISOLATE = frozenset({"none", "neither", "never", "0"})
_VERSUS = frozenset({"vs", "versus"})
_DISREGARDING = frozenset({"disregard", "ignore", "void", "retract", "retracting", "withdraw", "cancel", "delete"})
_OR = frozenset({"or", "nor", *_VERSUS})
_JUST = frozenset({"just", "simply", "only", "merely", "plain"})
_ANOTHER = frozenset({"second", "other", "another", "same", "first", "one", "next", "later", "then", "a", "written"})
_THE_REST = frozenset({"others", "rest", "remaining", "remainder", "all", "everything"})
_OTHER_GENES = [["other", word] for word in ("resistance", "genes", "gene", "targets", "carbapenemases", "markers")]
_IT_IS_NOT = frozenset({"wasnt", "isnt", "werent", "arent"})
_DISAGREEING = frozenset({"discrepant", "discordant", "discrepancy", "conflicting", "contradictory", "disagree"})
PASSED = frozenset({"bridge", "also", "join", "contrast", "positive", "positive_for"})
_SPECIMENS = frozenset({"bcid", "pcr", "panel"})
_REACH = 9


def is_report_open(reading: Reading, statement: Statement) -> bool:
    """ "None of her isolates were KPC positive", "KPC pos/neg?": a result that is none, or two at once."""
    match, cue = statement.match, statement.cue
    first, end = reading.sentence(match)
    start = match.first
    while start > first and not reading.stops[start]:
        start -= 1
    opening = reading.words[start : match.first]
    if not _NO_ISOLATE.isdisjoint(opening) or is_supposed(reading, match, first):
        return True
    if not _DISREGARDING.isdisjoint(opening):
        return True  # "please disregard the earlier KPC positive"
    if cue is not None and not statement.after and reading.phrase(cue) == "is there":
        return True  # "is there a KPC result on file?"
    if is_superseded(reading, match) or is_of_somebody(reading, match):
        return True
    if not _DISAGREEING.isdisjoint(reading.words[first:end]):
        return True
    behind = cue.last + 1 if cue is not None and statement.after else match.last + 1
    if ends_negative(reading, behind, end) or _is_gainsaid(reading, behind, end):
        return True
    if cue is None or not statement.after or cue.last + 1 >= len(reading.words):
        return False
    following = reading.at[cue.last + 1]
    if reading.words[cue.last + 1] in ("nothing", "none"):
        return True
    if reading.words[cue.last + 1] == "or" and cue.last + 2 < end:
        following = reading.at[cue.last + 2]
    elif "/" not in reading.gaps[cue.last + 1]:
        return False
    return following is not None and following.id == "negative"


def is_weighed(reading: Reading, match: Match) -> bool:
    """ "KPC vs porin mutant", "ESBL plus porin loss versus KPC": one of two, and nobody says which."""
    words = reading.words
    for word, step in ((match.last + 1, 1), (match.first - 1, -1)):
        other = word + step
        if not 0 <= other < len(words) or words[word] not in _OR:
            continue
        if words[other] in _JUST:
            other += step
        found = reading.at[other] if 0 <= other < len(words) else None
        if found is not None and found.kind in (Kind.PORIN, Kind.BYSTANDER):
            return True
        if words[word] in _VERSUS:
            return found is not None and found.kind is Kind.TEST
    return False


def is_passed(cue: Match, word: str) -> bool:
    """Words that may stand between a mechanism and what is said of it."""
    if cue.kind is Kind.CUE:
        return cue.id in PASSED
    if cue.kind is Kind.TEST:
        return cue.id != "rest"  # "KPC, the rest negative"
    return cue.kind is Kind.BEARER or (cue.kind is Kind.SITE and word in _SPECIMENS)


def _is_gainsaid(reading: Reading, number: int, end: int) -> bool:
    """ "KPC pos on LFA but neg PCR", "[ ] pos [x] neg": the other result, and nothing else that it could be of."""
    tested = False
    for here in range(number, min(end, number + _REACH)):
        cue = reading.at[here]
        if reading.words[here] in _THE_REST or reading.words[here : here + 2] in _OTHER_GENES:
            return False  # "KPC gene positive, other resistance genes negative"
        if reading.words[here] in _IT_IS_NOT and reading.codes[here + 1] >= SOFT:
            return True  # "a verbal that KPC was pos and then a written that it wasn't"
        if cue is None:
            if reading.words[here] in _ANOTHER:
                continue  # "one report says KPC pos, second report says neg"
            return False
        tested |= cue.kind is Kind.TEST
        if cue.kind is Kind.CUE and cue.id == "negative":
            behind = cue.last + 1
            if reading.words[behind : behind + 1] in (["on"], ["by"]):
                behind += 1  # "neg on PCR"
            following = reading.at[behind] if reading.codes[behind] <= JOINED else None
            tested |= following is not None and following.kind is Kind.TEST
            return tested or reading.codes[cue.last + 1] >= SOFT
        if not is_passed(cue, reading.words[here]) and cue.id not in ("contrast", "join"):
            return False
    return False
