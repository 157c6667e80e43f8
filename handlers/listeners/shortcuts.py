"""The shortcut on a message: its text is read once and answered to the one who asked."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer
from handlers.listeners.forms import Forms
from handlers.listeners.sending import Sending
from handlers.messages import Tap
from handlers.parsed import Context


class Shortcuts:
    """ "Ask CRE bot about this message"; the shortcut of the whole workspace opens the form (`Forms`)."""

    def __init__(self, answerer: Answerer, sending: Sending, forms: Forms) -> None:
        self._answerer = answerer
        self._sending = sending
        self._forms = forms

    async def ask_about_message(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Answered in private, whoever wrote the message; one without words opens the form."""
        tap, text = messages.message_shortcut(body, context)
        await ack()
        await self._sending.soon(self._asked(tap, text) if text.strip() else self._forms.open_question(tap))

    async def _asked(self, tap: Tap, text: str) -> None:
        await self._sending.tell(tap, await self._answerer.ask(tap.asker, text, Context()))
