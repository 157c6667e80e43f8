"""Patient identifiers in a message: which kinds and how many, never the words themselves."""

from __future__ import annotations

import re

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("name", re.compile(
        r"\b(?:[Mm](?:r|rs|s|iss|x)|[Pp]atient name|[Nn]ame|Herr|Frau|Sra?|Mme)\b\.?:?\s+[A-Z][\w'-]+"
        r"|\b[A-Z][a-z]+,? [A-Z][a-z]+(?=,?\s+(?:MRN|DOB|mrn|dob|NHS)\b)"
    )),
    ("record_number", re.compile(
        r"(?i)\b(?:mrn|nhs(?: ?no)?|csn|fin|acct|account|record|chart"
        r"|hosp(?:ital)? ?(?:no|number|id)|case ?no|pt ?id|patient id|ssn)\b"
        r"[\s#:.no]{0,6}[a-z]{0,3}\d[\d -]{3,14}|(?<![\d/.+-])\d{7,12}(?![\d/.-])"
    )),
    ("birth_date", re.compile(
        r"(?i)\b(?:dob|d\.o\.b\.?|born(?: on)?|birth ?date|date of birth)\b[\s:]{0,3}[\w/., -]{0,3}\d"
        r"|\b\d{1,2}[/.-]\d{1,2}[/.-](?:19\d\d|200\d)\b|\b(?:19\d\d|200\d)-\d\d-\d\d\b"
    )),
    ("phone", re.compile(
        r"(?<![\w/-])(?:\+\d{1,3}[ .-]?)?(?:\(?\d{3}\)?[ .-])?\d{3}[.-]\d{4}(?![\w/-])"
        r"|(?i:\b(?:pager|bleep|phone|tel|ext|cell|mobile|call(?: me)? at))\b"
        r"[\s:.#]{0,3}\+?\d[\d -]{2,14}"
    )),
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")),
    ("room", re.compile(r"(?i)\b(?:room|rm|bed|bay|bett|zimmer)\s?#?\s?\d{1,4}[a-z]?\b|\bin \d{1,2}[A-Z]\b")),
    ("address", re.compile(
        r"\b\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Lane|Ln|Drive|Dr|Blvd|Way|Court|Ct|Close)\b"
    )),
    ("social_security", re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")),
)  # fmt: skip


def count_identifiers(seen: str) -> tuple[tuple[str, int], ...]:
    """Kinds and counts, in a fixed order; the text is the one a reader sees, with its capitals."""
    if not any(character.isdigit() or character.isupper() or character == "@" for character in seen):
        return ()
    return tuple((kind, count) for kind, pattern in _KINDS if (count := sum(1 for _ in pattern.finditer(seen))))
