"""What admission in Redis and admission in this process share."""

from __future__ import annotations

from dataclasses import dataclass

from bot.current import current_request
from bot.settings import Settings
from bot.settings_values import Limit
from handlers.ports import Surface

EVENTS = frozenset({Surface.MENTION, Surface.DM})
"""Surfaces whose deliveries are leased until their reply is posted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The three limits of a question."""

    user: Limit
    channel: Limit
    workspace: Limit

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(settings.limit_user, settings.limit_channel, settings.limit_workspace)


def leave_unacknowledged() -> None:
    """Another attempt took the event and has not posted; should it have crashed, a later retry finds no lease."""
    current = current_request.get()
    if current is not None:
        current.deliver_again = True
