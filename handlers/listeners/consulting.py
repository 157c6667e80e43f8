"""ID consult: the parsed question to the consult channel, "Take it", and a reminder that Slack itself keeps.

No replica keeps a timer: the reminder is a scheduled message, and taking the consult deletes it. So that nobody took
a consult in time is known, and recorded as escalated, when "Take it" finds the reminder gone out (or about to: Slack
deletes none within its last minute). A consult that is never taken has `consult.requested` and nothing after it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer
from handlers.layouts import consulting as words
from handlers.layouts.encoding import decode
from handlers.listeners.sending import NOT_RECORDED, Sending
from handlers.messages import Tap
from handlers.ports import Asker, AuditLog, Clock, Consult, Consults, EntryType, SendFailed, StoreUnavailable
from handlers.recording import event_of
from knowledge.question import Question


@dataclass(frozen=True, slots=True)
class Desk:
    """Where consults go, how long one may stay open, and the route that needs no bot."""

    on_call: str
    channel: str | None = None
    minutes: int = 15
    workspace_url: str | None = None  # for links to threads


class Consulting:
    """Asked once for each answer, taken by one."""

    def __init__(
        self, answerer: Answerer, sending: Sending, consults: Consults, audit: AuditLog, clock: Clock, desk: Desk
    ) -> None:
        self._answerer = answerer
        self._sending = sending
        self._consults = consults
        self._audit = audit
        self._clock = clock
        self._desk = desk

    async def ask(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The button beside the line on consultation."""
        tap = messages.tap(body, context)
        await ack()
        await self._sending.soon(self._asked(tap))

    async def take(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """ "Take it", in the consult channel."""
        tap = messages.tap(body, context)
        await ack()
        await self._sending.soon(self._taken(tap))

    async def _asked(self, tap: Tap) -> None:
        refused = await self._answerer.permitted(tap.asker)
        if refused is not None:
            await self._sending.tell(tap, refused)
            return
        desk, asker = self._desk, tap.asker
        consult = Consult(
            id=tap.rid or self._answerer.new_id(),
            team=asker.team,
            asker=asker.user,
            asked_in=asker.channel,
            question=tap.value,
            channel=desk.channel or "",
            thread_ts=asker.thread_ts,
            link=_link(desk.workspace_url, tap),
        )
        try:
            if desk.channel and not await self._consults.claim(asker.team, consult.id):
                taker = await self._consults.taker(asker.team, consult.id)
                await self._sending.say(tap, words.asked_already(taker, desk.on_call))
                return
            await self._record("consult.requested", asker, consult, "sent" if desk.channel else "no_channel")
        except StoreUnavailable:
            await self._sending.say(tap, words.not_sent(desk.on_call))
            return
        if not desk.channel:
            await self._sending.say(tap, words.no_channel(desk.on_call))
            return
        await self._sending.say(tap, await self._posted(consult, asker))

    async def _posted(self, consult: Consult, asker: Asker) -> dict[str, Any]:
        """Post it and have the reminder scheduled; what the asker is told."""
        desk, outbox, names = self._desk, self._sending.outbox, self._answerer.names
        try:
            ts = await outbox.post(consult.channel, words.asked(consult, names, desk.minutes), None)
        except SendFailed as failure:
            self._note("consult.requested", asker, consult, {"status": "failed", "error": failure.reason})
            await self._dropped(consult)
            return words.not_sent(desk.on_call)
        at = self._clock.now_ms() // 1000 + desk.minutes * 60
        try:
            reminder = words.escalation(consult, names, desk.minutes, desk.on_call)
            scheduled: str | None = await outbox.schedule(consult.channel, reminder, at, None)
        except SendFailed:
            scheduled = None
            with suppress(SendFailed):
                await outbox.update(consult.channel, ts, words.asked(consult, names, None))
        with suppress(StoreUnavailable):  # it stands in the channel with its asker's name, and the reminder will come
            await self._consults.keep(replace(consult, ts=ts, scheduled_id=scheduled, escalates_at=at))
        return words.sent(desk.minutes, desk.on_call, reminds=scheduled is not None)

    async def _taken(self, tap: Tap) -> None:
        refused = await self._answerer.permitted(tap.asker, anywhere=True)
        if refused is not None:
            await self._sending.tell(tap, refused)
            return
        team, _, consult_id = tap.value.partition(":")
        asker = tap.asker
        try:
            consult = await self._consults.find(team, consult_id)
            if consult is None:
                await self._sending.say(tap, words.gone(self._desk.on_call))
                return
            other = await self._consults.take(team, consult_id, asker.user)
            if other is not None:
                await self._sending.say(tap, words.too_late(other, own=other == asker.user))
                await self._is_shown(tap, consult, other)  # should the winner's replica have gone before it could
                return
            await self._recorded_take(asker, consult)
        except StoreUnavailable:
            await self._sending.say(tap, NOT_RECORDED)
            return
        await self._stop_reminder(asker, consult)
        is_shown = await self._is_shown(tap, consult, asker.user)
        if not await self._is_told(consult, asker.user) or not is_shown:
            await self._sending.say(tap, words.please_tell(consult.asker))

    async def _recorded_take(self, asker: Asker, consult: Consult) -> None:
        try:
            await self._record("consult.taken", asker, consult, "taken")
        except StoreUnavailable:
            await self._consults.give_back(consult.team, consult.id)
            raise

    async def _stop_reminder(self, asker: Asker, consult: Consult) -> None:
        if consult.scheduled_id is None:
            return
        try:
            in_time = await self._sending.outbox.unschedule(consult.channel, consult.scheduled_id)
        except SendFailed as failure:
            self._note("consult.escalated", asker, consult, {"status": "unknown", "error": failure.reason})
            return
        if not in_time:
            self._note("consult.escalated", asker, consult, {"status": "ok"})

    async def _is_shown(self, tap: Tap, consult: Consult, taker: str) -> bool:
        """Who has it, on the consult itself and on the reminder if that was tapped."""
        shown = words.taken(consult, self._answerer.names, taker)
        try:
            for ts in dict.fromkeys((consult.ts, tap.message_ts)):
                await self._sending.outbox.update(consult.channel, ts, shown)
        except SendFailed:
            return False
        return True

    async def _is_told(self, consult: Consult, taker: str) -> bool:
        """Who has it, to the asker: in the direct message, which stays, else where they asked."""
        told, outbox = words.was_taken(consult, self._answerer.names, taker), self._sending.outbox
        try:
            await outbox.post(consult.asker, told, None)
        except SendFailed:
            try:
                await outbox.whisper(consult.asked_in, consult.asker, told, consult.thread_ts)
            except SendFailed:
                return False
        return True

    async def _dropped(self, consult: Consult) -> None:
        with suppress(StoreUnavailable):  # the claim ends by itself within a minute
            await self._consults.drop(consult.team, consult.id)

    async def _record(self, kind: EntryType, asker: Asker, consult: Consult, state: str) -> None:
        await self._audit.append(
            event_of(kind, asker, consult.id, _question(consult), {"consult": state, "asked_by": consult.asker})
        )

    def _note(self, kind: EntryType, asker: Asker, consult: Consult, dlv: dict[str, Any]) -> None:
        said = {"consult": kind.rpartition(".")[2], "asked_by": consult.asker}
        self._audit.note(replace(event_of(kind, asker, consult.id, _question(consult), said), dlv=dlv))


def _question(consult: Consult) -> Question:
    return decode(consult.question)


def _link(workspace_url: str | None, tap: Tap) -> str | None:
    """To the thread, where others can read it."""
    asker = tap.asker
    ts = asker.thread_ts or (None if tap.ephemeral else tap.message_ts)
    if not workspace_url or not ts or asker.channel_kind == "im":
        return None
    return f"{workspace_url}archives/{asker.channel}/p{ts.replace('.', '')}"
