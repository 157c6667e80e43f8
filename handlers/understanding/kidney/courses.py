"""Dialysis that is named and not given: only talked of, avoided, of another time or bed, or its line is out."""

from __future__ import annotations

from handlers.understanding.kidney.past_courses import is_past, is_until
from handlers.understanding.lexicon import HARD, Match, Reading

_NOT = frozenset(
    {
        *("no", "not", "never", "without", "hasnt", "havent", "didnt", "doesnt", "dont", "wont", "isnt", "wasnt"),
        *("hadnt", "nor", "neither", "cannot", "cant", "couldnt", "shouldnt", "wouldnt", "nothing", "none", "few"),
        *("kein", "keine", "sans", "sin", "senza", "pas", "sem"),
    }
)
_WANTED = frozenset(
    {
        *("indication", "indications", "need", "needs", "needed", "needing", "plan", "plans", "planning"),
        *("role", "requirement", "reason", "reasons", "require", "required", "requires", "requiring", "want"),
        *("wants", "criteria", "call", "case", "intention", "urgency", "had", "have", "having", "received"),
        *("receive", "get", "got", "keen", "feel", "think", "believe", "recommend", "recommending", "advise"),
        *("favour", "favor", "offered", "offer", "offering", "do", "planned", "going", "started", "starting"),
        *("start", "gone", "for", "candidate", "indicated", "been", "on", "be", "commenced", "considered"),
        *("indicacion", "indikation", "suitable", "ready", "fit", "rushing", "pushing", "dialysing"),
        *("underwent", "undergone", "seen", "to", "indicazione"),
    }
)
_BETWEEN = _WANTED | {
    *("one", "is", "are", "that", "longer"),
    *("for", "to", "of", "a", "an", "any", "the", "yet", "currently", "urgent", "acute", "immediate", "emergent", "me"),
    *("emergency", "current", "clear", "ongoing", "further", "more", "long", "term", "or", "him", "her", "them", "in"),
    *("absolute", "new", "session", "sessions", "chronic", "maintenance", "actually", "ever", "even", "still", "it"),
    *("de", "fur", "zur", "per", "para", "pour", "at", "present", "moment", "now", "point", "this", "obvious", "as"),
    *("formal", "inpatient", "outpatient", "regular", "additional", "hd", "crrt", "cvvh", "cvvhdf", "dialysis", "rrt"),
}
_TALKED_OF = frozenset(
    {
        *("talking", "discussing", "discussed", "debating", "contemplating", "considering", "thinking", "whether"),
        *("avoid", "avoiding", "avoids", "avoided", "avert", "averting", "prevent", "preventing", "threatening"),
        *("mulling", "mooted", "mooting", "pondering", "weighing", "toying", "wondering", "deciding", "undecided"),
        *("spare", "sparing", "delay", "delaying", "defer", "deferring", "deferred", "holding", "postpone"),
        *("dodge", "dodging", "discuss", "consider", "considered", "debate", "talk", "talks", "talked", "hoping"),
        *("dreading", "without"),
    }
)
_OF_TALK = frozenset(
    {
        *("about", "of", "on", "over", "up", "the", "need", "for", "needing", "a", "an", "possible", "starting"),
        *("start", "going", "putting", "to", "him", "her", "them", "with", "possibility", "idea", "pros", "cons"),
        *("and", "or", "any", "urgent", "early", "having", "commencing", "initiating", "onto", "needs", "acute"),
        *("off", "patient", "pt", "he", "she", "this", "end", "ending", "hell", "shell", "will", "might", "may"),
        "it",
    }
)
_MAY = frozenset(
    {
        *("might", "may", "could", "lest", "risk", "likely", "if", "before", "doesnt", "dont", "wont", "not"),
    }
)
_ENDS_UP = frozenset({"end", "ends", "ending", "ended", "land", "lands", "wind", "winds", "finish", "finishes"})
_COMES_TO = frozenset({"end", "ends", "land", "lands", "wind", "winds"})  # to come; "ended up on CRRT" has come
_ON_TABLE = tuple(
    said.split()
    for said in (
        *("on the table", "on the cards", "on cards", "an option", "indicated", "needed", "required", "necessary"),
        *("planned", "being considered", "for him", "for her", "on the agenda", "started", "wanted", "appropriate"),
        *("in the plan", "offered", "warranted", "commenced", "going to", "likely", "used", "given", "happening"),
    )
)
_BEING = frozenset(
    {
        *("is", "was", "are", "were", "been", "be", "being", "has", "it", "its", "currently", "still", "yet"),
        *("atm", "now", "tomorrow", "thankfully", "hopefully", "at", "all", "really", "as", "of"),
    }
)
_NOT_AFTER = frozenset({"not", "isnt", "wasnt", "never", "hasnt", "no", "wont", "arent", "off"})
_ACCESS = frozenset(
    {
        *("line", "lines", "catheter", "cath", "permcath", "vascath", "access", "vascatheter", "fistula"),
    }
)
_OUT = frozenset({"out", "removed", "pulled", "gone", "yanked"})
_OF_OUT = frozenset(
    {
        *("came", "come", "is", "was", "has", "been", "now", "taken", "already", "since", "got", "s"),
    }
)
_PLACES = frozenset({"bed", "room", "bay", "side"})
_MINE = frozenset({"mine", "ours"})
_RAISED = frozenset(
    {
        *("discussed", "considered", "mooted", "debated", "raised", "mentioned", "declined", "refused"),
    }
)
_PLANNED = frozenset(
    {"will", "plan", "plans", "planning", "planned", "for", "start", "starting", "may", "might", "consider"}
)
_OPENING = frozenset({"and", "what", "if", "so", "but", "ok", "okay", "thanks", "also", "right", "thx"})
_SHORT = 12  # words of a message that is one question
_REACH, _REACH_AFTER = 8, 16


def is_not_given(reading: Reading, match: Match) -> bool:
    """Whether the words around a dialysis say that it is not given to this patient now."""
    if _is_what_if(reading, match):
        return False
    return (
        _is_talked_of(reading, match)
        or _is_denied_after(reading, match)
        or is_past(reading, match, _words_before(reading, match))
        or is_until(reading, match)
        or _is_conditional(reading, match)
        or _is_out(reading, match)
        or _is_of_another_bed(reading, match)
    )


def _is_what_if(reading: Reading, match: Match) -> bool:
    """ "And if she ends up on haemodialysis?": the whole question is what would hold then."""
    words, first = reading.words, reading.sentences[match.first]
    asked = reading.gaps[reading.sentence(match)[1]].startswith("?")
    return asked and len(words) <= _SHORT and "if" in words[first : first + 3] and words[first] in _OPENING


def _words_before(reading: Reading, match: Match) -> list[str]:
    """The words of its clause before it, nearest first; a preposition of the finding itself is one of them."""
    own = reading.words[match.first : match.last]
    first = max(reading.sentences[match.first], match.first - _REACH)
    before: list[str] = own[::-1] if own and own[0] in ("on", "needs", "starting", "started", "the") else []
    for number in range(match.first - 1, first - 1, -1):
        if reading.stops[number + 1]:
            break
        before.append(reading.words[number])
    return before


def _is_talked_of(reading: Reading, match: Match) -> bool:
    """ "No indication for dialysis", "hasn't needed HD", "talking about HD", "so he doesn't end up on CRRT"."""
    wanted = talk = ends_up = False
    linked = spoken = True
    for word in _words_before(reading, match):
        if linked and word in _NOT and wanted:
            return True
        if spoken and word in _TALKED_OF and word not in ("without", "holding", "delay", "talk", "hoping"):
            return True
        if (ends_up and word in _MAY) or word in _COMES_TO:
            return True
        wanted |= word in _WANTED
        talk |= word in _OF_TALK
        ends_up |= word in _ENDS_UP
        linked &= word in _BETWEEN
        spoken &= word in _OF_TALK or word in _ENDS_UP
        if not (linked or spoken or ends_up):
            return False
    return False


def _is_denied_after(reading: Reading, match: Match) -> bool:
    """ "Dialysis no longer on the table", "HD not indicated at present"."""
    words, number = reading.words, match.last + 1
    for _ in range(4):
        if number >= len(words) or reading.codes[number] == HARD or reading.stops[number]:
            return False
        if words[number] in _NOT_AFTER:
            break
        if words[number] in _RAISED:
            return True
        if words[number] not in _BEING:
            return False
        number += 1
    else:
        return False
    number += 1
    while words[number : number + 1] and words[number] in (
        "longer",
        "yet",
        "currently",
        "been",
        "be",
        "being",
        "felt",
        "to",
    ):
        number += 1
    if words[number - 1] == "off":
        return words[number : number + 2] in (["the", "table"], ["the", "cards"])
    return any(words[number : number + len(said)] == said for said in _ON_TABLE)


def _is_conditional(reading: Reading, match: Match) -> bool:
    """ "Plan is CRRT tonight if the acidosis worsens"."""
    if _PLANNED.isdisjoint(_words_before(reading, match)[:4]):
        return False
    for number in range(match.last + 1, min(match.last + 6, len(reading.words))):
        if reading.stops[number] or reading.codes[number] == HARD:
            return False
        if reading.words[number] in ("if", "unless"):
            return True
    return False


def _is_out(reading: Reading, match: Match) -> bool:
    """ "HD line came out months ago": says nothing of dialysis now."""
    words, number = reading.words, match.last + 1
    if words[number : number + 1] == [] or words[number] not in _ACCESS or reading.stops[number]:
        return False
    number += 1
    while number < len(words) and number < match.last + 6 and reading.codes[number] < HARD and words[number] in _OF_OUT:
        number += 1
    return number < len(words) and reading.codes[number] < HARD and words[number] in _OUT


def _is_of_another_bed(reading: Reading, match: Match) -> bool:
    """ "Bed 4 is the one on CRRT, not mine": the patient asked about is told apart from this one."""
    words = reading.words
    end = match.last + 1
    if words[end : end + 2] == ["is", "a"] and words[end + 2 : end + 3] in (["different"], ["another"]):
        return True
    if words[end : end + 1] == ["not"] and words[end + 1 : end + 2] and words[end + 1] in _MINE:
        return True
    first = max(reading.sentences[match.first], match.first - _REACH)
    placed = any(words[n] in _PLACES and words[n + 1][0].isdigit() for n in range(first, match.first - 1))
    if not placed or not _MINE.isdisjoint(words[first : match.first]):
        return False
    return not _MINE.isdisjoint(words[end : end + _REACH_AFTER])
