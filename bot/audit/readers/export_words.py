"""The words of an export: which kind of file, and why it is made."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """What kind of file."""

    JSONL = "jsonl"
    CSV = "csv"
    FHIR = "fhir"


class Reason(StrEnum):
    """Why an export is made: a word, because what a person writes has no place in the log. A ticket can be named."""

    AUDIT = "audit"
    COMPLAINT = "complaint"
    INCIDENT = "incident"
    LEGAL = "legal"
    QUALITY = "quality"
    RESEARCH = "research"
    SECURITY = "security"
