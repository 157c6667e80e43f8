"""Children: whether the patient is one, by a word, an age or a weight; an adult age says more than a ward."""

from __future__ import annotations

from handlers.understanding.lexicon import PLAIN, SOFT, Match, Reading
from handlers.understanding.whom.adults import OLD, YEARS, is_adult
from handlers.understanding.whom.ages import MONTHS, SPELLED, THINGS, is_young
from handlers.understanding.whom.infancy import is_infancy
from knowledge.vocabulary import Kind

_WARDS = frozenset({
    "nicu", "picu", "neonatal", "pediatric", "paediatric", "pediatrics", "paediatrics", "peds", "paeds", "ped",
    "pediatria", "padiatrie", "paediatrie", "pediatrie", "pediatrico", "pediatrica", "pediatrique", "padiatrische",
    "padiatrischen", "children", "kids", "kinder", "infants", "babies", "neonates", "adolescent", "teen",
    "teenager", "ex prem", "ex preterm", "ex premature", "ex premie", "childrens hospital", "childrens ward",
    "childrens unit", "childrens icu", "kinderklinik", "kinderstation", "kinderonkologie", "kinderintensivstation",
    "high school student", "preterm",
})  # fmt: skip
"""Words of a ward, a time or many: an adult age of the patient says more."""
_LADS = frozenset({"boy", "girl", "youngster", "madchen", "kiddo"})
_BABIES = frozenset({"baby", "newborn", "infant", "bebe", "neonate", "toddler", "child", "kid", "recien nacido"})
_KEEPERS = frozenset({
    "grandma", "grandmother", "granny", "grandparents", "gran", "dad", "father", "partner", "husband", "family",
    "aunt", "sister", "nana", "relatives", "inlaws",
})  # fmt: skip
_HAVING = frozenset({"had", "delivered", "birthed", "having", "bore"})
_WELL = frozenset({"fine", "well", "ok", "okay", "healthy", "unaffected", "home", "good"})
_GROWN_OUT = frozenset({"transitioned", "graduated", "transition"})  # who is transferred from there is still a child
_PARENTS = frozenset({"mother", "mom", "mum", "father", "dad", "parent", "breastfeeding", "delivered", "nursing"})


def is_child(reading: Reading) -> bool:
    """Whether the patient is under 18, as far as the message says."""
    if not _is_called_one(reading, grown=False):
        return False
    return not is_adult(reading) or _is_called_one(reading, grown=True)


def _is_called_one(reading: Reading, grown: bool) -> bool:
    said = any(_is_said(reading, match, grown) for match in reading.of(Kind.SCOPE))
    return said or is_young(reading, grown) or is_infancy(reading, grown)


def _is_said(reading: Reading, match: Match, grown: bool) -> bool:
    """Whether a word for a child, or for where children lie, is said of the patient."""
    if match.id != "child" or _is_denied(reading, match) or _is_other(reading, match):
        return False
    phrase = reading.phrase(match)
    if phrase in _LADS:
        return not grown and not _is_idiom(reading, match.first)
    if not grown:
        return True
    if phrase in _BABIES and _is_at_home(reading, match):
        return False
    return phrase not in _WARDS


def _is_idiom(reading: Reading, number: int) -> bool:
    """ "Lovely old girl", "the old boy": no child; "4 year old boy" is one."""
    words = reading.words
    if number < 1 or words[number - 1] != "old":
        return False
    before = words[max(reading.sentences[number], number - 4) : number - 1]
    return not any(w[0].isdigit() or w in SPELLED or w in YEARS or w in OLD or w in MONTHS for w in before)


def _is_at_home(reading: Reading, match: Match) -> bool:
    """ "Had her baby 8 weeks ago", "baby with grandma": beside an adult patient, the child is another."""
    words = reading.words
    if not _HAVING.isdisjoint(words[max(0, match.first - 3) : match.first]):
        return True
    after = words[match.last + 1 : match.last + 5]
    return after[:1] in (["with"], ["w"], ["stays"], ["staying"]) and not _KEEPERS.isdisjoint(after)


def _is_denied(reading: Reading, match: Match) -> bool:
    """ "Not pregnant", "paeds: no"."""
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


def _is_other(reading: Reading, match: Match) -> bool:
    """ "Her baby is fine", "mother of a newborn", "transitioned from peds": a child, but not the patient."""
    words = reading.words
    well = reading.words[match.last + 1 : match.last + 4]
    linked = well[:1] in (["is"], ["was"], ["doing"])
    if match.first > 1 and words[match.first - 1] == "from" and words[match.first - 2] in _GROWN_OUT:
        return True
    if _WELL.intersection(well[1:] if linked else well[:1]):
        return True
    start = match.first
    while start > 0 and match.first - start < 3 and reading.codes[start] < SOFT:
        start -= 1
    return bool(_PARENTS.intersection(reading.words[start : match.first])) or _is_of_a_thing(reading, match)


def _is_of_a_thing(reading: Reading, match: Match) -> bool:
    """ "Weeks old" of a line or graft."""
    if reading.phrase(match) not in ("weeks old", "months old"):
        return False
    around = reading.words[max(0, match.first - 4) : match.last + 3]
    return any(word in THINGS for word in around)
