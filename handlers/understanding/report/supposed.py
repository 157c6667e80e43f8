"""Susceptibilities that are no report of this isolate: supposed, asked about, predicted, or somebody else's."""

from __future__ import annotations

from itertools import pairwise

from handlers.understanding.lexicon import HARD, Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS
from knowledge.vocabulary import Kind

_CONDITIONS = frozenset({"if", "unless", "whether", "when", "once", "until", "till", "cannot", "cant"})
_SUPPOSING = frozenset(
    [
        *("assuming", "assume", "presume", "presumably", "presumed", "expect", "expected", "expecting"),
        *("hopefully", "suppose", "hypothetically", "assumed", "figured", "thought", "probably", "likely"),
        *("hoping", "doubt"),
    ]
)
_GENERAL = frozenset(
    [
        *("mean", "means", "predict", "predicts", "imply", "implies", "breakpoint", "breakpoints"),
        *("literature",),
    ]
)
_THINKING = frozenset(
    [
        *("suspect", "suspecting", "suspects", "reckon", "reckons", "guess", "guessing", "bet", "betting"),
        *("think", "thinks", "thinking", "fear", "worried", "afraid", "imagine", "hope", "hopes", "believe"),
        *("praying", "fingers", "usually", "normally", "typically", "generally", "often", "commonly", "tend"),
        *("tends", "mostly", "always"),
    ]
)
_NEAR_A_VALUE = frozenset(
    {"at", "near", "above", "below", "over", "under", "on", "no"}
)  # "S (MIC 8, right at the breakpoint)"
_LOOKING = frozenset(
    [
        *("look", "looking", "check", "checking", "test", "testing", "screen", "screening", "watch"),
        *("watching", "monitor", "monitoring", "vigilant", "concern", "concerned", "surveillance"),
    ]
)
_CALLING = frozenset({"calling", "reporting", "predicting", "detecting", "spotting"})
_WHO = frozenset(
    {"she", "he", "shes", "hes", "patient", "pt", "kidneys", "kidney", "liver", "marrow", "they", "theyre"}
)
_SO = frozenset({"very", "so", "really", "extremely", "too", "quite", "particularly", "always", "been"})
_USING = frozenset({"use", "using", "start", "stop", "give", "switch", "add", "continue"})  # a thought of treatment
_MODALS = frozenset(
    [
        *("will", "itll", "theyll", "thatll", "ll", "would", "could", "can", "might", "may", "must", "should"),
        *("going", "gonna", "wont", "wouldnt", "couldnt", "shouldnt", "supposed", "meant", "ought", "likely"),
        *("bound",),
    ]
)
_DONE_WITH = frozenset({"given", "treated", "used", "switched", "started", "stopped", "changed", "managed", "covered"})
_NOUNS = frozenset({"resistance", "resistances", "susceptibility", "sensitivity"})
_HAPPENING = frozenset(
    [
        *("emerge", "emerges", "emerging", "develop", "develops", "developing", "common", "rare", "rates"),
        *("rate", "mechanism", "mechanisms", "gene", "genes", "risk", "possible", "likely", "arise", "arises"),
        *("occur", "occurs", "frequent", "prevalent", "prevalence", "testing", "test", "unlikely"),
        *("inevitable", "expected"),
    ]
)
_HOW_OFTEN = frozenset(
    [
        *("rate", "rates", "incidence", "prevalence", "frequency", "risk", "chance", "chances", "likelihood"),
        *("mechanism", "mechanisms", "emergence", "odds", "proportion"),
    ]
)
_ASKS_FOR_MORE = frozenset({"how", "what", "why", "which", "when", "where", "anyone", "should", "could"})
_TAKEN_AS_GIVEN = frozenset(
    [
        *("matter", "matters", "odd", "weird", "strange", "problem", "concern", "concerning", "worry"),
        *("worrying", "normal", "unusual", "significant", "surprising", "relevant", "fact", "given", "ok"),
        *("bad", "seeing", "now"),
    ]
)
_HEARSAY = frozenset(
    [
        *("rumour", "rumor", "rumoured", "overheard", "eyeballed", "gossip", "wonders", "wondering", "studies"),
        *("study", "trials", "trial", "paper", "papers", "evidence", "cohort", "guideline", "guidelines"),
    ]
)
_READ = frozenset({("ive", "read"), ("have", "read"), ("read", "that"), ("heard", "that")})
_AMONG = frozenset({"in", "for", "against", "with"})
_STRAINS = frozenset({"strains", "isolates", "organisms", "kpcs", "ndms"})
_STANDARDS = frozenset({"eucast", "clsi"})
_SUBJECTS = frozenset({"it", "its", "they", "theyre", "that", "thats", "this", "he", "she", "the", "i", "we"})
_RULING = frozenset({"calls", "says", "defines", "considers", "would", "call"})
_NEAR = 4
_MOST = frozenset({"most", "many", "some", "majority", "half"})
_ADVERBS = frozenset(
    {"to", "prob", "probably", "also", "still", "not", "well", "all", "likely", "both", "it", "this", "they"}
)
_OPENING = 5  # words into a question that its subject stands within
_LOCAL = frozenset({"hospital", "local", "unit", "ward", "our", "annual"})
_ASKS = frozenset(
    {"is", "does", "do", "was", "are", "did", "has", "will", "would", "can", "presume", "s", "r", "you", "any"}
)
_NONE_OF = frozenset({"report", "reports", "sign", "evidence", "hint", "of", "documented", "known"})
_CASES = (Kind.MECHANISM, Kind.SITE, Kind.ORGANISM, Kind.CRE, Kind.INTENT)
_REACH = 8
_FAR = 20  # words of a sentence looked at on each side


def is_supposed(reading: Reading, group: list[Match]) -> bool:
    """Whether the sentence of a list of antimicrobials says that its report is none."""
    first = group[0].first
    start = max(reading.sentences[first], first - _FAR)
    end = group[-1].last + 1
    last = min(len(reading.words), end + _FAR)
    while end < last and reading.codes[end] != HARD:
        end += 1
    words = reading.words
    near = words[max(start, first - _REACH) : first]
    if near[-2:] == ["in", "case"] or (
        not _SUPPOSING.isdisjoint(near)
        and any(
            (word in _SUPPOSING and words[number - 1] != "as") for number, word in enumerate(near, first - len(near))
        )
    ):
        return True
    if not _GENERAL.isdisjoint(words[start:end]) and any(
        words[n] in _GENERAL and _NEAR_A_VALUE.isdisjoint(words[max(0, n - 3) : n]) for n in range(start, end)
    ):
        return True
    if _is_looked_for(reading, start, group) or _is_of_person(reading, start, first):
        return True
    if words[start] in ("say", "suppose", "imagine", "picture") and start < first and words[start + 1] in _SUBJECTS:
        return True  # "say it was resistant to both, would you use Fetroja?"
    if any(pair == ("should", "be") for pair in pairwise(near)):
        return True
    if "antibiogram" in words[start:end] and not _LOCAL.isdisjoint(words[start:end]):
        return True
    if _is_thought(reading, start, first, end):
        return True
    number = first - 1
    while number >= start and first - number <= _REACH and not reading.stops[number + 1]:
        if words[number] in _CONDITIONS or words[number : number + 2] == ["in", "case"]:
            return True
        number -= 1
    if _is_denied(reading, first):
        return True
    ends_asking = end < len(reading.gaps) and reading.gaps[end].startswith("?")
    if _speaks_in_general(reading, group, start, ends_asking):
        return True
    if any(pair[1] == "that" and pair[0] in _TAKEN_AS_GIVEN for pair in pairwise(words[start:first])):
        return False  # "does it matter that imi is R?"
    asked = words[start] in _ASKS and ends_asking
    return asked and not any(m is not None and m.kind in _CASES for m in reading.at[start:end])


def _is_looked_for(reading: Reading, start: int, group: list[Match]) -> bool:
    """ "Look for CZA resistance", "reliable for calling CZA S": what a test is done for."""
    words, first = reading.words, group[0].first
    noun = not _NOUNS.isdisjoint(
        (*words[group[-1].last + 1 : group[-1].last + 2], *words[max(start, first - 3) : first])
    )
    for number in range(max(start + 1, first - _NEAR), first):
        if words[number] == "for" and noun and words[number - 1] in _LOOKING:
            return True
        if words[number] in _CALLING and words[number - 1] in ("for", "at", "of", "in"):
            return True
    return False


def _is_of_person(reading: Reading, start: int, first: int) -> bool:
    """ "She's very sensitive to colistin": her kidneys, and not her isolate."""
    report = reading.at[first - 1] if first > start else None
    if report is None or report.kind is not Kind.REPORT or "sensitive" not in reading.phrase(report):
        return False
    number = report.first - 1
    much = reading.words[report.first] == "exquisitely"
    while number > start and (reading.words[number] in _SO or reading.words[number] in ("is", "are")):
        much |= reading.words[number] in _SO
        number -= 1
    return much and number >= start and reading.words[number] in _WHO


def _is_thought(reading: Reading, start: int, first: int, end: int) -> bool:
    """ "I think gent is S", "it'll be sensitive to gent": what somebody thinks or expects in the clause."""
    opens = first
    while opens > start and not reading.stops[opens] and first - opens < _REACH:
        if reading.words[opens - 1] in ("since", "because", "given", "as"):
            break  # "thinking plazo since gent R"
        opens -= 1
    before = reading.words[opens:first]
    if not _THINKING.isdisjoint(before) and _USING.isdisjoint(before):
        return True
    if not _HEARSAY.isdisjoint(before) or any(p[0] in _STANDARDS and p[1] in _RULING for p in pairwise(before)):
        return True
    if any(pair in _READ for pair in pairwise(before)):
        return True
    near = before[-_NEAR:]
    if not _AMONG.isdisjoint(near) and not _STRAINS.isdisjoint((*near, *reading.words[first:end][:6])):
        return True  # "options for isolates R to caz-avi"
    for number in range(opens, first):
        if reading.words[number] not in _MOST and reading.words[number] != "of":
            continue
        after = reading.at[number + 1 : number + 3]
        fraction = "%" in reading.gaps[number] and reading.words[number] == "of"
        if (fraction or reading.words[number] in _MOST) and any(m is not None and m.kind in _CASES for m in after):
            return True  # "most KPC are R to gent"
    if any(m is not None and m.kind is Kind.BEARER and m.id == "guessed" for m in reading.at[opens:first]):
        return True
    closes = next((n for n in range(first, end) if reading.stops[n]), end)
    return not _MODALS.isdisjoint(reading.words[opens:closes]) and any(
        reading.words[n] in _MODALS and _leads_to_report(reading, n + 1, closes) for n in range(opens, closes)
    )


def _leads_to_report(reading: Reading, number: int, ends: int) -> bool:
    """Whether "will" goes on "probably be resistant"."""
    while number < ends and (
        reading.words[number] in _ADVERBS or ((m := reading.at[number]) is not None and m.kind in ANTIMICROBIALS)
    ):
        number += 1
    if number >= ends or reading.words[number] not in ("be", "come", "turn", "test"):
        return False
    for following in range(number + 1, min(number + 4, ends)):
        match = reading.at[following]
        if match is not None and match.kind is Kind.REPORT:
            return "(" not in reading.gaps[following]  # "options would be gent (S)"
        if reading.words[following] in _DONE_WITH:
            return False  # "can be given gent S"
    return False


def _speaks_in_general(reading: Reading, group: list[Match], start: int, asked: bool) -> bool:
    """ "Does caz-avi resistance emerge", "is colistin resistance common": no report, but resistance as such."""
    first, last = group[0].first, group[-1].last
    words = reading.words
    behind = words[last + 1 : last + 6]
    noun = not _NOUNS.isdisjoint(behind[:2])
    if not _HOW_OFTEN.isdisjoint(words[max(start, first - 4) : first]):
        return True
    if noun and not _HAPPENING.isdisjoint(behind[1:4]):
        return True
    opens = next((n for n in range(max(start, first - 4), first) if words[n] in _NOUNS), first if noun else None)
    if opens is None or opens - start >= _OPENING:
        return False
    return asked and (words[start] in _ASKS or words[start] in _ASKS_FOR_MORE)


def _is_denied(reading: Reading, first: int) -> bool:
    """ "No report of tige resistance"."""
    number = first - 1
    while number >= 0 and reading.words[number] in _NONE_OF and not reading.stops[number + 1]:
        number -= 1
    cue = reading.at[number] if 0 <= number < first - 1 else None
    return cue is not None and cue.kind is Kind.CUE and cue.id in ("no", "not")
