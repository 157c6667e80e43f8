"""What the clinician sees: a closed union, named for the reader and not for what went on inside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from handlers.parsed import Doubt, Parsed
from knowledge.answer import Answer
from knowledge.answer import NotCovered as KnowledgeGap
from knowledge.question import Question


class DenialReason(StrEnum):
    """Why an asker is refused."""

    GUEST = "guest"
    EXTERNAL = "external"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    OTHER_WORKSPACE = "other_workspace"
    CHANNEL = "channel"


class UnavailableReason(StrEnum):
    """Why no answer can be given now."""

    STORE = "store"  # limits or audit log out of reach
    STANDING = "standing"  # Slack did not say who asks
    ERROR = "error"  # an incident: see its id


@dataclass(frozen=True, slots=True)
class Answered:
    """Sourced options."""

    parsed: Parsed
    answer: Answer
    outcome: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class NotCovered:
    """The sources say nothing that may be offered: ID consultation."""

    parsed: Parsed
    gap: KnowledgeGap
    outcome: Literal["not_covered"] = "not_covered"


@dataclass(frozen=True, slots=True)
class Asked:
    """Something is missing or doubtful: the bot asks, it never guesses."""

    parsed: Parsed
    missing: tuple[Literal["mechanism", "site"], ...]
    doubts: tuple[Doubt, ...] = ()
    correcting: bool = False  # the asker wants to change what was understood
    outcome: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """Not about an adult with CRE."""

    parsed: Parsed
    outcome: Literal["out_of_scope"] = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Helped:
    """How to use the bot, with the pickers to start."""

    parsed: Parsed
    outcome: Literal["helped"] = "helped"


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit is reached."""

    scope: Literal["user", "channel", "workspace"]
    retry_after_seconds: int
    outcome: Literal["limited"] = "limited"


@dataclass(frozen=True, slots=True)
class Denied:
    """The asker may not ask here."""

    reason: DenialReason
    outcome: Literal["denied"] = "denied"


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No answer now; where to turn instead is always named."""

    reason: UnavailableReason
    incident: str | None = None
    outcome: Literal["unavailable"] = "unavailable"


Reply = Answered | NotCovered | Asked | OutOfScope | Helped | Limited | Denied | Unavailable


def parsed_from(question: Question) -> Parsed:
    """A parse for a question that came from a button or a form: nothing was read, so nothing is in doubt."""
    return Parsed(question=question)
