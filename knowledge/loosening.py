"""What a hospital's own files may never do: loosen what the reviewed edition says. Told by its name, with the reason.

The models have no place for a dose, a rank or a rule, so nothing of it could reach an answer. This module makes the
refusal a sentence that a pharmacist understands, and looks into free text for doses and rankings as well.
"""

from __future__ import annotations

import re

_RANK = (
    "a local file cannot add a regimen, allow one or move one up, because ranks come from cited guidance and pass the "
    "safety rules; it can restrict, hide or note"
)
_DOSE = (
    "a local file cannot give or change a dose, because doses stand with their source and kidney band in the reviewed "
    "edition; change the edition instead"
)
_WARNING = (
    "a local file cannot hide, soften or remove a warning, caveat, condition or anything not suggested, because every "
    "safety rule holds everywhere; it can add a restriction beside it"
)
_UNHIDE = (
    "a local file cannot bring back what the edition keeps out, because that would pass by a safety rule; "
    "it can restrict, hide or note"
)
_WORDS: dict[str, re.Pattern[str]] = {
    _UNHIDE: re.compile(r"unhide|show|reveal|restore|enable|offer(?:ed)?|unrestrict"),
    _WARNING: re.compile(
        r"(?:warning|caution|caveat|condition|rule|conflict|contraindication|interaction|mark)s?|allerg(?:y|ies)"
        r"|safety|boxed|disclaimer|ignore|disable|override|suppress|remove|susceptibility|consult"
    ),
    _DOSE: re.compile(
        r"(?:dose|amount|unit|step|band|hour|interval)s?|dosing|renal|infusion|every|loading|max(?:imum)?"
    ),
    _RANK: re.compile(
        r"(?:regimen|recommendation|row|alternative|rank)s?|allow(?:ed)?|permit|add|recommend|prefer(?:red)?|reserve"
        r"|ranking|promote|first|suggest(?:ed)?|priority"
    ),
}
_DOSE_IN_TEXT = re.compile(
    r"\d\s*(?:g|grams?|mg|milligrams?|mcg|micrograms?|µg|ug|(?:million |mega ?)?(?:iu|mu|units?))\b(?!\s*/\s*m?l\b)"
    r"|\d\s*(?:mg|g|units)\s*/\s*kg|\bq\s?\d+\s?h\b|\bevery \d+(?:-\d+)? ?h(?:ours?)?\b|\b\d+[- ]hourly\b"
    r"|\b(?:once|twice|three times|[1-6] times|\dx) (?:a day|daily|per day)\b|\b(?:bid|tid|qid)\b"
    r"|\b(?:half|double|full|reduced?|higher|lower|loading|maintenance) (?:the )?dos(?:e|es|age|ing)\b"
    r"|\b(?:extended|prolonged|continuous)[- ]infusion\b|\binfus\w* over\b",
    re.IGNORECASE,
)
_LEAVE_IN_TEXT = re.compile(
    r"\b(?:first[- ]line|first choice|(?:drug|agent|treatment|regimen) of choice|go-to|preferred|ignore|disregard"
    r"|overrule|override|regardless of|instead of|is safe|despite the (?:warning|guidance|mechanism))\b",
    re.IGNORECASE,
)


def loosening(name: str) -> str | None:
    """Why a key, table or file of this name is refused; None when the name does not try to loosen anything."""
    words = re.split(r"[^a-z]+", name.lower().removesuffix(".toml"))
    if "not" in words and {"suggested", "covered"} & set(words):
        return _WARNING
    return next((why for why, pattern in _WORDS.items() if any(map(pattern.fullmatch, words))), None)


def loosening_text(text: str) -> str | None:
    """Why a free text is refused: it holds a dose, or reads like a rank or like leave to pass by a warning."""
    dose = _DOSE_IN_TEXT.search(text)
    if dose:
        return f'"{dose[0]}" reads like a dose: {_DOSE}'
    leave = _LEAVE_IN_TEXT.search(text)
    if leave:
        return f'"{leave[0]}" reads like a rank or like leave to pass by a warning: {_RANK}'
    return None


def hides_more_than_a_regimen(name: str) -> str:
    """What is said when `hide` names a rule, a fact or a conflict instead of an antimicrobial."""
    return f'"{name}" is no antimicrobial but a rule or statement of the edition: {_WARNING}'
