"""Taps that change what was understood: a picked mechanism, site or antimicrobial, and "Correct this"."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer
from handlers.layouts.encoding import decode
from handlers.listeners.sending import Sending
from handlers.messages import Tap
from handlers.replies import Asked


class Picking:
    """Every button carries the whole question with its pick applied."""

    def __init__(self, answerer: Answerer, sending: Sending) -> None:
        self._answerer = answerer
        self._sending = sending

    async def pick(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A picked mechanism, site or antimicrobial: the answer replaces the question."""
        tap = messages.tap(body, context)
        await ack()
        await self._sending.soon(self._picked(tap))

    async def correct(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Something was understood wrongly: every mechanism and site to tap, for the one who wants to change it."""
        tap = messages.tap(body, context)
        await ack()
        await self._sending.soon(self._corrected(tap))

    async def _picked(self, tap: Tap) -> None:
        await self._sending.answer_tap(tap, await self._answerer.ask_again(tap.asker, decode(tap.value)))

    async def _corrected(self, tap: Tap) -> None:
        prepared = await self._answerer.correct(tap.asker, decode(tap.value))
        if prepared.payload is None:
            return
        if tap.ephemeral and isinstance(prepared.reply, Asked):
            await self._sending.replace(tap, prepared)
        else:
            await self._sending.whisper(tap.asker, prepared)
