"""The status of an edition: computed from signed records that name exactly this digest, never typed.

Records say who approved; who may approve comes from the operator (`ReviewRules.signers`), never from beside a record.
This package knows no cryptography: `verify` is passed in, and without it nobody has signed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from knowledge.content import Edition

AWAITING_REVIEW = "Awaiting review"
REVIEWERS_NEEDED = 2
_MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June")
_MONTHS += ("July", "August", "September", "October", "November", "December")

Verify = Callable[[bytes, bytes, bytes], bool]
"""(public key, statement, signature): whether the signature is by this key over exactly this statement."""


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a character that is not printable; write it on one line")
    return value


OneLine = Annotated[
    str, StringConstraints(min_length=2, max_length=80, strip_whitespace=True), AfterValidator(_printable)
]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=120)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Signer(_Strict):
    """Somebody whose approval counts, with the public half of their key (Ed25519, base64).

    A key whose owner has left stays with `until`: what it signed later than that day does not count.
    """

    name: OneLine
    role: OneLine
    public_key: Base64
    until: date | None = None


class SignOff(_Strict):
    """One reviewer's approval of one content."""

    edition: OneLine
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    reviewer: OneLine
    role: OneLine
    signed_on: date
    signature: Base64

    def statement(self) -> bytes:
        """What is signed."""
        return statement(self.edition, self.digest, self.reviewer, self.role, self.signed_on)


def statement(edition: str, digest: str, reviewer: str, role: str, signed_on: date) -> bytes:
    """The canonical words a reviewer signs: one field a line, and no field can hold a line break."""
    lines = (
        "cre-bot sign-off, version 1",
        f"edition: {edition}",
        f"digest: {digest}",
        f"reviewer: {reviewer}",
        f"role: {role}",
        f"date: {signed_on.isoformat()}",
    )
    return "\n".join(lines).encode()


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """What it takes to be approved here. As it stands nobody is trusted, so nothing is approved."""

    signers: tuple[Signer, ...] = ()
    needed: int = REVIEWERS_NEEDED
    folder: Path | None = None  # where the records are; None: `signoffs/` of the data folder
    verify: Verify = field(default=lambda key, said, signature: False)


NOBODY_TRUSTED = ReviewRules()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One record and whether it counts. `why` is empty when it does."""

    file: str
    record: SignOff | None
    why: str = ""

    @property
    def counts(self) -> bool:
        """Whether this approval counts."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Review:
    """The status with its reasons."""

    verdicts: tuple[Verdict, ...]
    needed: int

    @property
    def approvals(self) -> tuple[SignOff, ...]:
        """The approvals that count, in order of date."""
        found = [v.record for v in self.verdicts if v.counts and v.record is not None]
        return tuple(sorted(found, key=lambda each: (each.signed_on, each.reviewer)))

    @property
    def missing(self) -> int:
        """How many more reviewers are needed."""
        return max(0, self.needed - len(self.approvals))

    @property
    def status(self) -> str:
        """As shown in every answer: the reviewers who made the number full, and the day it was."""
        if self.missing:
            return AWAITING_REVIEW
        counted = self.approvals[: self.needed]
        day = counted[-1].signed_on
        who = " and ".join(f"{each.reviewer}, {each.role}" for each in counted)
        return f"Approved by {who} on {day.day} {_MONTHS[day.month - 1]} {day.year}"


def review(edition: Edition, digest: str, folder: Path, rules: ReviewRules = NOBODY_TRUSTED) -> Review:
    """Weigh every record of `folder`. A record that can't be read counts for nothing and stops nothing."""
    verdicts: list[Verdict] = []
    counted: set[str] = set()
    for path in sorted(folder.glob("*.toml")):
        verdict = _weigh(path, edition, digest, rules)
        if verdict.counts and verdict.record is not None:
            who = verdict.record.reviewer.casefold()
            if who in counted:
                verdict = Verdict(path.name, verdict.record, "this reviewer is counted already: another one is needed")
            counted.add(who)
        verdicts.append(verdict)
    return Review(tuple(verdicts), max(1, rules.needed))


def _weigh(path: Path, edition: Edition, digest: str, rules: ReviewRules) -> Verdict:
    try:
        record = SignOff.model_validate(tomllib.loads(path.read_bytes().decode())["signoff"])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError):
        return Verdict(path.name, None, "not readable as a sign-off record: make it anew with `sign`")
    except ValidationError as error:
        keys = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors(include_url=False))
        return Verdict(path.name, None, f"not a complete sign-off record ({keys}): make it anew with `sign`")
    return Verdict(path.name, record, _objection(record, edition, digest, rules))


def _objection(record: SignOff, edition: Edition, digest: str, rules: ReviewRules) -> str:
    if record.digest != digest or record.edition != edition.id:
        return f"signs other content (edition {record.edition}, digest {record.digest[:12]}), not this one"
    if record.signed_on < edition.compiled_on:
        return f"dated before this edition was compiled ({edition.compiled_on})"
    if record.signed_on > edition.review_due_on:
        return (
            f"dated after this edition's review date ({edition.review_due_on}): it needs a new edition, not a signature"
        )
    named = [signer for signer in rules.signers if signer.name == record.reviewer]
    if not named:
        return "no trusted signer has this name"
    if not any(signer.role == record.role for signer in named):
        return f"this signer is trusted as {named[0].role}, not as {record.role}"
    by = [s for s in named if s.role == record.role and _signed_by(s, record, rules.verify)]
    if not by:
        return "the signature does not fit: it is of another key, or the record was changed after signing"
    if all(signer.until is not None and record.signed_on > signer.until for signer in by):
        return f"signed after this key's last day ({by[0].until})"
    return ""


def _signed_by(signer: Signer, record: SignOff, verify: Verify) -> bool:
    try:
        return verify(signer.public_key.encode(), record.statement(), record.signature.encode())
    except ValueError:
        return False
