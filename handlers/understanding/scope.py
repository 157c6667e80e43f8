"""Who and what the bot answers for: adults, not pregnant, with carbapenem-resistant Enterobacterales."""

from __future__ import annotations

from handlers.parsed import ScopeReason
from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from handlers.understanding.organisms import Organisms
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_YEARS = frozenset(
    ["yo", "y", "yr", "yrs", "year", "years", "yro", "yoa", "anos", "ans", "jahre", "jahriger", "jahrige"]
)
_MONTHS = frozenset(["mo", "month", "months", "week", "weeks", "wk", "wks", "day", "days"])
_THINGS = frozenset(
    [
        "line",
        "catheter",
        "cvc",
        "picc",
        "graft",
        "wound",
        "hip",
        "knee",
        "joint",
        "prosthesis",
        "abscess",
        "transplant",
        "culture",
        "cultures",
        "drain",
        "result",
        "results",
        "stent",
        "shunt",
        "surgery",
        "swab",
        "isolate",
        "antibiogram",
        "valve",
        "fracture",
        "burn",
        "history",
    ]
)
_ADULT = 18


def out_of_scope(
    reading: Reading, organisms: Organisms, mechanisms: tuple[Mechanism, ...], carbapenem_resistant: bool
) -> ScopeReason | None:
    """The reason to decline, or None."""
    if reading.has(Kind.SCOPE, "animal"):
        return ScopeReason.ANIMAL
    if _is_pregnancy(reading):
        return ScopeReason.PREGNANCY
    if _is_child(reading):
        return ScopeReason.CHILD
    resistant = carbapenem_resistant or reading.has(Kind.CRE)
    if organisms.outsiders and not _holds_cre(reading, organisms, mechanisms, resistant):
        return ScopeReason.OTHER_ORGANISM
    if (
        any(m.id == "oxa-acinetobacter" for m in reading.of(Kind.BYSTANDER))
        and not mechanisms
        and not organisms.name
        and not reading.has(Kind.CRE)
    ):
        return ScopeReason.OTHER_ORGANISM
    if mechanisms:
        return None
    if reading.has(Kind.SCOPE, "susceptible") and not carbapenem_resistant:
        return ScopeReason.NOT_CARBAPENEM_RESISTANT
    if not resistant and reading.has(Kind.BYSTANDER, "esbl", "ampc") and not reading.has(Kind.PORIN):
        return ScopeReason.NOT_CARBAPENEM_RESISTANT
    return None


def _holds_cre(reading: Reading, organisms: Organisms, mechanisms: tuple[Mechanism, ...], resistant: bool) -> bool:
    named = any(m is not Mechanism.UNKNOWN for m in mechanisms)
    if reading.has(Kind.CRE):
        return True
    if organisms.name is not None:
        return named or resistant or Mechanism.UNKNOWN in mechanisms
    if not organisms.carrier:
        return named
    return named and any(_listed(reading, m) for m in organisms.outsiders)


def _listed(reading: Reading, outsider: Match) -> bool:
    """ "KPC and Pseudomonas": the outsider comes on top of the mechanism's own organism."""
    number = outsider.first - 1
    if number < 1 or reading.codes[outsider.first] == HARD:
        return False
    if "+" in reading.gaps[outsider.first]:
        other = reading.at[number]
        return other is not None and other.kind is Kind.MECHANISM
    cue, other = reading.at[number], reading.at[number - 1]
    return (
        cue is not None
        and cue.kind is Kind.CUE
        and cue.id == "join"
        and other is not None
        and other.kind is Kind.MECHANISM
    )


def _is_pregnancy(reading: Reading) -> bool:
    return any(not _denied(reading, m) for m in reading.of(Kind.SCOPE) if m.id == "pregnancy")


def _is_child(reading: Reading) -> bool:
    if any(m.id == "child" and not _denied(reading, m) and not _of_age(reading, m) for m in reading.of(Kind.SCOPE)):
        return True
    words = reading.words
    for number, word in enumerate(words[:-1]):
        if not word[0].isdigit():
            if word in ("age", "aged") and words[number + 1].isdigit() and int(words[number + 1]) < _ADULT:
                unit = words[number + 2] if number + 2 < len(words) else ""
                if unit not in ("decades",) and len(words[number + 1]) <= 2:
                    return True
            continue
        if not word.isdigit() or len(word) > 3:
            continue
        if int(word) < _ADULT and _is_age(words, number):
            return True
        if int(word) < _ADULT * 12 and words[number + 1] in _MONTHS and words[number + 2 : number + 3] == ["old"]:
            around = (*words[number + 3 : number + 6], *words[max(0, number - 1) : number])
            if not _THINGS.intersection(around):
                return True
    return False


def _is_age(words: list[str], number: int) -> bool:
    unit = words[number + 1]
    rest = words[number + 2 : number + 4]
    if unit in ("yo", "yro", "yoa", "jahriger", "jahrige", "anos", "ans"):
        return True
    if unit not in _YEARS:
        return False
    if unit == "y":
        return rest[:1] == ["o"]
    return rest[:1] in (["old"], ["o"]) and not (rest[1:2] and rest[1] in _THINGS)


def _of_age(reading: Reading, match: Match) -> bool:
    """ "Weeks old" of a line or graft."""
    phrase = reading.phrase(match)
    if phrase not in ("weeks old", "months old"):
        return False
    around = reading.words[max(0, match.first - 4) : match.last + 3]
    return any(word in _THINGS for word in around)


def _denied(reading: Reading, match: Match) -> bool:
    cue = reading.at[match.first - 1] if match.first else None
    if (
        cue is not None
        and cue.kind is Kind.CUE
        and cue.id in ("no", "not", "negative_for")
        and reading.codes[match.first] == PLAIN
    ):
        return True
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    return following is not None and following.kind is Kind.CUE and following.id == "negative"
