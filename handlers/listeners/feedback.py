"""Feedback on answers: recorded once for each user and answer; a thumbs-down may still follow a thumbs-up."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer
from handlers.layouts import feedback as words
from handlers.layouts.encoding import decode
from handlers.listeners.sending import NOT_RECORDED, Sending
from handlers.messages import Tap
from handlers.ports import AuditLog, SendFailed, StoreUnavailable, Verdict, Verdicts
from handlers.recording import event_of
from handlers.submissions import metadata, submission
from knowledge.question import Question


class Feedback:
    """Goes to the audit log, and a thumbs-down to the content owner's channel where one is set."""

    def __init__(
        self, answerer: Answerer, sending: Sending, verdicts: Verdicts, audit: AuditLog, channel: str | None
    ) -> None:
        self._answerer = answerer
        self._sending = sending
        self._verdicts = verdicts
        self._audit = audit
        self._channel = channel

    async def given(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A thumb: thanked for, or asked why. The button's value is the verdict and the question it is about."""
        tap = messages.tap(body, context)
        await ack()
        await self._sending.soon(self._given(tap))

    async def reason_submitted(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Why the answer did not help."""
        form = submission(body, context)
        await ack()
        await self._sending.soon(self._reported(form.tap, words.Reason(form.one("reason") or "")))

    async def _given(self, tap: Tap) -> None:
        refused = await self._answerer.permitted(tap.asker)
        if refused is not None:
            await self._sending.tell(tap, refused)
            return
        verdict, _, about = tap.value.partition(" ")
        if verdict != "good":
            await self._sending.open_modal(tap, words.form(metadata(tap, about)))
        elif await self._is_recorded(tap, _question(about), "good", {}):
            await self._sending.say(tap, words.thanks())

    async def _reported(self, tap: Tap, reason: words.Reason) -> None:
        refused = await self._answerer.permitted(tap.asker)
        if refused is not None:
            await self._sending.tell(tap, refused)
            return
        question = _question(tap.value)
        if not await self._is_recorded(tap, question, "bad", {"reason": reason.value}):
            return
        reached = False
        if self._channel:
            report = words.report(reason, _rid(tap), question, self._answerer.names)
            try:
                await self._sending.outbox.post(self._channel, report, None)
                reached = True
            except SendFailed:
                pass  # it is recorded; `doctor` says when the channel cannot be posted to
        await self._sending.say(tap, words.thanks_for_reason(reached=reached))

    async def _is_recorded(self, tap: Tap, question: Question | None, verdict: Verdict, more: dict[str, str]) -> bool:
        """False when it changes nothing or cannot be recorded; the user is told which."""
        asker, rid = tap.asker, _rid(tap)
        try:
            if not await self._verdicts.first(asker.team, rid, asker.user, verdict):
                await self._sending.say(tap, words.counted_already())
                return False
            try:
                await self._audit.append(event_of("feedback", asker, rid, question, {"feedback": verdict, **more}))
            except StoreUnavailable:
                await self._verdicts.forget(asker.team, rid, asker.user)
                raise
        except StoreUnavailable:
            await self._sending.say(tap, NOT_RECORDED)
            return False
        return True


def _question(encoded: str) -> Question | None:
    return decode(encoded) if encoded else None


def _rid(tap: Tap) -> str:
    if tap.rid is None:
        raise ValueError("feedback on a message without a request id")
    return tap.rid
