"""Share: a private answer for others to see, with who shared it."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer
from handlers.layouts.blocks import context as small_print
from handlers.layouts.blocks import note
from handlers.layouts.encoding import decode
from handlers.listeners.sending import Sending
from handlers.messages import Tap
from handlers.ports import SendFailed
from handlers.replies import Answered, NotCovered

_NOT_SHARED = (
    "Slack did not let me share it here. If I am not in this channel, invite me (`/invite @CRE Bot`) and ask again."
)


class Sharing:
    """The asker's words are not in it: only what was understood."""

    def __init__(self, answerer: Answerer, sending: Sending) -> None:
        self._answerer = answerer
        self._sending = sending

    async def share(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Shows a private answer to the channel, or to the thread it belongs to."""
        tap = messages.tap(body, context)
        await ack()
        await self._sending.soon(self._shared(tap))

    async def _shared(self, tap: Tap) -> None:
        shared_by = f"Shared by <@{tap.asker.user}>"
        public = await self._answerer.share(tap.asker, decode(tap.value))
        if public.payload is None:
            return
        if not isinstance(public.reply, Answered | NotCovered):
            await self._sending.tell(tap, public)
            return
        text, blocks = public.payload["text"], public.payload["blocks"]
        payload = {"text": f"{shared_by}. {text}", "blocks": [small_print(shared_by), *blocks]}
        try:
            await self._sending.delivery.send(public.record, lambda: self._publish(tap, payload))
        except SendFailed:
            await self._sending.say(tap, note(_NOT_SHARED))

    async def _publish(self, tap: Tap, payload: dict[str, Any]) -> str | None:
        extra: dict[str, Any] = {"response_type": "in_channel", "replace_original": False}
        if tap.asker.thread_ts:
            extra["thread_ts"] = tap.asker.thread_ts
        outbox = self._sending.outbox
        try:
            await outbox.respond(tap.response_url or "", {**extra, **payload})
        except SendFailed:
            return await outbox.post(tap.asker.channel, payload, tap.asker.thread_ts)
        return None
