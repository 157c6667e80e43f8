"""Lists of antimicrobials: where they end, how they go on over values and lines, and rows of reports behind them."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, SOFT, Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS, BARE, skip_number
from knowledge.vocabulary import Kind

_GIVEN = frozenset(
    [
        *(
            "stop",
            "stopping",
            "stopped",
            "drop",
            "continue",
            "use",
            "add",
            "start",
            "on",
            "failed",
            "failing",
            "started",
            "got",
            "received",
            "after",
            "tried",
            "given",
            "despite",
        ),
        *("completed", "finished", "giving", "gave", "taking", "took", "switched"),
    ]
)
_MEASURES = frozenset({"mic", "mics", "mg", "l", "ug", "ml", "mcg"})
_BETWEEN = frozenset({"and", "or", "plus", "an", "of", "both", "all", "also"})
_MEASURED = frozenset({"an", "a", "mic", "mics"})
_STARTED = frozenset(
    [
        *("started", "starting", "start", "given", "added", "commenced", "running", "continued", "continuing"),
        *("stopped", "tomorrow", "tonight", "restarted", "held", "ordered", "planned"),
    ]
)
_SAYING = frozenset({*ANTIMICROBIALS, Kind.REPORT, Kind.CUE})
_FAR = 12
_OPEN = frozenset({"pending", "unknown", "no", "not", "negative", "suspected_before", "suspected_after"})


def read_row(reading: Reading, group: list[Match]) -> tuple[str | None, ...]:
    """ "AMK/GEN: S/R": reports in a row, one an antimicrobial; none for any when they are not as many."""
    number = group[-1].last + 1
    found: list[str] = []
    while number < len(reading.words):
        match = reading.at[number]
        if match is None or match.kind is not Kind.REPORT or match.id not in BARE:
            break
        if (found and reading.gaps[number].strip() != "/") or (not found and reading.codes[number] == HARD):
            break
        found.append(BARE[match.id])
        number = match.last + 1
    if len(found) < 2:
        return ()
    return tuple(found) if len(found) == len(group) else (None,) * len(group)


def closes_item(reading: Reading, match: Match) -> bool:
    """Whether nothing but a number stands between an item of a list and what ends it: "amik 8, colistin pending"."""
    number = match.last + 1
    while number < len(reading.words) and (reading.words[number][0].isdigit() or reading.words[number] in _MEASURES):
        if reading.codes[number] == HARD:
            return True
        number += 1
    if number >= len(reading.words) or reading.codes[number] == HARD:
        return True
    following = reading.at[number]
    if following is None or following.kind is Kind.REPORT:
        return reading.codes[number] == SOFT and "(" not in reading.gaps[number]
    if following.kind is Kind.CUE and following.id in _OPEN:
        return "," in reading.gaps[number]
    return True


def is_started(reading: Reading, match: Match) -> bool:
    """ "S to gent and caz-avi started": the last item is what is given."""
    return reading.codes[match.last + 1] < SOFT and not _STARTED.isdisjoint(
        reading.words[match.last + 1 : match.last + 2]
    )


def goes_on(reading: Reading, last: Match, match: Match) -> bool:
    """Whether a list goes on behind values and brackets: "R to mem (32), etp (>32)", one item a line."""
    parted = bracketed = False
    if match.first - last.last > _FAR:
        return False
    for number in range(last.last + 1, match.first + 1):
        gap = reading.gaps[number]
        bracketed = ("(" in gap or bracketed) and ")" not in gap
        if ":" in gap or "=" in gap or "?" in gap or ("." in gap and reading.codes[number] == HARD):
            return False
        parted |= any(sign in gap for sign in ",;\n+")
        if skip_number(reading, number) > number:
            parted = True
            continue
        inside = reading.at[number] if bracketed else None
        if inside is not None and inside.kind not in _SAYING:
            continue  # "fosfomycin (urine), amikacin"
        if number < match.first:
            word = reading.words[number]
            again = word == "to" and reading.words[number - 1] in ("and", "or", "also")  # "S to amik and to gent"
            measured = word == "with" and not _MEASURED.isdisjoint(reading.words[number + 1 : number + 2])
            if not (word[0].isdigit() or word in _MEASURES or word in _BETWEEN or again or measured):
                return False
            parted |= word in ("and", "or", "plus")
    return parted


def said_of_both(reading: Reading) -> dict[int, str]:
    """ "Mero-vab MIC 1, caz-avi MIC 2, both S": first words of the two before -> the report."""
    found: dict[int, str] = {}
    last_two: list[Match] = []
    for match in reading.matches:
        if match.kind in ANTIMICROBIALS:
            last_two = [*last_two[-1:], match]
            continue
        near = reading.words[max(0, match.first - 2) : match.first]
        if match.kind is not Kind.REPORT or match.id not in BARE or "both" not in near or len(last_two) < 2:
            continue
        opens = reading.words[reading.sentences[match.first]] == "both"  # "Colistin and tige left. Both S"
        if opens or reading.sentences[last_two[0].first] == reading.sentences[match.first]:
            found.update((m.first, BARE[match.id]) for m in last_two)
    return found


def is_given(reading: Reading, group: list[Match]) -> bool:
    """ "Failed mero, caz-avi R", "sens tomorrow for tige, amik S": the report is of the last only."""
    first = group[0].first
    if len(group) < 2 or "," not in reading.gaps[group[-1].first]:
        return False
    near = reading.at[max(reading.sentences[first], first - 4) : first]
    awaited = any(cue is not None and cue.kind is Kind.CUE and cue.id == "pending" for cue in near)
    return awaited or not _GIVEN.isdisjoint(reading.words[max(0, first - 2) : first])
