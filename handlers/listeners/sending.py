"""How a prepared reply reaches the asker: to them alone, in place of the tapped message, or in a thread."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from handlers.answering import Prepared
from handlers.delivering import Delivery
from handlers.layouts.blocks import note
from handlers.messages import Tap
from handlers.parsed import Context
from handlers.ports import Asker, Background, Outbox, SendFailed, ThreadMemory
from handlers.replies import Answered, Asked, Denied, Limited, NotCovered, Unavailable

_OUT_OF_REACH = frozenset({"channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived"})
NOT_OPENED = note("Slack did not open it in time. Please tap once more.")
NOT_RECORDED = note("That could not be recorded just now, so nothing was changed. Please try again in a minute.")
_BEFORE_ACK_SECONDS = 2.0  # Slack waits three seconds; past this the work goes on by itself


class Sending:
    """What every listener does with a reply; each delivery is recorded with its end."""

    def __init__(self, delivery: Delivery, outbox: Outbox, threads: ThreadMemory, background: Background) -> None:
        self.delivery = delivery
        self.outbox = outbox
        self.threads = threads
        self._background = background

    async def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` while Slack waits for the acknowledgement, and on by itself past that."""
        await self._background.within(_BEFORE_ACK_SECONDS, work)

    async def whisper(self, asker: Asker, prepared: Prepared) -> None:
        """Tell the asker alone, where they are."""
        if (payload := prepared.payload) is not None:
            await self.delivery.send(prepared.record, lambda: self._whisper(asker, payload))

    async def tell(self, tap: Tap, prepared: Prepared) -> None:
        """Tell the one who tapped alone, in a new message; a duplicate brings none."""
        if (payload := prepared.payload) is not None:
            await self.delivery.send(prepared.record, lambda: self.say(tap, payload))

    async def say(self, tap: Tap, payload: dict[str, Any]) -> None:
        """Words of no clinical content to the one who tapped: by the tap's own address, which needs no membership."""
        place = {"thread_ts": tap.asker.thread_ts} if tap.asker.thread_ts else {}
        try:
            await self.outbox.respond(tap.response_url or "", {"replace_original": False, **place, **payload})
        except SendFailed:
            await self._whisper(tap.asker, payload)

    async def open_modal(self, tap: Tap, view: dict[str, Any]) -> None:
        """Open a form, or say that Slack did not take it in time."""
        try:
            await self.outbox.open_modal(tap.trigger_id, view)
        except SendFailed:
            await self.say(tap, NOT_OPENED)

    async def answer_tap(self, tap: Tap, prepared: Prepared) -> None:
        """The reply to a pick or a form: where the tapped message stands; refusals to the one who tapped."""
        if prepared.payload is None:
            return
        if tap.asker.thread_ts:
            await self.remember(tap.asker, tap.asker.thread_ts, prepared)
        if isinstance(prepared.reply, Denied | Limited | Unavailable):
            await self.tell(tap, prepared)
        else:
            await self.replace(tap, prepared)

    async def replace(self, tap: Tap, prepared: Prepared) -> None:
        """Put the reply where the tapped message stands; one that is out of reach comes anew, in private."""
        if (payload := prepared.payload) is not None:
            await self.delivery.send(prepared.record, lambda: self._put(tap, payload))

    async def remember(self, asker: Asker, root: str, prepared: Prepared) -> None:
        """Keep what the thread has settled, for its follow-ups."""
        parsed = prepared.parsed
        if isinstance(prepared.reply, Answered | NotCovered | Asked) and parsed is not None and root:
            settled = Context(parsed.question.mechanisms, parsed.question.sites, parsed.question)
            if settled.mechanisms or settled.sites:
                await self.threads.remember(asker.team, asker.channel, root, settled)

    async def _put(self, tap: Tap, payload: dict[str, Any]) -> None:
        if not tap.message_ts:
            return await self.say(tap, payload)
        if not tap.ephemeral:
            try:
                return await self.outbox.update(tap.asker.channel, tap.message_ts, payload)
            except SendFailed:
                pass  # shared where the bot is no member: only the tap's own address reaches it
        try:
            await self.outbox.respond(tap.response_url or "", {"replace_original": True, **payload})
        except SendFailed:
            await self._whisper(tap.asker, payload)

    async def _whisper(self, asker: Asker, payload: dict[str, Any]) -> None:
        """Where they are; where the bot is no member, in the direct message."""
        if asker.channel != asker.user:
            try:
                await self.outbox.whisper(asker.channel, asker.user, payload, asker.thread_ts)
            except SendFailed as failure:
                if asker.channel_kind == "im" or failure.reason not in _OUT_OF_REACH:
                    raise
            else:
                return
        await self.outbox.post(asker.user, payload, None)
