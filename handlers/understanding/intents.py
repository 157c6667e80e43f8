"""What the writer wants to know: the intents of the labelling rules, by their order of precedence."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from handlers.understanding.lexicon import JOINED, Match, Reading
from handlers.understanding.report.verdicts import ANTIMICROBIALS
from knowledge.terms import Intent
from knowledge.vocabulary import Kind

_STRONG_TREATMENT = frozenset(
    [
        "which drug",
        "what drug",
        "which agent",
        "what agent",
        "which antibiotic",
        "what antibiotic",
        "which abx",
        "what abx",
        "best drug",
        "best agent",
        "best option",
        "drug of choice",
        "options",
        "option",
        "alternatives",
        "alternative",
        "what to give",
        "what to use",
        "what do we give",
        "what should we give",
        "what should i give",
        "what do i give",
        "what do we use",
        "what should i use",
        "what should we use",
        "what would you use",
        "what would you give",
        "what to start",
        "what do we start",
        "what should i start",
        "what should we start",
        "which drug and",
        "what drug and",
    ]
)
_UNITS_OF_LENGTH = frozenset({"days", "weeks", "wks", "wk"})
_OR = frozenset({"or", "vs", "versus"})
_AGREEING = frozenset({"agree", "enough", "sufficient", "adequate"})
_OF_A_CASE = (
    Kind.MECHANISM, Kind.SITE, Kind.ANTIMICROBIAL, Kind.ORGANISM, Kind.CRE, Kind.DIALYSIS, Kind.KIDNEY, Kind.OUTSIDER,
)  # fmt: skip
_ASKING = frozenset(
    [
        "do",
        "does",
        "did",
        "should",
        "need",
        "needs",
        "needed",
        "how",
        "what",
        "when",
        "who",
        "can",
        "is",
        "are",
        "must",
        "required",
        "still",
    ]
)


@dataclass(slots=True, frozen=True)
class Wanted:
    """The intent, whether anything but courtesy was found, and the words that said so."""

    intent: Intent
    courtesy: bool
    matches: tuple[Match, ...] = ()


def find_intent(reading: Reading, clinical: bool, only_renal_news: bool, names_antimicrobial: bool) -> Wanted:
    """Treatment unless something more particular is asked. `only_renal_news`: a follow-up with nothing else new."""
    found: dict[str, list[Match]] = {}
    quoted = instructed(reading)
    for match in reading.of(Kind.INTENT):
        if match.first not in quoted:
            found.setdefault(match.id, []).append(match)
    intent = _choose(reading, found, clinical, only_renal_news, names_antimicrobial)
    key = {Intent.OUT_OF_SCOPE: ""}.get(intent, intent.value)
    return Wanted(intent, bool(found.get("greeting")) or reading.has(Kind.SCOPE, "chat"), tuple(found.get(key, ())))


def _choose(
    reading: Reading, found: dict[str, list[Match]], clinical: bool, only_renal_news: bool, agent: bool
) -> Intent:
    if _isolates(reading) or (found.get("infection_control") and _asks_infection_control(reading, found)):
        return Intent.INFECTION_CONTROL
    if found.get("evidence") or _asks_source(reading):
        return Intent.EVIDENCE
    if found.get("drug_choice"):
        return Intent.TREATMENT
    strong = any(reading.phrase(m) in _STRONG_TREATMENT for m in found.get("treatment", ()))
    if (found.get("dose") or _asks_interval(reading)) and not found.get("duration"):
        if strong or _compares_agents(reading):
            return Intent.TREATMENT
        if found.get("combination") and not agent:
            return Intent.COMBINATION
        return Intent.DOSE
    if found.get("duration") or _compares_lengths(reading):
        if found.get("dose") and any("infus" in reading.phrase(m) for m in found["dose"]):
            return Intent.DOSE
        return Intent.TREATMENT if strong else Intent.DURATION
    if found.get("combination") or _adds(reading):
        return Intent.COMBINATION
    if only_renal_news and not strong:
        return Intent.DOSE
    if not clinical and (found.get("help") or found.get("greeting")):
        return Intent.HELP
    asked = any(match.last - match.first > 1 for match in found.get("help", ()))
    if asked and not any(kind in reading.kinds for kind in _OF_A_CASE):
        return Intent.HELP  # "How do I use you, do I type the gene?"
    return Intent.TREATMENT


def _asks_interval(reading: Reading) -> bool:
    """ "Cefiderocol, CrCl 168 - q6h?": how often, asked by itself."""
    words = reading.words
    return any(
        words[n - 1 : n] == ["q"] and words[n + 1 : n + 2] == ["h"] and reading.gaps[n + 2].startswith("?")
        for n in reading.numbers
    )


def _asks_source(reading: Reading) -> bool:
    """ "Who said that? Source?": the word as a question by itself."""
    return any(
        word in ("source", "sources") and reading.sentences[n] == n and reading.gaps[n + 1].startswith("?")
        for n, word in enumerate(reading.words)
    )


def _compares_lengths(reading: Reading) -> bool:
    """ "8 weeks or 6?", "14 days, agree?"."""
    words = reading.words
    for number in range(1, len(words)):
        if words[number] in _UNITS_OF_LENGTH and words[number - 1].isdigit():
            rest = words[number + 1 : number + 12]
            other = any(one in _OR and two.isdigit() for one, two in pairwise(rest))
            if other or _AGREEING.intersection(rest):
                return True
    return False


def _compares_agents(reading: Reading) -> bool:
    """ "Meropenem extended infusion vs caz-avi?"."""
    for number, word in enumerate(reading.words):
        if word in ("vs", "versus"):
            sides = reading.at[max(0, number - 4) : number], reading.at[number + 1 : number + 3]
            if all(any(m is not None and m.kind in ANTIMICROBIALS for m in side) for side in sides):
                return True
    return False


def _isolates(reading: Reading) -> bool:
    """ "OXA-181 colonised, isolate?": the word by itself, as a question."""
    return "isolate" in reading.words and any(
        word == "isolate" and number and reading.codes[number] > JOINED and reading.gaps[number + 1].startswith("?")
        for number, word in enumerate(reading.words)
    )


def _adds(reading: Reading) -> bool:
    """ "Add gentamicin?", "adding iv fosfo", "put tigecycline on top of caz-avi"."""
    return any(
        match.kind in ANTIMICROBIALS
        and (
            "add" in reading.words[max(0, match.first - 2) : match.first]
            or reading.words[max(0, match.first - 3) : match.first] == ["on", "top", "of"]
        )
        for match in reading.matches
    )


def _asks_infection_control(reading: Reading, found: dict[str, list[Match]]) -> bool:
    mere = reading.has(Kind.SITE) and all(reading.phrase(m) == "outbreak" for m in found["infection_control"])
    if not mere and not found.get("treatment") and not found.get("dose") and not found.get("combination"):
        return True
    if any(reading.gaps[match.last + 1].startswith("?") for match in found["infection_control"]):
        return True
    asked = {reading.sentences[n]: n for n in range(len(reading.words) - 1, -1, -1) if reading.words[n] in _ASKING}
    return any(
        asked.get(reading.sentences[match.first], match.last + 1) <= match.first for match in found["infection_control"]
    )


def instructed(reading: Reading) -> frozenset[int]:
    """Words of sentences that instruct the bot: they want nothing."""
    marked = {reading.sentences[m.first] for m in reading.of(Kind.SCOPE) if m.id == "injection"}
    if not marked:
        return frozenset()
    return frozenset(n for n, sentence in enumerate(reading.sentences) if sentence in marked)
