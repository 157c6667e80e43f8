"""Patient identifiers in a message: which kinds and how many, never the words themselves."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

_NUMBERS = re.compile(r"\d[\d .-]*")


def _any(*patterns: tuple[str, str]) -> str:
    """One pattern of several, each given as its first character's class and the rest.

    Written so that most places are passed by at once: a pattern that begins with a class of characters is looked for
    quickly, one that begins with a boundary or with choices is tried everywhere.
    """
    choices = "|".join(rf"(?<=[{first}]){rest}" for first, rest in patterns)
    return rf"[{''.join(first for first, _ in patterns)}](?:{choices})"


def _words(forms: str, then: str) -> tuple[str, str]:
    """Any of these words at a word's beginning, and what comes behind it."""
    rests = "|".join(f"(?<={form[0]}){form[1:]}" for form in forms.split("|"))
    return "".join(sorted({form[0] for form in forms.split("|")})), rf"(?<!\w.)(?:{rests}){then}"


_UNTITLED = re.compile(
    r"[A-Zpr](?:(?<!\w.)(?:(?<=[pP])(?:t|T|atient)|(?<=[rR])(?:e|E))\b:?\s+([A-Z][a-z'-]{1,24},? [A-Z][a-z'-]{1,24})"
    r"(?=\W|$)"
    r"|(?<![\w'-].)(?<=[A-Z])(?!(?<=D)(?:r|octor)\b|(?<=P)rof\b|(?<=S)ister\b|(?<=N)urse\b)"
    r"[A-Za-z'-]{0,24},? [A-Z][A-Za-z'-]{0,24}\.?[,;:]?"
    r"(?=\s?[(\[]?(?:MRN|DOB|mrn|dob|NHS|CHI|CSN|[Hh]osp(?:ital)? (?:no|number|ID|id)"
    r"|\d\d?[/.-]\d\d?[/.-](?:19|20)\d\d)\b))"
)
"""Two capitalised words after "patient" or before a record number or date: a name unless we know the words."""


class _Rule(NamedTuple):
    """A kind, how it is written, letters of which one must be there, and how many digits, blanks and signs in a row.

    `cased`: looked for in the text with its capitals, not in lower case. `otherwise`: only where the rule before it was
    not looked for.
    """

    kind: str
    pattern: re.Pattern[str]
    letters: tuple[str, ...] = ("",)
    run: int = 1
    cased: bool = False
    otherwise: bool = False


_NUMBER = r"\d", r"(?<![\d/.+-].)\d{6,11}(?![\d/.-])"
_TITLES = (
    "Mr|mr|Mrs|mrs|Ms|ms|Miss|miss|Mx|mx|MR|MRS|Patient name|patient name|Patient's name|patient's name"
    "|Name|name|Herr|Frau|Sr|Sra|Mme"
)
_RECORDS = (
    "mrn|nhs(?: ?no)?|csn|fin|acct|account|record|chart|case ?no|pt ?id|patient id|ssn"
    "|hosp(?:ital)? ?no|hosp(?:ital)? ?number|hosp(?:ital)? ?id"
)
_BIRTH = r"dob|d\.o\.b\.?|born(?: on)?|birth ?date|date of birth"
_PHONES = "pager|bleep|phone|tel|ext|cell|mobile|call(?: me)? at"
_ROOMS = "room|rm|bed|bay|ward|cubicle|side ?room|bett|zimmer|station"
_RULES = (
    _Rule(
        "name", re.compile(_any(_words(_TITLES, r"\b\.?:?\s+[A-Z][\w'-]+"))),
        ("mr", "ms", "miss", "mx", "name", "herr", "frau", "sr", "mme"), 0, cased=True,
    ),
    _Rule(
        "record_number", re.compile(_any(_words(_RECORDS, r"\b[\s#:.no]{0,6}[a-z]{0,3}[ -]?\d[\d -]{3,14}"), _NUMBER)),
        ("mrn", "nhs", "csn", "fin", "ac", "record", "chart", "hosp", "case", "id", "ssn"), 4,
    ),
    _Rule("record_number", re.compile(_any(_NUMBER)), run=7, otherwise=True),
    _Rule("birth_date", re.compile(_any(
        _words(_BIRTH, r"\b[\s:]{0,3}[\w/., -]{0,3}\d"),
        (r"\d", r"(?<!\w.)(?:\d?[/.-]\d\d?[/.-](?:19\d\d|200\d)|(?:(?<=1)9\d|(?<=2)00)\d-\d\d-\d\d)\b"),
    )), ("dob", "d.o.b", "born", "birth", "19", "20")),
    _Rule("phone", re.compile(
        r"(?<![\w/-])(?:\+\d{1,3}[ .-]?)?(?:\(?\d{3}\)?[ .-])?\d{3}[.-]\d{4}(?![\w/-])"
    ), run=8),
    _Rule(
        "phone", re.compile(_any(_words(_PHONES, r"\b[\s:.#]{0,3}\+?\d[\d -]{2,14}"))),
        ("pager", "bleep", "phone", "tel", "ext", "cell", "mobile", " at"), 3,
    ),
    _Rule("email", re.compile(r"@(?<=[\w.+-].)[\w-]{1,64}\.[\w.-]{2,64}"), ("@",), 0),
    _Rule(
        "room", re.compile(_any(_words(_ROOMS, r"\s?#?:?\s?[a-z]?\d{1,4}[a-z]?\b"))),
        ("room", "rm", "bed", "bay", "ward", "cubicle", "bett", "zimmer", "station"),
    ),
    _Rule("room", re.compile(r"i(?<!\w.)n \d{1,2}[A-Z]\b"), ("in ",), cased=True),
    _Rule("address", re.compile(
        r"\d(?<!\w.)\d{0,4} (?:[A-Z][a-z]+ ){1,3}"
        r"(?:St|Street|Ave|Avenue|Rd|Road|Lane|Ln|Drive|Dr|Blvd|Way|Court|Ct|Close)\b"
    ), cased=True),
    _Rule("social_security", re.compile(r"\d(?<![\d-].)\d\d-\d{2}-\d{4}(?![\d-])"), run=11),
)  # fmt: skip
"""What cannot be there is not looked for: letters and lengths are quicker to find."""
_TWO_CAPITALS = re.compile(r"[A-Z][A-Za-z'-]{0,24},? [A-Z]")


def count_identifiers(seen: str, known: Container[str]) -> tuple[tuple[str, int], ...]:
    """Kinds and counts, in a fixed order; `seen` is the text with its capitals, `known` the vocabulary's words."""
    longest = max(map(len, _NUMBERS.findall(seen)), default=0)
    lower = seen.lower()
    counts: dict[str, int] = {}
    looked = False
    for rule in _RULES:
        counts.setdefault(rule.kind, 0)
        if looked and rule.otherwise:
            continue
        looked = longest >= rule.run and any(map(lower.__contains__, rule.letters))
        if looked:
            counts[rule.kind] += sum(1 for _ in rule.pattern.finditer(seen if rule.cased else lower))
    if _TWO_CAPITALS.search(seen):
        counts["name"] += sum(
            all(word.strip(".,;:").lower() not in known for word in (found[1] or found[0]).split())
            for found in _UNTITLED.finditer(seen)
        )
    return tuple((kind, count) for kind, count in counts.items() if count)
