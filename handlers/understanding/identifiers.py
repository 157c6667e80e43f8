"""Patient identifiers in a message: which kinds and how many, never the words themselves."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import NamedTuple

_NUMBERS = re.compile(r"\d[\d .-]*")
_UNTITLED = re.compile(
    r"\b(?:pt|PT|Pt|[Pp]atient|[Rr]e|RE)\b:?\s+([A-Z][a-z'-]{1,24},? [A-Z][a-z'-]{1,24})(?=\W|$)"
    r"|(?<![\w'-])(?!Dr\b|Doctor\b|Prof\b|Sister\b|Nurse\b)([A-Z][A-Za-z'-]{0,24},? [A-Z][A-Za-z'-]{0,24})\.?[,;:]?"
    r"(?=\s?[(\[]?(?:MRN|DOB|mrn|dob|NHS|CHI|CSN|[Hh]osp(?:ital)? (?:no|number|ID|id)"
    r"|\d\d?[/.-]\d\d?[/.-](?:19|20)\d\d)\b)"
)
"""Two capitalised words after "patient" or before a record number or date: a name unless we know the words."""


class _Rule(NamedTuple):
    """A kind, how it is written, letters of which one must be there, and how many digits, blanks and signs in a row.

    `otherwise`: only where the rule before it was not looked for.
    """

    kind: str
    pattern: re.Pattern[str]
    letters: tuple[str, ...] = ("",)
    run: int = 1
    otherwise: bool = False


_RULES = (
    _Rule("name", re.compile(
        r"\b(?:[Mm](?:r|rs|s|iss|x)|MRS?|[Pp]atient(?:'s)? name|[Nn]ame|Herr|Frau|Sra?|Mme)\b\.?:?\s+[A-Z][\w'-]+"
    ), ("mr", "ms", "miss", "mx", "name", "herr", "frau", "sr", "mme"), 0),
    _Rule("record_number", re.compile(
        r"(?i)\b(?:mrn|nhs(?: ?no)?|csn|fin|acct|account|record|chart"
        r"|hosp(?:ital)? ?(?:no|number|id)|case ?no|pt ?id|patient id|ssn)\b"
        r"[\s#:.no]{0,6}[a-z]{0,3}\d[\d -]{3,14}|(?<![\d/.+-])\d{7,12}(?![\d/.-])"
    ), ("mrn", "nhs", "csn", "fin", "ac", "record", "chart", "hosp", "case", "id", "ssn"), 4),
    _Rule("record_number", re.compile(r"(?<![\d/.+-])\d{7,12}(?![\d/.-])"), run=7, otherwise=True),
    _Rule("birth_date", re.compile(
        r"(?i)\b(?:dob|d\.o\.b\.?|born(?: on)?|birth ?date|date of birth)\b[\s:]{0,3}[\w/., -]{0,3}\d"
        r"|\b\d{1,2}[/.-]\d{1,2}[/.-](?:19\d\d|200\d)\b|\b(?:19\d\d|200\d)-\d\d-\d\d\b"
    ), ("dob", "d.o.b", "born", "birth", "19", "20")),
    _Rule("phone", re.compile(
        r"(?<![\w/-])(?:\+\d{1,3}[ .-]?)?(?:\(?\d{3}\)?[ .-])?\d{3}[.-]\d{4}(?![\w/-])"
    ), run=8),
    _Rule("phone", re.compile(
        r"\b(?i:pager|bleep|phone|tel|ext|cell|mobile|call(?: me)? at)\b[\s:.#]{0,3}\+?\d[\d -]{2,14}"
    ), ("pager", "bleep", "phone", "tel", "ext", "cell", "mobile", " at"), 3),
    _Rule("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}"), ("@",), 0),
    _Rule("room", re.compile(
        r"(?i:\b(?:room|rm|bed|bay|ward|cubicle|side ?room|bett|zimmer|station)\s?#?:?\s?[a-z]?\d{1,4}[a-z]?\b)"
    ), ("room", "rm", "bed", "bay", "ward", "cubicle", "bett", "zimmer", "station")),
    _Rule("room", re.compile(r"\bin \d{1,2}[A-Z]\b"), ("in ",)),
    _Rule("address", re.compile(
        r"\b\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Lane|Ln|Drive|Dr|Blvd|Way|Court|Ct|Close)\b"
    )),
    _Rule("social_security", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), run=11),
)  # fmt: skip
"""What cannot be there is not looked for: letters and lengths are quicker to find."""
_AT = re.compile(r"@[\w-]{1,64}\.\w")
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
        if not looked:
            continue
        if rule.kind != "email" or _AT.search(seen):
            counts[rule.kind] += sum(1 for _ in rule.pattern.finditer(seen))
    if _TWO_CAPITALS.search(seen):
        counts["name"] += sum(
            all(word.strip(",").lower() not in known for word in (found[1] or found[2]).split())
            for found in _UNTITLED.finditer(seen)
        )
    return tuple((kind, count) for kind, count in counts.items() if count)
