"""Who reads an answer: a role orders and words its sections; what safety demands is the same for all."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a reader said of themselves in the App Home; physician until they do."""

    PHYSICIAN = "physician"
    PHARMACIST = "pharmacist"
    NURSE = "nurse"
    TRAINEE = "trainee"


ROLE_LABELS = {
    Role.PHYSICIAN: "Physician",
    Role.PHARMACIST: "Pharmacist",
    Role.NURSE: "Nurse or infection prevention",
    Role.TRAINEE: "Trainee",
}
