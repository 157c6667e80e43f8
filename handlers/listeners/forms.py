"""Forms: a modal opens with what is known, and what was filled in is answered where the tapped message stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import filled, messages
from handlers.answering import Answerer
from handlers.layouts import forms
from handlers.layouts.encoding import decode, encode
from handlers.listeners.sending import Sending
from handlers.messages import Tap
from handlers.submissions import Submission, metadata, submission
from knowledge.question import Question


class Forms:
    """Opens forms and takes them back; a wrong value is told at its field and changes nothing."""

    def __init__(self, answerer: Answerer, sending: Sending) -> None:
        self._answerer = answerer
        self._sending = sending

    async def set_renal(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Kidney function."""
        await self._tapped(ack, messages.tap(body, context), forms.renal_form)

    async def set_reports(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Reported susceptibilities."""
        names = self._answerer.names
        tap = messages.tap(body, context)
        await self._tapped(ack, tap, lambda question, kept: forms.reports_form(question, names, kept))

    async def set_allergy(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Allergy and co-medication."""
        await self._tapped(ack, messages.tap(body, context), forms.allergy_form)

    async def new_question(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A whole question, by button or by the shortcut of the workspace; its answer is a message of its own."""
        await ack()
        await self._sending.soon(self.open_question(messages.tap(body, context)))

    async def open_question(self, tap: Tap) -> None:
        """The form of a whole question, with what the tapped message knew."""
        refused = await self._answerer.permitted(tap.asker)
        if refused is not None:
            await self._sending.tell(tap, refused)
            return
        await self._sending.open_modal(tap, self.question_view(tap))

    def question_view(self, tap: Tap) -> dict[str, Any]:
        """The view of that form."""
        question = decode(tap.value) if tap.value else Question()
        kept = metadata(replace(tap, message_ts="", ephemeral=True), encode(Question()))
        return forms.question_form(question, self._answerer.names, kept)

    async def renal_submitted(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The answer is shown again for this kidney function."""
        await self._changed(ack, submission(body, context), filled.renal_of)

    async def reports_submitted(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The answer is shown again for these reports."""
        names = self._answerer.names
        await self._changed(
            ack, submission(body, context), lambda question, form: filled.reports_of(question, form, names)
        )

    async def allergy_submitted(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The answer is shown again for this allergy and co-medication."""
        await self._changed(ack, submission(body, context), filled.allergy_of)

    async def question_submitted(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A question like one in words: charged, and answered to the asker alone."""
        form = submission(body, context)
        found = filled.question_of(form, self._answerer.names)
        if isinstance(found, dict):
            await ack(response_action="errors", errors=found)
            return
        await ack()
        await self._sending.soon(self._asked(form.tap, found))

    async def _asked(self, tap: Tap, question: Question) -> None:
        await self._sending.tell(tap, await self._answerer.ask_again(tap.asker, question, charge=True))

    async def _tapped(self, ack: AsyncAck, tap: Tap, draw: Callable[[Question, str], dict[str, Any]]) -> None:
        await ack()
        await self._sending.soon(self._opened(tap, draw))

    async def _opened(self, tap: Tap, draw: Callable[[Question, str], dict[str, Any]]) -> None:
        refused = await self._answerer.permitted(tap.asker)
        if refused is not None:
            await self._sending.tell(tap, refused)
            return
        await self._sending.open_modal(tap, draw(decode(tap.value), metadata(tap)))

    async def _changed(
        self,
        ack: AsyncAck,
        form: Submission,
        change: Callable[[Question, Submission], Question | filled.Faults],
    ) -> None:
        found = change(decode(form.tap.value), form)
        if isinstance(found, dict):
            await ack(response_action="errors", errors=found)
            return
        await ack()
        await self._sending.soon(self._answered(form.tap, found))

    async def _answered(self, tap: Tap, question: Question) -> None:
        await self._sending.answer_tap(tap, await self._answerer.ask_again(tap.asker, question))
