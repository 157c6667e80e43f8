"""Dialysis given now, and dialysis said not to be given."""

from __future__ import annotations

from decimal import Decimal

from handlers.understanding.attribution import Bearer
from handlers.understanding.kidney.courses import is_not_given
from handlers.understanding.lexicon import HARD, JOINED, Match, Reading
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
_NO_MORE = frozenset(
    {"not", "no", "never", "longer", "previously", "formerly", "used", "without", "if", "might", "may"}
)
_RESUMED = frozenset({"restarted", "resumed", "reinitiated", "recommenced", "reconnected"})
_STANDING_FOR = frozenset({"meant", "means", "mean", "as", "in", "is", "was", "stands", "for", "i", "by", "here"})
_GENERAL = frozenset({"dialysis", "dialyse", "dialisis", "dialisi", "dialise", "diyaliz", "dialys"})


def find_dialysis(reading: Reading, statements: list[Statement]) -> tuple[Renal, Match] | None:
    """The dialysis given now: continuous before intermittent unless it ended."""
    found: list[tuple[str, Match]] = [
        ("hd", m) for m in reading.of(Kind.WEEKLY) if not (_is_over(reading, m) or is_not_given(reading, m))
    ]
    for statement in statements:
        match = statement.match
        if (
            match.kind is not Kind.DIALYSIS
            or not (statement.standing is Standing.PRESENT or _is_gone_over_to(reading, statement))
            or statement.bearer is Bearer.OTHER
            or is_not_given(reading, match)
        ):
            continue
        if reading.words[match.last + 1 : match.last + 2] == ["pd"]:
            found.append(("other", match))  # "dialysis (PD)"
            continue
        if _ended(reading, match) or (reading.words[match.last] == "hd" and _is_another_hd(reading, match)):
            continue
        found.append((match.id, match))
    found.sort(key=lambda item: item[1].first)
    named = [f for f in found if f[0] != "other" and reading.phrase(f[1]) not in _GENERAL] or found
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
        and (
            s.standing is Standing.ABSENT
            or (s.standing is Standing.PRESENT and (_ended(reading, s.match) or is_not_given(reading, s.match)))
        )
        for s in statements
    )


def _ended(reading: Reading, match: Match) -> bool:
    """ "Off CRRT", "was on HD", "from CRRT to HD": no longer."""
    if not _RESUMED.isdisjoint(reading.words[match.last + 1 : min(match.last + 7, reading.sentence(match)[1])]):
        return False  # "trial off CRRT yesterday failed, restarted overnight"
    if reading.words[match.first] == "off":
        return True
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


def _is_over(reading: Reading, match: Match) -> bool:
    """ "Not on HD 3x/week", "used to be on HD 3x/week": sessions a week are no finding that is judged."""
    first = max(reading.sentences[match.first], match.first - 4)
    return _ended(reading, match) or not _NO_MORE.isdisjoint(reading.words[first : match.first])


def _is_gone_over_to(reading: Reading, statement: Statement) -> bool:
    """ "So we went to CRRT": not a sample that went to a laboratory."""
    if statement.standing is not Standing.AWAITED or statement.cue is None:
        return False
    cue = statement.cue
    if cue.first > statement.match.last:
        return reading.words[cue.last] == "running"
    return reading.words[cue.last] == "to"


def _turned(reading: Reading, match: Match) -> bool:
    if reading.words[match.last + 1 : match.last + 2] == ["instead"]:
        return True
    before = reading.words[max(0, match.first - 3) : match.first]
    return any(word in ("to", "now", "on", "back") for word in before) or "->" in reading.gaps[match.first]


def _is_another_hd(reading: Reading, match: Match) -> bool:
    """ "HD#3", "high dose (HD) mero", "Huntington's (HD)" and each "HD" of a message that speaks of Huntington's."""
    before = reading.at[match.first - 1] if match.first else None
    abbreviated = before is not None and before.kind is Kind.NEUTRAL
    if "(" in reading.gaps[match.first] and (abbreviated or reading.words[match.first - 1 : match.first] == ["dose"]):
        return True
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    if following is not None and reading.codes[following.first] < HARD and following.id == "dose_mention":
        return True  # "HD (high-dose) tigecycline"
    if _is_explained(reading, match):
        return True
    named = any(reading.words[m.first].startswith("huntington") for m in reading.of(Kind.NEUTRAL))
    return named or "#" in reading.gaps[match.last + 1]


def _is_explained(reading: Reading, match: Match) -> bool:
    """ "HD meant haemodynamically stable", "HD = high dose": the writer says what the letters stand for."""
    number = match.last + 1
    opened = number < len(reading.words) and "=" in reading.gaps[number]
    while number < len(reading.words) and reading.codes[number] < HARD and reading.words[number] in _STANDING_FOR:
        number, opened = number + 1, True
    meant = reading.at[number] if opened and number < len(reading.words) else None
    if opened and reading.words[number : number + 2] in (["hospital", "day"], ["high", "dose"]):
        return True
    return meant is not None and (meant.kind is Kind.NEUTRAL or meant.id == "dose_mention")


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
