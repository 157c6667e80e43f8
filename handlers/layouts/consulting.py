"""What is said around an ID consult: to the consult channel, and to the one who asked. Labels only, no free text."""

from __future__ import annotations

from typing import Any

from handlers.layouts.blocks import Block, actions, button, context, escape, note, section
from handlers.layouts.encoding import decode
from handlers.layouts.labels import Names, understood
from handlers.ports import Consult
from handlers.replies import parsed_from

TAKE = "take_consult"


def asked(consult: Consult, names: Names, minutes: int | None) -> dict[str, Any]:
    """The question in the consult channel, open to be taken; `minutes` None: no reminder will come."""
    then = f"If nobody takes it within {_minutes(minutes)}, a reminder comes here." if minutes else "No reminder comes."
    lead = f"*ID consult asked for by {_who(consult.asker)}*"
    return _message(consult, lead, names, f"Not taken yet. {then}", open_=True)


def taken(consult: Consult, names: Names, taker: str) -> dict[str, Any]:
    """The same message once somebody has taken it."""
    lead = f"*Taken by {_who(taker)}.* ID consult asked for by {_who(consult.asker)}"
    return _message(consult, lead, names, "", open_=False)


def escalation(consult: Consult, names: Names, minutes: int, on_call: str) -> dict[str, Any]:
    """The reminder that Slack sends by itself unless "Take it" deletes it first."""
    lead = f"*This ID consult was still open {_minutes(minutes)} after {_who(consult.asker)} asked for it*"
    route = f"Take it, or call {escape(on_call)}. (Taken in the last minute? Then this crossed with it.)"
    return _message(consult, lead, names, route, open_=True)


def sent(minutes: int, on_call: str, *, reminds: bool) -> dict[str, Any]:
    """To the asker."""
    then = f" If nobody takes it within {_minutes(minutes)}, a reminder follows there." if reminds else ""
    said = "Sent to the ID consult channel: what I understood, not what was typed. You will hear who takes it."
    return note(said + then, on_call)


def asked_already(taker: str | None, on_call: str) -> dict[str, Any]:
    """To whoever asks for the same consult again."""
    state = f"It was taken by {_who(taker)}." if taker else "Nobody has taken it yet."
    return note(f"This consult was asked for already. {state}", on_call)


def no_channel(on_call: str) -> dict[str, Any]:
    """To the asker, where the hospital has named no channel."""
    return note(f"No consult channel is set up here. For an ID consult call {escape(on_call)}.")


def not_sent(on_call: str) -> dict[str, Any]:
    """To the asker, when Slack did not take the message."""
    return note(f"Your consult could not be sent. Please call {escape(on_call)}.")


def was_taken(consult: Consult, names: Names, taker: str) -> dict[str, Any]:
    """To the asker."""
    return note(f"{_who(taker)} has taken your ID consult: {_label(consult, names)}.")


def please_tell(asker: str) -> dict[str, Any]:
    """To a taker, when Slack did not take all that should say so."""
    return note(f"You have taken it, but I could not tell everybody: please write to {_who(asker)}.")


def too_late(taker: str, *, own: bool) -> dict[str, Any]:
    """To whoever was not the first to take it."""
    return note("You have taken it already." if own else f"{_who(taker)} has taken it already.")


def gone(on_call: str) -> dict[str, Any]:
    """To a taker of what is not known any more."""
    return note("I no longer know this consult (older than 7 days?). Please write to the one who asked.", on_call)


def _message(consult: Consult, lead: str, names: Names, state: str, *, open_: bool) -> dict[str, Any]:
    label = _label(consult, names)
    link = f"<{consult.link}|The thread it was asked in>" if consult.link else ""
    blocks: list[Block] = [section(f"{lead}\n*Understood as:* {label}")]
    if small := [words for words in (link, state) if words]:
        blocks.append(context(*small))
    if open_:
        blocks.append(actions([button("Take it", TAKE, f"{consult.team}:{consult.id}", primary=True)]))
    text = f"{lead.replace('*', '')}: {label}. {state}"
    return {"text": text.strip(), "blocks": blocks}


def _label(consult: Consult, names: Names) -> str:
    return escape(understood(parsed_from(decode(consult.question)), names))


def _who(user: str) -> str:
    return f"<@{user}>"


def _minutes(minutes: int) -> str:
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
