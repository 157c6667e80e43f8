"""How a finding can stand, and which findings are of one family."""

from __future__ import annotations

from enum import IntEnum

from knowledge.vocabulary import Kind


class Standing(IntEnum):
    """How a finding stands."""

    PRESENT = 0
    ABSENT = 1
    AWAITED = 2
    UNKNOWN = 3
    SUSPECTED = 4
    PAST = 5


FAMILY: dict[Kind, str] = {
    Kind.MECHANISM: "m", Kind.BYSTANDER: "m", Kind.TEST: "m", Kind.PORIN: "p", Kind.SITE: "s", Kind.PLACE: "s",
    Kind.ORGANISM: "o", Kind.OUTSIDER: "o", Kind.CRE: "c", Kind.DIALYSIS: "d",
}  # fmt: skip
