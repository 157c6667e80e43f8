"""The value of a clearance: of the numbers written behind its name, the one of now, or none when that is not clear."""

from __future__ import annotations

from decimal import Decimal

from handlers.understanding.kidney.figures import FOREIGN, Figure, is_temperature, read_figure
from handlers.understanding.kidney.times import LAST, SPANS, says
from handlers.understanding.kidney.trends import UNCLEAR, Item, Value, When, choose
from handlers.understanding.lexicon import HARD, SOFT, Match, Reading
from knowledge.vocabulary import Kind

_CHANGES = frozenset(
    {
        *("dropped", "drops", "drop", "dropping", "falls", "fall", "fell", "fallen", "falling", "declined"),
        *("declines", "declining", "decreased", "decreases", "decreasing", "worsens", "worsened", "worsening"),
        *("improves", "improved", "improving", "increased", "increases", "increasing", "reduced", "rose", "risen"),
        *("rising", "rises", "went", "gone", "goes", "going", "dips", "dipped", "dipping", "trending", "trended"),
        *("trend", "recovering", "recovered", "crashed", "plummeted", "tanked", "halved", "bounced", "crept"),
        *("creeping", "climbed", "climbing", "slid", "sliding", "deteriorated", "deteriorating", "jumped"),
        *("moved", "down", "up", "came", "come", "turned", "plunged", "nosedived", "sank", "picked", "bumped"),
        *("changed", "gefallen", "gestiegen", "bajo", "subio"),
    }
)
_LINKS = _CHANGES | {
    *("is", "of", "at", "about", "around", "approx", "approximately", "roughly", "just", "only", "est", "estimated"),
    *("calculated", "calc", "calcd", "by", "cg", "c", "g", "still", "stays", "stable", "the", "value", "his", "her"),
    *("new", "sits", "sitting", "reads", "reading", "recorded", "measured", "back", "a", "ckd", "epi", "in", "less"),
    *("than", "more", "under", "over", "below", "above", "ml", "min", "per", "steady", "hovering", "stuck", "ca"),
    *("etwa", "bei", "con", "ist", "de", "es", "like", "be", "might", "would", "unter", "uber", "sous", "environ"),
    *("mdrd", "some", "has", "getting", "running", "off", "morning", "this", "am", "gives", "give", "gave", "giving"),
    *("me", "us", "out", "as", "works", "worked", "calculates", "shows", "showing", "showed", "reported", "its", "it"),
    *("on", "day", "and", "since", "pm", "mls", "minute", "result", "resulted", "comes", "coming", "settled", "have"),
    *("again", "reached", "bottomed", "peaked", "using", "adjusted", "adj", "adjbw", "ibw", "abw", "ideal", "actual"),
    *(
        "bw",
        "body",
        "lab",
        "night",
        "evening",
        "afternoon",
        "almost",
        "nearly",
        "barely",
        "circa",
        "computed",
        "remains",
    ),
    *("di", "da", "a", "mit", "von", "pour", "sur", "op", "van", "liegt", "betragt", "says", "say", "put", "puts"),
    *(
        "gets",
        "got",
        "weighed",
        "equals",
        "equal",
        "today",
        "which",
        "then",
        "s",
        "also",
        "ish",
        "abt",
        "arnd",
        "aprox",
        "apprx",
    ),
}
_TO_NUMBER = frozenset(
    {*("is", "its", "at", "it", "down", "up", "to", "only", "around", "about", "am", "morning", "back", "just")}
)
_ENDING = frozenset({"stopped", "ended", "off", "since", "until", "finished", "started", "admitted", "out"})
_SUPPOSING = frozenset({"if", "when", "unless", "once", "until", "cutoff", "threshold", "label", "case", "whenever"})
_BACK_TO_MEASURE = 3  # words looked at before a measure
_REACH = 7  # words from a measure to its first number
_REACH_ON = 16  # words of its run in all
_TAIL = 14  # words of the sentence behind its run


def read_clearance(reading: Reading, match: Match) -> Value | None:
    """The value of now that stands behind a measure. None when no number is its own."""
    items, end = _run(reading, match)
    figures = [item for item in items if item.kind == "number"]
    if not figures:
        return _stands_before(reading, match)
    if any(item.figure and item.figure.is_range for item in figures[:1]):
        return None
    if any(item.kind == "unclear" for item in items):
        return UNCLEAR
    chosen = choose(items, _changes(reading, match.last + 1, end))
    later = _tail(reading, end)
    if later is not None:
        old = chosen is None or chosen.when in (When.WAS, When.RECENT)
        return Value(later, When.NOW) if old else (chosen if chosen and chosen.number == later else UNCLEAR)
    if chosen is not None and chosen.when is When.PLAIN and len(figures) == 1:
        if _is_supposed(reading, match):
            return Value(chosen.number, When.SUPPOSED)
        if figures[0].figure and figures[0].figure.is_bound:
            return Value(chosen.number, When.BOUND)
    return chosen


def _stands_before(reading: Reading, match: Match) -> Value | None:
    """ "43 mL/min CrCl": the number with its unit right before the measure, and of no measure before it."""
    words, number = reading.words, match.first - 3
    if number < 0 or words[number + 1 : match.first] not in (["ml", "min"], ["mls", "min"]):
        return None
    before = words[max(0, number - 2) : number]
    if before[-1:] and (before[-1][0].isdigit() or (before[-1] in ("to", "or", "and") and before[0][0].isdigit())):
        return None  # "30-40 mL/min CrCl", "CrCl fell from 60 to 43"
    owner = reading.at[number - 1] if number else None
    figure = read_figure(reading, number, number - 1)
    if reading.codes[match.first] >= SOFT or (owner is not None and owner.kind is Kind.KIDNEY) or figure is None:
        return None
    own = figure.value is not None and figure.end == match.first and not figure.is_range
    return Value(figure.value, When.PLAIN) if own else None


def _changes(reading: Reading, first: int, end: int) -> bool:
    return any(word in _CHANGES or word == "from" for word in reading.words[first:end])


def _run(reading: Reading, match: Match) -> tuple[list[Item], int]:
    """The numbers behind a measure with the words that date them, and where they end."""
    items = _before_measure(reading, match)
    words, count = reading.words, len(reading.words)
    number, found = match.last + 1, False
    for _ in range(_REACH_ON):
        if number >= count or (not found and number > match.last + _REACH):
            break
        word, gap = words[number], reading.gaps[number]
        first = number == match.last + 1
        if reading.codes[number] == HARD and not (first and "." in gap and "\n" not in gap):
            break
        comma = "," in gap
        stop = not first and (reading.codes[number] >= SOFT)
        if "->" in gap or ">>" in gap or "=>" in gap:
            items.append(Item("turned", number, False))
            comma = stop = False
        figure = read_figure(reading, number, match.last)
        if figure is not None:
            told = items and items[-1].kind != "number" and items[-1].at == number - 1
            turns = not found and "->" in reading.gaps[figure.end]  # "CrCl improving, 35 -> 62"
            if comma and not (told or turns or _is_newer(reading, items, figure)):
                break
            if found and is_temperature(figure):
                break
            if figure.value is None:
                if figure.kind == FOREIGN:
                    break
                number = figure.end  # a date, a time of day, a difference
                continue
            if (figure.is_vague and not found) or (found and _is_numbering(reading, number, items[-1])):
                break
            if figure.is_range and found:
                items.append(Item("unclear", number, stop))
            items.append(Item("number", number, stop, figure))
            found, number = True, figure.end
            continue
        said = says(reading, number)
        if comma and (
            not found or (said is None and not (word == "back" or (word in _CHANGES and word not in ("came", "come"))))
        ):
            break
        if said is None and word not in _LINKS and not _is_weight(reading, number):
            break
        if said is not None:
            items.append(Item(said, number, stop, bracket="(" in gap))
        number += 1
    if items and items[-1].stop and items[-1].kind != "number" and number < count:
        following = reading.at[number]
        if following is not None and following.kind is Kind.KIDNEY:
            items.pop()  # "eGFR 25, baseline eGFR 60"
    return items, number


def _is_newer(reading: Reading, items: list[Item], figure: Figure) -> bool:
    """ "60 last month, 19 now"."""
    dated = bool(items) and items[-1].kind in ("dated", "old", "recent")
    return dated and figure.end < len(reading.words) and says(reading, figure.end) == "now"


def _is_numbering(reading: Reading, number: int, last: Item) -> bool:
    """ "CrCl 66 4) NKDA", and "the 35" that another had."""
    listed = last.kind == "number" and reading.codes[number] < SOFT and reading.gaps[number + 1] == ") "
    return listed or reading.words[number - 1] == "the"


def _before_measure(reading: Reading, match: Match) -> list[Item]:
    """ "Baseline CrCl 60", "from CrCl 60", "now CrCl 25"."""
    for number in range(match.first - 1, max(-1, match.first - 1 - _BACK_TO_MEASURE), -1):
        if number == match.first - 1 and "->" in reading.gaps[number + 1]:
            return [Item("turned", number, False)]
        if reading.codes[number + 1] == HARD or reading.stops[number + 1]:
            break
        said = says(reading, number)
        if said == "dated" and number and reading.words[number - 1] in _ENDING:
            break  # "CVVH stopped Mon CrCl 44"
        if said is not None and (said != "turned" or number == match.first - 1):
            return [Item(said, number, False)]
        if reading.words[number][0].isdigit():
            break
    return []


def _is_weight(reading: Reading, number: int) -> bool:
    """ "CrCl (adjusted weight) 58": the weight it was worked out with. And the words of a time: "last week"."""
    words = reading.words
    if words[number - 1] in LAST and words[number] in SPANS:
        return True
    weighed = words[number] in ("weight", "wt") and words[number - 1] in ("adjusted", "ideal", "actual", "adj", "body")
    return weighed and ")" in reading.gaps[number + 1]


def _tail(reading: Reading, end: int) -> Decimal | None:
    """ "… and has crashed, now 25", "… on admission. Now 25.": a bare number said to be of now, in words further on."""
    words = reading.words
    for number in range(end, min(end + _TAIL, len(words))):
        if reading.codes[number] == HARD:
            return _bare(reading, number + 1) if says(reading, number) == "now" else None
        arrow = "->" in reading.gaps[number]
        match = reading.at[number]
        if words[number][0].isdigit():
            return _bare(reading, number) if arrow or _is_dated_now(reading, number) else None
        if match is not None and match.kind is Kind.KIDNEY:
            return None
        if says(reading, number) == "now" and (found := _bare(reading, number + 1)) is not None:
            return found
    return None


def _is_dated_now(reading: Reading, number: int) -> bool:
    """ "And 35 now", of whatever stands before."""
    last = number + 1
    joined = reading.words[number - 1] in ("and", "but", "to", "only", "at")
    return joined and last < len(reading.words) and not reading.stops[last] and says(reading, last) == "now"


def _bare(reading: Reading, number: int) -> Decimal | None:
    """A number within a few words that is of nothing else."""
    for place in range(number, min(number + 4, len(reading.words))):
        if reading.codes[place] >= SOFT and place > number:
            return None
        figure = read_figure(reading, place, place - 1)
        if figure is None:
            if reading.words[place] not in _TO_NUMBER:
                return None
            continue
        if figure.value is None or figure.is_range or figure.is_vague or figure.value != int(figure.value):
            return None
        ends = figure.end >= len(reading.words) or reading.codes[figure.end] >= SOFT
        own = reading.words[figure.end - 1] in ("min", "m", "2") or ends or says(reading, figure.end) == "now"
        return figure.value if own or reading.words[figure.end] in ("and", "on", "so", "with", "after", "off") else None
    return None


def _is_supposed(reading: Reading, match: Match) -> bool:
    """ "Cut if CrCl falls under 30", "the label says CrCl 50"."""
    first = max(reading.sentences[match.first], match.first - 4)
    return not _SUPPOSING.isdisjoint(reading.words[first : match.first])
