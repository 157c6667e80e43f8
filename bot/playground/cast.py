"""Who works in the small hospital of the playground, and where they talk."""

from __future__ import annotations

from bot.playground.records import Channel, User
from bot.playground.workspace import Clock, Workspace

TEAM = "T0HOSPITAL"
EXTERNAL_TEAM = "T0PARTNER1"
CONSULT_CHANNEL, FEEDBACK_CHANNEL = "C0IDCONS01", "C0PRIVATE1"
BOT = User("U0CREBOT01", "crebot", "CRE Bot", "bot", TEAM)

USERS = [
    User("U0CLINIC01", "clinician", "Dr. Ada Okafor", "member", TEAM, "Ward physician"),
    User("U0PHARMA01", "pharmacist", "Jonas Lindqvist", "member", TEAM, "Clinical pharmacist"),
    User("U0ADMIN001", "admin", "Dr. Mei Tanaka", "admin", TEAM, "Stewardship lead"),
    User("U0GUEST001", "guest", "Sam Rivera", "guest", TEAM, "Visiting student"),
    User("U0EXTERN01", "external", "Dr. Priya Nair", "external", EXTERNAL_TEAM, "Partner hospital"),
    User("U0OTHERBOT", "otherbot", "Paging Bot", "bot", TEAM),
]


def hospital(clock: Clock) -> Workspace:
    """A fresh workspace with its channels; the bot is in all but #lounge."""
    staff = {"U0CLINIC01", "U0PHARMA01", "U0ADMIN001"}
    everyone = {user.id for user in USERS}
    channels = [
        Channel(
            "C0IDCONS01", "id-consults", "channel", {*staff, BOT.id, "U0GUEST001", "U0OTHERBOT"}, "Infection questions"
        ),
        Channel("C0ICU00001", "icu", "channel", {*staff, BOT.id, "U0GUEST001"}, "Intensive care"),
        Channel("C0PRIVATE1", "stewardship", "group", {*staff, BOT.id}, "Antimicrobial stewardship, private"),
        Channel("C0SHARED01", "partner-icu", "channel", {*everyone, BOT.id}, "Shared with another hospital", True),
        Channel("C0LOUNGE01", "lounge", "channel", {*staff, "U0GUEST001"}, "The bot is not here"),
    ]
    return Workspace(
        clock, team=TEAM, domain="general-hospital", app_id="A0CREBOT01", bot=BOT, users=USERS, channels=channels
    )
