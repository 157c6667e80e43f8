"""Plus and minus signs and numbers of a laboratory line: which finding each belongs to."""

from __future__ import annotations

import re

from handlers.understanding.lexicon import HARD, PLAIN, SOFT, Match, Reading
from handlers.understanding.statements import Statement
from knowledge.vocabulary import Kind

_ROW = re.compile(r"\s*[:=|]?\s*([(\[]?[+-](?:\s?[/|]\s?[+-])+[)\]]?)(?![\w>])")
_SIGN = re.compile(r"[+-]")
_LISTED = re.compile(r"\s?[/|,]\s?| and ")
_AFTER_A_SIGN = frozenset({"and", "in", "on", "by", "from", "but", "so", "per", "with"})


def find_signs(reading: Reading, statements: list[Statement]) -> dict[int, bool | None]:
    """Plus and minus signs of a lab line ("KPC-/NDM+", "+KPC -NDM"): first word of the finding -> present.

    None where signs stand and nobody can say which is meant ("KPC +/-").
    """
    findings = [s.match for s in statements if s.match.kind in (Kind.MECHANISM, Kind.BYSTANDER)]
    if not findings:
        return {}
    if rows := _rows(reading, findings):
        return rows
    after = {m.first: _sign_after(reading, m) for m in findings}
    if numbers := _numbers(reading, findings) or _letters(reading, findings):
        return numbers
    signs: dict[int, bool | None] = {first: sign for first, sign in after.items() if sign is not None}
    if not any(signs.values()) and len(signs) < 2:
        loose = {first: sign for first, sign in signs.items() if _closes(reading, first)}
        signs = loose
    if any(signs.values()):
        signs |= {m.first: False for m in findings if m.first not in signs and _spaced_minus(reading, m)}
        signs |= _last_of_row(reading, findings, signs)
    if signs:
        return signs
    before: dict[int, bool | None] = {m.first: sign for m in findings if (sign := _sign_before(reading, m)) is not None}
    return before if len(set(before.values())) == 2 else {}


def _rows(reading: Reading, findings: list[Match]) -> dict[int, bool | None]:
    """ "KPC/NDM/VIM: +/-/-": as many signs as names, in their order; any other number says nothing of any."""
    found: dict[int, bool | None] = {}
    for number, match in enumerate(findings):
        row = _ROW.match(reading.gaps[match.last + 1])
        if row is None:
            continue
        signs = _SIGN.findall(row[1])
        first = number
        while first and _LISTED.fullmatch(_between(reading, findings[first - 1], findings[first])):
            first -= 1
        listed = findings[first : number + 1]
        slashed = all("," not in reading.gaps[m.first] for m in listed[1:])
        if len(listed) == len(signs) and slashed:
            found |= {m.first: sign == "+" for m, sign in zip(listed, signs, strict=True)}
        else:
            found |= dict.fromkeys(m.first for m in listed)
    return found


def _between(reading: Reading, left: Match, right: Match) -> str:
    return reading.gaps[right.first] if right.first == left.last + 1 else "?"


def _numbers(reading: Reading, findings: list[Match]) -> dict[int, bool | None]:
    """ "KPC 0, NDM 1": numbers as results, where one of them is 0; an allele is never 0."""
    found: dict[int, bool | None] = {
        m.first: reading.words[m.last + 1] == "1"
        for m in findings
        if reading.words[m.last + 1 : m.last + 2] in (["0"], ["1"]) and reading.codes[m.last + 1] != HARD
    }
    return {} if all(found.values()) else found


def _letters(reading: Reading, findings: list[Match]) -> dict[int, bool | None]:
    """ "KPC N | NDM Y": at least two findings with a letter each that closes its cell."""
    found: dict[int, bool | None] = {
        m.first: reading.words[m.last + 1] in ("y", "p", "d")
        for m in findings
        if reading.words[m.last + 1 : m.last + 2] in (["n"], ["y"], ["p"], ["d"])
        and reading.codes[m.last + 1] == PLAIN
        and reading.codes[m.last + 2] >= SOFT
    }
    return found if len(found) > 1 else {}


def _closes(reading: Reading, first: int) -> bool:
    """A lone minus counts as a result only where a list goes on or the line ends, not as a dash."""
    match = reading.at[first]
    assert match is not None  # noqa: S101  # the sign was found behind this match
    gap = reading.gaps[match.last + 1]
    if gap.strip()[:2] in ("-.", "-") and reading.codes[match.last + 1] == HARD and "\n" not in gap:
        return True
    return gap[:1] == "-" and (gap[1:2] in (",", "/", ";", "", "\n", ")") or reading.codes[match.last + 1] == HARD)


def _sign_after(reading: Reading, match: Match) -> bool | None:
    gap = reading.gaps[match.last + 1]
    if gap[:1] in (":", "=") and gap[1:2] in ("+", "-"):
        gap = gap[1:]  # "KPC:-"
    elif gap[:3] in (": +", ": -") and gap[3:].strip()[:1] in ("|", ",", ";", "/"):
        gap = gap[2:]  # "KPC: - |"
    at_end = match.last + 1 >= len(reading.words)
    mark = gap.lstrip()[:1]
    if mark not in ("+", "-"):
        return None
    rest = gap.lstrip().lstrip("+-")
    if gap[:1] != mark:
        if (rest.strip()[:1] in (",", "/", ";", ")", "|", ".") and rest.strip()) or rest[:1] == "\n":
            return mark == "+"
        joins = not at_end and reading.words[match.last + 1] in _AFTER_A_SIGN
        return True if mark == "+" and (at_end or joins) else None
    if not rest and not at_end:
        return None
    return mark == "+"


def _spaced_minus(reading: Reading, match: Match) -> bool:
    """ "KPC - on the panel": a dash by itself, a result where another finding has its sign."""
    gap = reading.gaps[match.last + 1]
    number = match.last + 1
    goes_on = number < len(reading.words) and reading.words[number] in ("on", "by", "per", "and")
    return gap.startswith(" -") and not gap.startswith(" ->") and goes_on


def _last_of_row(reading: Reading, findings: list[Match], signs: dict[int, bool | None]) -> dict[int, bool]:
    """ "OXA-48 + / KPC - / IMP - Klebsiella": in a row of signs with blanks the last one closes no cell."""
    spaced = [m for m in findings if m.first in signs and reading.gaps[m.last + 1].startswith((" -", " +"))]
    if len(spaced) < 2:
        return {}
    gaps = {m.first: reading.gaps[m.last + 1] for m in findings if m.first not in signs}
    return {first: gap[1] == "+" for first, gap in gaps.items() if gap[:2] in (" -", " +") and gap[:3] != " ->"}


def _sign_before(reading: Reading, match: Match) -> bool | None:
    gap = reading.gaps[match.first]
    mark = gap[-1:]
    if mark not in ("+", "-") or (gap[:-1] and gap[-2] not in " ,(;/\n\"'"):
        return None
    if not gap[:-1] and match.first:
        return None
    return mark == "+"
