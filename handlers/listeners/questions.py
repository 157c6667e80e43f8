"""Questions in words: the command, a mention, a direct message."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from handlers import messages
from handlers.answering import Answerer, Prepared
from handlers.layouts.blocks import context as small_print
from handlers.layouts.rendering import identifier_warning
from handlers.listeners.forms import Forms
from handlers.listeners.sending import Sending
from handlers.messages import Message, Tap
from handlers.parsed import Context
from handlers.ports import SendFailed, Surface
from handlers.replies import Asked, Denied, Limited, Unavailable

_FORM_SECONDS = 1.5
_JSON: dict[str, str | Sequence[str]] = {"content-type": "application/json;charset=utf-8"}
_PRIVATE = (Asked, Denied, Limited, Unavailable)


class Questions:
    """Reads a text, once."""

    def __init__(self, answerer: Answerer, sending: Sending, forms: Forms) -> None:
        self._answerer = answerer
        self._sending = sending
        self._forms = forms

    async def command(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """`/cre …`: the answer is the body of the acknowledgement; with nothing after it the form opens."""
        message = messages.command(body, context)
        prepared: Prepared | None = None
        if not message.text.strip():
            tap = messages.command_tap(message.asker, body)
            prepared = await self._answerer.permitted(tap.asker)
            if prepared is None and await self._has_opened(tap):
                await ack()
                return
        if prepared is None:
            prepared = await self._answerer.ask(message.asker, message.text, Context())
        if prepared.shown is None:
            await ack()
            return
        self._sending.delivery.with_ack(prepared.record)
        said = prepared.shown.ack_body(prepared.rid)  # not by `ack()`: to encode it takes longer than to answer
        ack.response = BoltResponse(status=200, body=said, headers=_JSON)

    async def _has_opened(self, tap: Tap) -> bool:
        """The form, if Slack takes it in time: the help reply must still be able to follow in the acknowledgement."""
        try:
            async with asyncio.timeout(_FORM_SECONDS):
                await self._sending.outbox.open_modal(tap.trigger_id, self._forms.question_view(tap))
        except (SendFailed, TimeoutError):
            return False
        return True

    async def mention(self, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A mention: answered in its thread, asked back in private."""
        message = messages.event(body, context, Surface.MENTION)
        if message is not None:
            await self._sending.soon(self._heard(message))

    async def direct_message(self, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A message in the direct conversation with the bot."""
        if body["event"].get("channel_type") != "im":
            return
        message = messages.event(body, context, Surface.DM)
        if message is not None:
            await self._sending.soon(self._heard(message))

    async def _heard(self, message: Message) -> None:
        asker, sending = message.asker, self._sending
        root = asker.thread_ts or asker.message_ts or ""
        known = await sending.threads.recall(asker.team, asker.channel, root) if asker.thread_ts else Context()
        prepared = await self._answerer.ask(asker, message.text, known)
        if prepared.payload is None:
            return
        await sending.remember(asker, root, prepared)
        if asker.surface is Surface.MENTION and isinstance(prepared.reply, _PRIVATE):
            await sending.whisper(asker, prepared)
        else:
            payload = prepared.payload
            await sending.delivery.send(prepared.record, lambda: sending.outbox.post(asker.channel, payload, root))
        parsed = prepared.parsed
        if not asker.private and parsed and parsed.identifiers and not isinstance(prepared.reply, _PRIVATE):
            warning = identifier_warning(parsed)
            payload = {"text": warning, "blocks": [small_print(warning)]}
            await sending.outbox.whisper(asker.channel, asker.user, payload, asker.thread_ts)
        await self._answerer.settled(asker)
