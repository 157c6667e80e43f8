"""Who and what the bot answers for: adults, not pregnant, with carbapenem-resistant Enterobacterales."""

from __future__ import annotations

from handlers.parsed import ScopeReason
from handlers.understanding.lexicon import HARD, Match, Reading
from handlers.understanding.organisms import Organisms
from handlers.understanding.whom.animals import is_animal
from handlers.understanding.whom.children import is_child
from handlers.understanding.whom.pregnancies import is_pregnancy
from knowledge.terms import Mechanism
from knowledge.vocabulary import Kind

_MERELY = frozenset({"plain", "just", "only", "simply", "merely", "ordinary", "simple", "mere", "purely"})
_BEFORE_MERELY = frozenset({"not", "isnt", "arent", "wasnt", "longer", "than", "if", "nicht"})
_VERSES = frozenset(
    {"limerick", "poem", "haiku", "sonnet", "song", "rap", "story", "joke", "ballad", "rhyme", "jingle"}
)
_ASKED_FOR = frozenset({"write", "compose", "sing", "tell", "make", "give", "draft"})
_ANSWERED = (Kind.SITE, Kind.REPORT, Kind.KIDNEY, Kind.ALLERGY_CUE, Kind.MECHANISM, Kind.CRE)
_LOW_MIC = 1.0  # mg/l, to which carbapenems are susceptible by either breakpoint


def out_of_scope(
    reading: Reading,
    organisms: Organisms,
    mechanisms: tuple[Mechanism, ...],
    carbapenem_resistant: bool,
    carbapenems_active: bool = False,
) -> ScopeReason | None:
    """The reason to decline, or None. `carbapenems_active`: every one named was reported susceptible."""
    if is_animal(reading):
        return ScopeReason.ANIMAL
    if is_pregnancy(reading):
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
    if _is_verse(reading):
        return ScopeReason.NOT_CLINICAL
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
        (carbapenems_active or _is_called_mere(reading) or _has_low_mic(reading))
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


def _is_called_mere(reading: Reading) -> bool:
    """ "Just a plain ESBL", "ESBL only"; not "not just an ESBL"."""
    words = reading.words
    for match in reading.of(Kind.BYSTANDER):
        if match.id != "esbl":
            continue
        start = max(reading.sentences[match.first], match.first - 4)
        before = words[start : match.first]
        if not _MERELY.isdisjoint(before):
            return _BEFORE_MERELY.isdisjoint(before)
        if words[match.last + 1 : match.last + 2] in (["only"], ["alone"]) and _BEFORE_MERELY.isdisjoint(before):
            return True
    return False


def _has_low_mic(reading: Reading) -> bool:
    """ "Mero MIC 0.06": reached, though nobody wrote an S."""
    words = reading.words
    for match in reading.of(Kind.ANTIMICROBIAL):
        if match.id not in ("meropenem", "imipenem") or words[match.last + 1 : match.last + 2] != ["mic"]:
            continue
        value = words[match.last + 2 : match.last + 3]
        if value and value[0][0].isdigit() and ">" not in reading.gaps[match.last + 2] and float(value[0]) <= _LOW_MIC:
            return True
    return False


def _is_verse(reading: Reading) -> bool:
    """ "Write me a limerick about colistin": nothing clinical is asked."""
    words = reading.words
    if _VERSES.isdisjoint(words) or any(reading.has(kind) for kind in _ANSWERED):
        return False
    return any(
        word in _VERSES and not _ASKED_FOR.isdisjoint(words[max(0, number - 4) : number])
        for number, word in enumerate(words)
    )
