"""Private replies when there is no answer for a reason outside the question: kind, clear, with the way to a person."""

from __future__ import annotations

from handlers.layouts.blocks import Block, context, escape, section
from handlers.replies import DenialReason, Denied, Limited, Unavailable, UnavailableReason

DENIALS = {
    DenialReason.GUEST: "I answer full members of this workspace only; you are here as a guest.",
    DenialReason.EXTERNAL: "I answer members of the hospital's own workspace only; you come from another organisation.",
    DenialReason.BOT: "I do not answer other apps.",
    DenialReason.DEACTIVATED: "This account is not active.",
    DenialReason.OTHER_WORKSPACE: "I am not installed for your workspace.",
    DenialReason.CHANNEL: "I am not switched on in this channel. Ask me in a direct message.",
}
_SCOPES = {
    "user": "You have asked a lot in a short time.",
    "channel": "This channel has asked a lot in a short time.",
    "workspace": "The whole workspace is asking a lot right now.",
}
_UNAVAILABLE = {
    UnavailableReason.STORE: (
        "I cannot record questions right now, and I never answer unrecorded. "
        "Nothing was answered. Try again in a minute."
    ),
    UnavailableReason.STANDING: "I could not check with Slack who is asking. Try again in a moment.",
    UnavailableReason.ERROR: "Something went wrong on my side; nothing was answered.",
}


def limited(reply: Limited, on_call: str) -> list[Block]:
    """When to try again."""
    seconds = reply.retry_after_seconds
    unit = "second" if seconds == 1 else "seconds"
    return _private(f"{_SCOPES[reply.scope]} Please try again in {seconds} {unit}.", on_call)


def denied(reply: Denied, on_call: str) -> list[Block]:
    """Why the asker may not ask here."""
    return _private(DENIALS[reply.reason], on_call)


def unavailable(reply: Unavailable, on_call: str) -> list[Block]:
    """Why not now; an incident has an id that the operator finds in the log."""
    text = _UNAVAILABLE[reply.reason]
    if reply.incident:
        text += f" Incident {reply.incident}."
    return _private(text, on_call)


def _private(text: str, on_call: str) -> list[Block]:
    return [section(text), context(f"Urgent? Call {escape(on_call)}")]
