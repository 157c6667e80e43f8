"""Who and what the bot answers for: adults, not pregnant, with carbapenem-resistant Enterobacterales."""

from __future__ import annotations

from handlers.parsed import ScopeReason
from handlers.understanding.ages import is_child, is_denied
from handlers.understanding.lexicon import HARD, Match, Reading
from handlers.understanding.organisms import Organisms
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_WOMEN = frozenset(
    {"f", "female", "woman", "lady", "yo", "old", "y", "she", "shes", "mum", "mother", "at", "currently"}
)


def out_of_scope(
    reading: Reading,
    organisms: Organisms,
    mechanisms: tuple[Mechanism, ...],
    carbapenem_resistant: bool,
    carbapenems_active: bool = False,
) -> ScopeReason | None:
    """The reason to decline, or None. `carbapenems_active`: every one named was reported susceptible."""
    if reading.has(Kind.SCOPE, "animal"):
        return ScopeReason.ANIMAL
    if _is_pregnancy(reading):
        return ScopeReason.PREGNANCY
    if is_child(reading):
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
    if mechanisms and not (mechanisms == (Mechanism.NON_CARBAPENEMASE,) and _is_mere_esbl(reading, carbapenems_active)):
        return None
    if reading.has(Kind.SCOPE, "susceptible") and not carbapenem_resistant:
        return ScopeReason.NOT_CARBAPENEM_RESISTANT
    if not resistant and reading.has(Kind.BYSTANDER, "esbl", "ampc") and not reading.has(Kind.PORIN):
        return ScopeReason.NOT_CARBAPENEM_RESISTANT
    return None


def _is_mere_esbl(reading: Reading, carbapenems_active: bool) -> bool:
    """ "ESBL Klebsiella, mero S, carbapenemase negative": no CRE, though no carbapenemase is a mechanism of some."""
    return (
        carbapenems_active
        and reading.has(Kind.BYSTANDER, "esbl", "ampc")
        and not reading.has(Kind.CRE)
        and not reading.has(Kind.PORIN)
    )


def _holds_cre(reading: Reading, organisms: Organisms, mechanisms: tuple[Mechanism, ...], resistant: bool) -> bool:
    named = any(m is not Mechanism.UNKNOWN for m in mechanisms)
    if any(not reading.words[m.first].startswith("carb") for m in reading.of(Kind.CRE)):
        return True  # "carbapenem resistant" alone is said of the other organism
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
    said = any(not is_denied(reading, m) for m in reading.of(Kind.SCOPE) if m.id == "pregnancy")
    return said or ("40" in reading.words and _weeks_of_forty(reading))


def _weeks_of_forty(reading: Reading) -> bool:
    return any(_is_gestation(reading, number) for number, word in enumerate(reading.words) if word == "40")


def _is_gestation(reading: Reading, number: int) -> bool:
    """ "28/40, KPC pyelonephritis", "31F 28/40": weeks of forty, where a patient is introduced."""
    if number < 1 or reading.gaps[number] != "/" or not reading.words[number - 1].isdigit():
        return False
    if not 4 <= int(reading.words[number - 1]) <= 42:
        return False
    return reading.sentence_starts(number - 1) or reading.words[number - 2] in _WOMEN
