"""Sites of infection the patient has now; weak words ("lungs", "bone") count only when no other is named."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.understanding.attribution import Bearer
from handlers.understanding.lexicon import HARD, PLAIN, Match, Reading
from handlers.understanding.report.origins import MONTHS
from handlers.understanding.standing import Standing
from handlers.understanding.statements import Statement
from knowledge.terms import Site
from knowledge.vocabulary import Kind

_SPECIMENS = frozenset(
    [
        "blood",
        "bcx",
        "bcid",
        "csf",
        "urine",
        "ucx",
        "bl",
        "bld",
        "hemocultivo",
        "hemocultivos",
        "wound",
        "bile",
        "bone",
        "joint",
        "urines",
        "bc",
    ]
)
_IMAGING = frozenset({"ct", "mri", "us", "uss", "xr", "xray", "scan", "echo", "imaging", "pet", "ultrasound"})
_HEALED = frozenset({"healed", "healing", "fine", "dry", "clean", "closed", "intact"})
_OVER = frozenset({"finished", "completed", "resolved", "treated", "cleared", "gone", "sorted", "cured"})
_CLEAR = frozenset(
    [
        *("neg", "negative", "normal", "nil", "clear", "clean", "nad", "unremarkable", "fine", "ok", "benign", "bland"),
        "nothing",
    ]
)
_STRIKING = frozenset({"scratch", "forget", "cancel", "drop", "ignore", "strike"})
_BEFORE_STRIKING = frozenset({"so", "please", "pls", "and", "then", "ok", "okay", "can", "now", "lets"})
_DEVICES = ("shunt", "evd", "drain")
_FEET = ("diabetic foot", "dfi", "dfu", "df infection")
_CURRENT = frozenset({Standing.PRESENT, Standing.SUSPECTED})


@dataclass(slots=True, frozen=True)
class Sites:
    """What a message says of sites; `present` in the order of the text."""

    present: tuple[Site, ...] = ()
    absent: tuple[Site, ...] = ()
    matches: tuple[Match, ...] = ()


def find_sites(reading: Reading, statements: list[Statement]) -> Sites:
    """Every current site once; a urinary one without detail gives way to a detailed one."""
    strong: dict[Site, Match] = {}
    weak: dict[Site, Match] = {}
    absent: dict[Site, None] = {}
    talk: set[Site] = set()  # only talked about where last named
    unknown = False
    previous: Match | None = None
    for statement in statements:
        match, standing = statement.match, statement.standing
        if match.kind is Kind.PLACE:
            unsaid = standing in (Standing.UNKNOWN, Standing.AWAITED, Standing.ABSENT) or _is_queried(reading, match)
            unknown |= match.id == "unknown" or (unsaid and reading.words[match.first] != "site")
            continue
        if match.kind is not Kind.SITE or _is_of_other(reading, statement):
            continue
        listed = _listed(reading, previous, match)
        if listed and previous is not None and (left := Site(previous.id)) in weak and left not in strong:
            strong[left] = weak[left]
        weakly = match.term.weak and not (listed or _is_specimen_of_two(reading, match) or _is_source(reading, match))
        previous = match
        site = Site(match.id)
        (talk.add if _is_talk(reading, statement) else talk.discard)(site)
        specimen = reading.words[match.first] in _SPECIMENS
        if standing in _CURRENT or (standing in (Standing.AWAITED, Standing.UNKNOWN) and not specimen):
            if not (
                _is_colonised(reading, match)
                or _is_uninfected(reading, match)
                or _is_imaged_clear(reading, match)
                or _was_had(reading, match)
                or _is_dated(reading, match)
                or (specimen and _grew_contaminant(reading, match))
                or _is_struck(reading, match)
                or _heads_system(reading, match)
            ):
                (weak if weakly else strong).setdefault(site, match)
        else:
            absent[site] = None
    if Site.BONE_JOINT in strong and Site.SSTI in strong and reading.phrase(strong[Site.SSTI]).startswith(_FEET):
        del strong[Site.SSTI]  # "diabetic foot, osteomyelitis on MRI": one infection
    if Site.CNS in absent and Site.CNS in strong and reading.phrase(strong[Site.CNS]).endswith(_DEVICES):
        del strong[Site.CNS]  # "has a VP shunt, no meningitis"
    if any(site not in talk for site in strong):
        strong = {site: match for site, match in strong.items() if site not in talk}  # "licensed for cUTI; pt has VAP"
    found = strong or {site: match for site, match in weak.items() if site not in absent}
    if Site.UTI in found and (Site.CUTI in found or Site.CYSTITIS in found):
        found = {site: match for site, match in found.items() if site is not Site.UTI}
    present = tuple(found) or ((Site.UNKNOWN,) if unknown else ())
    return Sites(present, tuple(s for s in absent if s not in found), tuple(found.values()))


def _is_talk(reading: Reading, statement: Statement) -> bool:
    """ "Licensed for cUTI", "the trials were mostly cUTI"; a "?HAP" is of the patient."""
    match = statement.match
    if statement.bearer is not Bearer.RAISED or "?" in reading.gaps[match.first]:
        return False
    return any(m is not None and m.id == "raised" for m in reading.at[reading.sentences[match.first] : match.first])


def _is_queried(reading: Reading, match: Match) -> bool:
    """ "Sepsis ?source"."""
    return reading.gaps[match.first].endswith("?") and len(reading.gaps[match.first]) > 1


def _is_of_other(reading: Reading, statement: Statement) -> bool:
    """Another patient's; a question of precautions may be about nobody else."""
    if statement.bearer is not Bearer.OTHER:
        return False
    own = any(match.id == "own" for match in reading.of(Kind.BEARER))
    return own or not any(match.id == "infection_control" for match in reading.of(Kind.INTENT))


def _is_imaged_clear(reading: Reading, match: Match) -> bool:
    """ "Abdo CT neg", "CT belly normal", "MRI spine: nil": looked at, and nothing seen."""
    words, last = reading.words, match.last
    before = words[match.first - 1] if match.first and reading.codes[match.first] == PLAIN else ""
    after = words[last + 1] if last + 1 < len(words) and reading.codes[last + 1] == PLAIN else ""
    if after in _IMAGING:
        last += 1
    elif before not in _IMAGING:
        return False
    return words[last + 1 : last + 2] != [] and words[last + 1] in _CLEAR and reading.codes[last + 1] != HARD


def _was_had(reading: Reading, match: Match) -> bool:
    """ "Had VAP w/ same bug 6 wk ago, resolved", "had a line infection with KPC last autumn, PICC out"."""
    first, end = reading.sentence(match)
    words = reading.words
    if "had" not in words[max(first, match.first - 3) : match.first] and "was" not in words[match.last + 1 : end]:
        return False
    for number in range(match.last + 1, end):
        cue = reading.at[number]
        if cue is not None and cue.kind is Kind.SITE:
            return False
        if cue is not None and cue.kind is Kind.CUE and cue.id in ("past_after", "past_before"):
            return "had" in words[max(first, match.first - 3) : match.first]
        if words[number] in _OVER:
            return True
    return False


def _is_dated(reading: Reading, match: Match) -> bool:
    """ "Treated for cellulitis in January", "UTI in notes is from 2022": of a time that is named."""
    words = reading.words
    for number in range(match.last + 1, min(match.last + 6, len(words) - 1)):
        cue = reading.at[number]
        if reading.codes[number] == HARD or reading.stops[number]:
            return False
        if words[number] == "in" and words[number + 1] in MONTHS and number == match.last + 1:
            return True
        if words[number] in ("in", "from") and len(words[number + 1]) == 4 and words[number + 1].startswith("20"):
            return words[number + 1].isdigit()
        if cue is not None and cue.kind is not Kind.CUE:
            return False
    return False


def _listed(reading: Reading, left: Match | None, right: Match) -> bool:
    """ "In urine and blood": a specimen joined to a site is as good as the site."""
    if left is None or not 1 <= right.first - left.last <= 2:
        return False
    if reading.words[right.first] not in _SPECIMENS and reading.words[right.first] not in ("in", "from"):
        return False
    joined = reading.at[right.first - 1]
    if right.first == left.last + 1:
        return "+" in reading.gaps[right.first] or "/" in reading.gaps[right.first]
    return joined is not None and joined.kind is Kind.CUE and joined.id == "join"


def _is_source(reading: Reading, match: Match) -> bool:
    """ "Source gallbladder", "blood: NDM E. coli": as good as a site."""
    before = reading.at[match.first - 1] if match.first else None
    if before is not None and before.kind is Kind.PLACE and reading.codes[match.first] != HARD:
        return True
    if reading.words[match.first] == "blood" and _heads_row(reading, match):
        return True
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    if reading.words[match.last + 1 : match.last + 2] == ["both"] and before is not None and before.id == "join":
        return True  # "collection and blood both OXA-48"
    grew = following is not None and following.kind in (Kind.MECHANISM, Kind.ORGANISM, Kind.CRE)
    return grew and reading.words[match.first] == "blood" and "," not in reading.gaps[match.last + 1]


def _heads_row(reading: Reading, match: Match) -> bool:
    """ "1) BLOOD  aer+anaer  Klebsiella pneumoniae": the specimen of a row and what it grew."""
    numbered = match.first > 0 and reading.words[match.first - 1].isdigit() and reading.sentence_starts(match.first - 1)
    if not numbered:
        return False
    for number in range(match.last + 1, min(match.last + 7, len(reading.words))):
        grew = reading.at[number]
        if reading.codes[number] == HARD or (grew is not None and grew.id in ("no", "negative")):
            return False
        if grew is not None and grew.kind in (Kind.ORGANISM, Kind.CRE):
            return True
    return False


def _grew_contaminant(reading: Reading, match: Match) -> bool:
    """ "Blood grew CoNS in one bottle (contaminant)": what the specimen grew is no infection."""
    number = match.last + 1
    while number < len(reading.words) and reading.words[number].isdigit() and reading.codes[number] < HARD:
        number += 1  # "blood cx 1/4 CoNS"
    grew = reading.at[number] if number < len(reading.words) else None
    if grew is not None and grew.kind is Kind.CUE:
        grew = reading.at[grew.last + 1] if grew.last + 1 < len(reading.words) else None
    if grew is not None and grew.id == "contaminant" and reading.words[number] in ("grew", "growing", "grows"):
        return True  # "wound swab grew skin flora only"
    if grew is None or grew.kind is not Kind.OUTSIDER:
        return False
    for number in range(grew.last + 1, min(grew.last + 8, len(reading.words))):
        cue = reading.at[number]
        if reading.codes[number] == HARD or (cue is not None and cue.kind in (Kind.ORGANISM, Kind.MECHANISM)):
            return False
        if cue is not None and cue.id == "contaminant":
            return True
    return False


def _is_struck(reading: Reading, match: Match) -> bool:
    """ "So scratch pneumonia, it's a CLABSI": taken back by the word before; a cat's scratch is none."""
    number = match.first - 1
    if number > 0 and reading.words[number] in ("the", "that"):
        number -= 1
    if number < 0 or reading.words[number] not in _STRIKING or reading.codes[match.first] != PLAIN:
        return False
    return reading.sentence_starts(number) or reading.stops[number] or reading.words[number - 1] in _BEFORE_STRIKING


def _heads_system(reading: Reading, match: Match) -> bool:
    """ "Resp: BAL neg, CT chest clear": a heading of a handover and not what is infected, when the line says so."""
    number = match.last + 1
    if reading.words[match.first] != "resp" or ":" not in reading.gaps[number]:
        return False
    for following in range(number, min(number + 3, len(reading.words))):
        cue = reading.at[following]
        if reading.codes[following] == HARD:
            return False
        if reading.words[following] in _CLEAR or (cue is not None and cue.kind is Kind.CUE and cue.id == "negative"):
            return True
    return False


def _is_uninfected(reading: Reading, match: Match) -> bool:
    """ "Wound swab KPC but no signs of infection"."""
    words = reading.words
    if words[match.last].startswith("wound") and not _HEALED.isdisjoint(words[match.last + 1 : match.last + 4]):
        return reading.codes[match.last + 1] < HARD
    behind = words[match.last + 1 : reading.sentence(match)[1]]
    if "not" in behind and any(behind[n : n + 3] == ["so", "not", "that"] for n in range(len(behind))):
        return True  # "sent in as ?pneumonia but CXR normal, so not that"
    for number in range(match.last + 1, min(match.last + 8, len(words) - 1)):
        if reading.codes[number] == HARD:
            return False
        if words[number : number + 2] == ["not", "infected"] or words[number : number + 2] == ["clean", "and"]:
            return True
        if words[number] == "no":
            return "infection" in words[number + 1 : number + 4] and HARD not in reading.codes[number + 1 : number + 2]
    return False


def _is_specimen_of_two(reading: Reading, match: Match) -> bool:
    """ "In BAL and blood": the second specimen of two that grew it."""
    joined = reading.at[match.first - 1] if match.first else None
    if joined is None or joined.kind is not Kind.CUE or joined.id != "join" or reading.words[match.first] != "blood":
        return False
    return not {"in", "from"}.isdisjoint(
        reading.words[max(reading.sentences[match.first], joined.first - 3) : joined.first]
    )


def _is_colonised(reading: Reading, match: Match) -> bool:
    """ "Urine colonised", "colonisation of the wound": not an infection."""
    for number in (match.first - 1, match.last + 1, match.first - 2, match.last + 2):
        if 0 <= number < len(reading.words) and reading.sentences[number] == reading.sentences[match.first]:
            low, high = sorted((number, match.first if number < match.first else match.last))
            if any(reading.stops[low + 1 : high + 1]):
                continue  # "KPC UTI, CRE colonised before"
            cue = reading.at[number]
            if (
                cue is not None
                and cue.kind is Kind.CUE
                and cue.id == "colonised"
                and reading.words[cue.first].startswith("coloni")
            ):
                return True
    return False
