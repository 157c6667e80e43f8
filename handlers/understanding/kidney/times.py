"""Words that say of when a number is: of now, of a day named, of before, or the end of a change."""

from __future__ import annotations

from handlers.understanding.lexicon import Reading

_NOW = frozenset(
    {
        *("now", "today", "currently", "tonight", "todays", "current", "latest", "newest", "jetzt", "heute"),
        *("hoy", "ahora", "maintenant", "oggi", "actuellement", "actualmente", "nu", "presently", "hoje"),
        *("adesso", "ora"),
    }
)
_TURNED = frozenset({"to", "into", "auf", "zu"})
_WAS = frozenset({"was", "were", "had", "been", "war", "era", "etait"})
_OLD = frozenset(
    {
        *("from", "baseline", "previously", "prior", "usually", "previous", "before", "pre", "premorbid", "old"),
        *("usual", "formerly", "initially", "originally", "admission", "yesterdays", "earlier", "desde", "von"),
        *("depuis", "bl", "initial", "original", "arrival", "presentation", "normally", "prev", "preop", "basal"),
        *("vorher", "antes"),
    }
)
_DATED = frozenset(
    {
        *("ago", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "monday", "tuesday"),
        *("wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april"),
        *("june", "july", "august", "september", "october", "november", "december", "jan", "feb", "mar", "apr"),
        *("jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec", "ieri", "hier", "ayer", "gestern", "then"),
        *("ontem", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays"),
    }
)
_PERSONS = frozenset({"lady", "man", "woman", "gentleman", "gent", "male", "female", "m", "f", "pt", "patient", "chap"})
_RECENT = frozenset({"yesterday", "overnight", "yest", "yday", "ystd", "ystdy", "yst"})
LAST = frozenset({"last", "past"})
SPANS = frozenset(
    {
        *("week", "weeks", "month", "months", "year", "years", "summer", "winter", "spring", "autumn", "wk", "mo"),
        *("admission", "visit", "clinic", "time", "check", "few"),
    }
)


def says(reading: Reading, number: int) -> str | None:
    """Of when a word says that a number is."""
    words = reading.words
    word = words[number]
    following = words[number + 1 : number + 2]
    if word in _NOW or (word == "this" and following in (["morning"], ["am"], ["afternoon"], ["evening"])):
        return "now"
    if word in _TURNED:
        return "turned"
    if word in _WAS:
        return "was"
    if word in _RECENT or (word in LAST and following in (["night"], ["evening"])):
        return "recent"
    if word == "old" and following and following[0] in _PERSONS:
        return None  # "little old lady"
    if word in _OLD:
        return "dated" if number and words[number - 1] in ("at", "on") else "old"
    if word in _DATED or (word == "may" and words[number - 1] in ("in", "since")):
        return "dated"
    return "dated" if word in LAST and following and following[0] in SPANS else None
