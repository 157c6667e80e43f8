"""Dialysis given now, and dialysis said not to be given."""

from __future__ import annotations

from decimal import Decimal

from handlers.understanding.attribution import Bearer
from handlers.understanding.lexicon import JOINED, Match, Reading
from handlers.understanding.standing import Standing
from handlers.understanding.statements import Statement
from knowledge.question import Renal
from knowledge.terms import RenalMeasure
from knowledge.vocabulary import Kind

_STOPPED = frozenset(
    {
        "off",
        "stopped",
        "finished",
        "until",
        "pre",
        "weaned",
        "refuses",
        "refusing",
        "declining",
        "refused",
        "declines",
        "declined",
        "avoid",
    }
)


def find_dialysis(reading: Reading, statements: list[Statement]) -> tuple[Renal, Match] | None:
    """The dialysis given now: continuous before intermittent unless it ended."""
    found: list[tuple[str, Match]] = [("hd", m) for m in reading.of(Kind.WEEKLY)]
    for statement in statements:
        match = statement.match
        if (
            match.kind is not Kind.DIALYSIS
            or statement.standing is not Standing.PRESENT
            or statement.bearer is Bearer.OTHER
        ):
            continue
        if reading.words[match.last + 1 : match.last + 2] == ["pd"]:
            found.append(("other", match))  # "dialysis (PD)"
            continue
        if _ended(reading, match) or (reading.words[match.last] == "hd" and _is_another_hd(reading, match)):
            continue
        found.append((match.id, match))
    found.sort(key=lambda item: item[1].first)
    named = [
        f for f in found if f[0] != "other" and reading.phrase(f[1]) not in ("dialysis", "dialyse", "dialisis")
    ] or found
    if not named or named[-1][0] == "other":
        return None
    ident, match = named[-1]
    if ident == "hd" and any(f[0] == "crrt" for f in named) and not _turned(reading, match):
        ident, match = next(f for f in reversed(named) if f[0] == "crrt")
    effluent = _effluent(reading) if ident == "crrt" else None
    return Renal(measure=RenalMeasure(ident), effluent_l_per_h=effluent), match


def denies_dialysis(reading: Reading, statements: list[Statement]) -> bool:
    """Whether dialysis is mentioned only to say that it is not given ("not on HD", "off CRRT")."""
    return any(
        s.match.kind is Kind.DIALYSIS
        and (s.standing is Standing.ABSENT or (s.standing is Standing.PRESENT and _ended(reading, s.match)))
        for s in statements
    )


def _ended(reading: Reading, match: Match) -> bool:
    """ "Off CRRT", "was on HD", "from CRRT to HD": no longer."""
    first = match.first
    while first > max(0, match.first - 3) and reading.codes[first] <= JOINED and not reading.stops[first]:
        first -= 1
    near = reading.words[first : match.first]
    if _STOPPED.intersection(near[-2:]):
        return True
    if "to" not in near and ("from" in near or ("was" in near and "on" in near)):
        return True
    if reading.codes[match.last + 1] > JOINED:
        return False
    return reading.words[match.last + 1 : match.last + 2] in (["stopped"], ["discontinued"], ["ended"], ["off"])


def _turned(reading: Reading, match: Match) -> bool:
    before = reading.words[max(0, match.first - 3) : match.first]
    return any(word in ("to", "now", "on", "back") for word in before) or "->" in reading.gaps[match.first]


def _is_another_hd(reading: Reading, match: Match) -> bool:
    """ "HD#3", "high dose (HD) mero"."""
    spelled = "(" in reading.gaps[match.first] and reading.words[match.first - 1 : match.first] == ["dose"]
    return spelled or "#" in reading.gaps[match.last + 1]


def _effluent(reading: Reading) -> Decimal | None:
    for number, word in enumerate(reading.words[:-2]):
        if (
            word[0].isdigit()
            and reading.words[number + 1] == "l"
            and reading.words[number + 2] in ("h", "hr", "hour", "hrs")
        ):
            value = Decimal(word)
            if 0 < value <= 20:
                return value
    return None
