"""Modals to read: all of an answer, all of the article."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer
from handlers.layouts.encoding import decode
from handlers.layouts.modals import article_modal, details_modal
from handlers.listeners.sending import NOT_OPENED, Sending
from handlers.messages import Tap
from handlers.ports import SendFailed
from knowledge.answer import Answer


class Views:
    """Each is recorded like the answer that it belongs to."""

    def __init__(self, answerer: Answerer, sending: Sending) -> None:
        self._answerer = answerer
        self._sending = sending

    async def show_details(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Everything that a message had no room for."""
        knowledge = self._answerer.knowledge
        await self._show(
            ack, messages.tap(body, context), lambda answer: details_modal(answer, knowledge.background(answer))
        )

    async def show_article(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """What the educational article says, all of it."""
        knowledge = self._answerer.knowledge
        article = knowledge.content.article
        statements, printed = knowledge.article_statements, knowledge.article_references
        await self._show(
            ack,
            messages.tap(body, context),
            lambda answer: article_modal(article.label, article.flaws, statements, printed, answer),
        )

    async def _show(self, ack: AsyncAck, tap: Tap, draw: Callable[[Answer], dict[str, Any]]) -> None:
        await ack()
        await self._sending.soon(self._shown(tap, draw))

    async def _shown(self, tap: Tap, draw: Callable[[Answer], dict[str, Any]]) -> None:
        prepared = await self._answerer.show(tap.asker, decode(tap.value), draw)
        if prepared.payload is None:
            return
        if prepared.payload.get("type") == "modal":
            view, sending = prepared.payload, self._sending

            async def opened() -> None:  # a view has no ts
                await sending.outbox.open_modal(tap.trigger_id, view)

            try:
                await sending.delivery.send(prepared.record, opened)
            except SendFailed:
                await sending.say(tap, NOT_OPENED)
        else:
            await self._sending.tell(tap, prepared)
