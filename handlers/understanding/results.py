"""To which finding a result belongs: in rows, tables, headings and answered questions."""

from __future__ import annotations

from handlers.understanding.lexicon import HARD, JOINED, SOFT, Match, Reading
from handlers.understanding.standing import FAMILY, Standing
from knowledge.vocabulary import Kind

AFTER = {
    "negative": Standing.ABSENT, "positive": Standing.PRESENT, "pending": Standing.AWAITED, "unknown": Standing.UNKNOWN,
    "past_after": Standing.PAST, "suspected_after": Standing.SUSPECTED, "suspected_before": Standing.SUSPECTED,
    "contaminant": Standing.ABSENT, "past_before": Standing.PAST,
}  # fmt: skip
_AGAIN = frozenset(
    {"repeat", "repeated", "retest", "retested", "recheck", "rechecked", "confirmatory", "again", "rerun"}
)
BARE = frozenset({"negative", "positive", "pending", "unknown"})


def heads(reading: Reading, number: int) -> bool:
    """ "Not detected - KPC, NDM": a result that opens the line heads it, like one with a colon."""
    cue = reading.at[number]
    if cue is None or cue.kind is not Kind.CUE or "," in reading.gaps[number + 1] or "->" in reading.gaps[number + 1]:
        return False
    return cue.id in ("negative", "positive", "pending") and reading.sentence_starts(cue.first)


def is_table(reading: Reading, group: list[Match], number: int) -> bool:
    """Findings on a line and their results on the next: one alone on its line, or as many results as findings."""
    if "\n" not in reading.gaps[number]:
        return False
    cue = reading.at[number]
    if cue is None or cue.kind is not Kind.CUE or cue.id not in BARE or ":" in reading.gaps[cue.last + 1]:
        return False
    return reading.sentence_starts(group[0].first) or (len(group) > 1 and bool(read_row(reading, cue, len(group))))


def is_answered(reading: Reading, number: int) -> bool:
    """ "Mechanism? No idea." "KPC? No, NDM." """
    cue = reading.at[number] if number < len(reading.words) else None
    if cue is None or cue.kind is not Kind.CUE or "?" not in reading.gaps[number]:
        return False
    if cue.id in ("unknown", "pending"):
        return True
    goes_on = reading.words[cue.last + 1 : cue.last + 2]
    return cue.id in ("no", "negative") and (
        reading.codes[cue.last + 1] >= SOFT or goes_on in (["thats"], ["its"], ["that"])
    )


def is_denied_question(reading: Reading, number: int) -> bool:
    """ "Cellulitis around trach? No, …": a question of a few words more, and the answer to it."""
    for following in range(number + 1, min(number + 4, len(reading.words))):
        if "?" in reading.gaps[following]:
            cue = reading.at[following]
            return cue is not None and cue.kind is Kind.CUE and cue.id == "no" and reading.codes[cue.last + 1] >= SOFT
        if reading.codes[following] >= SOFT or reading.at[following] is not None:
            return False
    return False


def is_tested(reading: Reading, number: int) -> bool:
    """ "Endocarditis? TEE neg.": the answer is a test's result; the words up to it are skipped by the caller."""
    if "?" not in reading.gaps[number] or number + 1 >= len(reading.words) or reading.codes[number + 1] >= SOFT:
        return False
    cue = reading.at[number + 1]
    return cue is not None and cue.kind is Kind.CUE and cue.id == "negative" and reading.codes[cue.last + 1] >= SOFT


def is_contradicted(reading: Reading, cue: Match | None) -> bool:
    """ "NDM pos, repeat neg": a second result that says the opposite."""
    if cue is None or cue.kind is not Kind.CUE or cue.id not in ("positive", "negative"):
        return False
    number = cue.last + 1
    again = False
    for _ in range(8):
        if number >= len(reading.words) or "\n" in reading.gaps[number]:
            return False
        other = reading.at[number]
        if other is not None and other.kind is Kind.CUE and other.id in ("positive", "negative"):
            return again and other.id != cue.id
        if FAMILY.get(other.kind) if other is not None else False:
            return False
        again |= reading.words[number] in _AGAIN
        number += 1
    return False


def refers_back(reading: Reading, number: int) -> bool:
    """ "We test KPC and NDM. Both negative.": a result of all that was named, in a sentence of its own."""
    if number >= len(reading.words) or reading.words[number] not in ("both", "all"):
        return False
    for cue in reading.at[number : number + 3]:
        if cue is None or cue.kind is not Kind.CUE:
            return False
        if cue.id in BARE:
            return reading.codes[cue.last + 1] >= SOFT
    return False


def is_date(reading: Reading, cue: Match) -> bool:
    """The year of a full date ("12/03/2024") says when a result came, not that it is past."""
    return reading.words[cue.first].isdigit() and reading.gaps[cue.first] in ("/", "-", ".")


def leads_to_finding(reading: Reading, number: int, family: str | None) -> bool:
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


def belongs_to_next(reading: Reading, cue: Match, family: str, comma: bool, preceding: Match | None) -> bool:
    """Whether a bare result ("neg") speaks of what follows it rather than of what stands before it."""
    gap = reading.gaps[cue.last + 1]
    if ":" in gap and cue.last + 1 < len(reading.words):
        return True
    following = reading.at[cue.last + 1] if cue.last + 1 < len(reading.words) else None
    if comma and "(" in gap and following is not None and FAMILY.get(following.kind) == family:
        return True  # "neg (KPC, NDM), pos (OXA-48)"
    plain = reading.codes[cue.last + 1] <= JOINED
    if following is not None and plain and FAMILY.get(following.kind) == family:
        return comma or (preceding is not None and preceding.id in BARE and ":" not in reading.gaps[preceding.last + 1])
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


def read_row(reading: Reading, cue: Match, size: int) -> tuple[Standing, ...]:
    """The results of a row, when there are as many as there are findings before it."""
    found: list[Standing] = []
    match: Match | None = cue
    while match is not None and match.kind is Kind.CUE and match.id in BARE:
        found.append(AFTER[match.id])
        number = match.last + 1
        if number >= len(reading.words) or reading.codes[number] == HARD:
            break
        match = reading.at[number]
    return tuple(found) if len(found) == size else ()


LETTERS = {
    "n": Standing.ABSENT, "no": Standing.ABSENT, "neg": Standing.ABSENT, "nd": Standing.ABSENT,
    "p": Standing.PRESENT, "y": Standing.PRESENT, "pos": Standing.PRESENT, "d": Standing.PRESENT,
    "yes": Standing.PRESENT,
}  # fmt: skip


def read_letters(reading: Reading, group: list[Match]) -> tuple[Standing, ...]:
    """A row of letters ("KPC/NDM/VIM = N/N/P", "KPC: N"), one a finding; unknown for all when they are not as many."""
    number = group[-1].last + 1
    if number >= len(reading.words) or reading.words[number] not in LETTERS:
        return ()
    if ":" not in reading.gaps[number] and "=" not in reading.gaps[number] and "|" not in reading.gaps[number]:
        return ()
    found: list[Standing] = []
    while number < len(reading.words) and (standing := LETTERS.get(reading.words[number])) is not None:
        if found and reading.gaps[number].strip() not in ("/", ",", "|", ""):
            break
        found.append(standing)
        number += 1
    if len(found) == 1:
        following = reading.at[number] if number < len(reading.words) else None
        ends = reading.codes[number] >= SOFT or (following is not None and FAMILY.get(following.kind) == "m")
        return tuple(found * len(group)) if ends else ()
    return tuple(found) if len(found) == len(group) else (Standing.UNKNOWN,) * len(group)
