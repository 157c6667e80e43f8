"""Forms: a modal opens, and what was filled in is answered where the tapped message stands."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer
from handlers.layouts.encoding import decode
from handlers.layouts.modals import renal_from, renal_modal
from handlers.listeners.sending import Sending
from handlers.messages import Tap
from knowledge.question import Question


class Forms:
    """Opens forms and takes them back; a wrong value is told at its field."""

    def __init__(self, answerer: Answerer, sending: Sending) -> None:
        self._answerer = answerer
        self._sending = sending

    async def set_renal(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Opens the form for kidney function."""
        tap = messages.tap(body, context)
        await ack()
        await self._sending.outbox.open_modal(tap.trigger_id, renal_modal(messages.metadata(tap)))

    async def renal_submitted(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Kidney function given: the answer is shown again for it."""
        form = messages.form(body, context)
        renal = renal_from(form.measure, form.number)
        if isinstance(renal, dict):
            await ack(response_action="errors", errors=renal)
            return
        await ack()
        question = decode(form.tap.value).model_copy(update={"renal": renal})
        await self._sending.soon(self._answered(form.tap, question))

    async def _answered(self, tap: Tap, question: Question) -> None:
        await self._sending.answer_tap(tap, await self._answerer.ask_again(tap.asker, question))
