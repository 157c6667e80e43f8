"""Suggested prompts: a few questions to begin with, above an empty conversation, fitting the reader's role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.ports import Asker, Outbox, Profiles
from handlers.roles import Role

TITLE = "Ask about a CRE infection"
_HELP = {"title": "What can you do?", "message": "help"}
PROMPTS: Mapping[Role, Sequence[Mapping[str, str]]] = {
    Role.PHYSICIAN: (
        {"title": "KPC in the blood", "message": "KPC bacteremia"},
        {"title": "NDM pneumonia, reduced kidney function", "message": "NDM pneumonia, CrCl 25"},
        {"title": "OXA-48-like pyelonephritis", "message": "OXA-48 pyelonephritis, eGFR 40"},
        _HELP,
    ),
    Role.PHARMACIST: (
        {"title": "A dose on CRRT", "message": "cefiderocol dose CRRT"},
        {"title": "A dose by kidney function", "message": "ceftazidime-avibactam dose, KPC bacteremia, CrCl 25"},
        {"title": "How long to treat", "message": "duration KPC bacteremia"},
        _HELP,
    ),
    Role.NURSE: (
        {"title": "Precautions for NDM", "message": "contact precautions NDM"},
        {"title": "Precautions for KPC", "message": "contact precautions KPC"},
        {"title": "KPC in the blood", "message": "KPC bacteremia"},
        _HELP,
    ),
    Role.TRAINEE: (
        {"title": "KPC in the blood", "message": "KPC bacteremia"},
        {"title": "What is the evidence?", "message": "evidence KPC bacteremia"},
        {"title": "One antimicrobial or two?", "message": "combination therapy NDM bacteremia"},
        _HELP,
    ),
}


class Prompts:
    """Shown when somebody opens their conversation with the bot."""

    def __init__(self, outbox: Outbox, profiles: Profiles) -> None:
        self._outbox = outbox
        self._profiles = profiles

    async def suggest(self, asker: Asker) -> None:
        """Put the prompts of the asker's role there."""
        role = await self._profiles.role(asker.team, asker.user)
        await self._outbox.prompts(asker.channel, TITLE, PROMPTS[role])
