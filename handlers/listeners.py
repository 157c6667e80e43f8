"""The Slack-aware part of the conversation: an event in, the answerer asked, the reply on its way."""

from __future__ import annotations

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.answering import Answerer, Prepared
from handlers.delivering import Delivery
from handlers.layouts.blocks import context as small_print
from handlers.layouts.encoding import decode
from handlers.layouts.modals import article_modal, details_modal, renal_from, renal_modal
from handlers.layouts.rendering import identifier_warning
from handlers.messages import Message, Tap
from handlers.parsed import Context
from handlers.ports import Asker, Background, Outbox, SendFailed, Surface, ThreadMemory
from handlers.replies import Answered, Asked, Denied, Limited, NotCovered, Unavailable
from knowledge.question import Question

_BEFORE_ACK_SECONDS = 2.0  # Slack waits three seconds; past this the work goes on by itself
_PRIVATE = (Asked, Denied, Limited, Unavailable)


class Listeners:
    """Bound methods for Bolt; each reads its payload once and hands over."""

    def __init__(
        self, answerer: Answerer, delivery: Delivery, outbox: Outbox, threads: ThreadMemory, background: Background
    ) -> None:
        self._answerer = answerer
        self._delivery = delivery
        self._outbox = outbox
        self._threads = threads
        self._background = background

    async def command(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """`/cre …`: the answer is the body of the acknowledgement."""
        message = messages.command(body, context)
        prepared = await self._answerer.ask(message.asker, message.text, Context())
        if prepared.payload is None:
            await ack()
            return
        self._delivery.with_ack(prepared.record)
        await ack(response_type="ephemeral", **prepared.payload)

    async def mention(self, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A mention: answered in its thread, asked back in private."""
        message = messages.event(body, context, Surface.MENTION)
        if message is not None:
            await self._background.within(_BEFORE_ACK_SECONDS, self._mentioned(message))

    async def direct_message(self, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A message in the direct conversation with the bot."""
        if body["event"].get("channel_type") != "im":
            return
        message = messages.event(body, context, Surface.DM)
        if message is not None:
            await self._background.within(_BEFORE_ACK_SECONDS, self._mentioned(message))

    async def pick(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """A picked mechanism, site or antimicrobial: the answer replaces the question."""
        tap = messages.tap(body, context)
        await ack()
        await self._background.within(_BEFORE_ACK_SECONDS, self._picked(tap, decode(tap.value)))

    async def correct(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Something was understood wrongly: every mechanism and site to tap, for the one who wants to change it."""
        tap = messages.tap(body, context)
        await ack()
        await self._background.within(_BEFORE_ACK_SECONDS, self._corrected(tap))

    async def set_renal(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Opens the form for kidney function."""
        tap = messages.tap(body, context)
        await ack()
        await self._outbox.open_modal(tap.trigger_id, renal_modal(messages.metadata(tap)))

    async def renal_submitted(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Kidney function given: the answer is shown again for it."""
        form = messages.form(body, context)
        renal = renal_from(form.measure, form.number)
        if isinstance(renal, dict):
            await ack(response_action="errors", errors=renal)
            return
        await ack()
        question = decode(form.tap.value).model_copy(update={"renal": renal})
        await self._background.within(_BEFORE_ACK_SECONDS, self._picked(form.tap, question))

    async def show_details(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Everything that a message had no room for."""
        await self._modal(ack, messages.tap(body, context), details=True)

    async def show_article(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """What the educational article says, all of it."""
        await self._modal(ack, messages.tap(body, context), details=False)

    async def share(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Shows a private answer to the channel, or to the thread it belongs to."""
        tap = messages.tap(body, context)
        await ack()
        await self._background.within(_BEFORE_ACK_SECONDS, self._shared(tap))

    async def _mentioned(self, message: Message) -> None:
        asker = message.asker
        root = asker.thread_ts or asker.message_ts or ""
        known = await self._threads.recall(asker.team, asker.channel, root) if asker.thread_ts else Context()
        prepared = await self._answerer.ask(asker, message.text, known)
        if prepared.payload is None:
            return
        await self._remember(asker, root, prepared)
        if asker.surface is Surface.MENTION and isinstance(prepared.reply, _PRIVATE):
            await self._whisper(asker, prepared)
        else:
            payload = prepared.payload
            await self._delivery.send(prepared.record, lambda: self._outbox.post(asker.channel, payload, root))
        parsed = prepared.parsed
        if not asker.private and parsed and parsed.identifiers and not isinstance(prepared.reply, _PRIVATE):
            warning = identifier_warning(parsed)
            payload = {"text": warning, "blocks": [small_print(warning)]}
            await self._outbox.whisper(asker.channel, asker.user, payload, asker.thread_ts)
        await self._answerer.settled(asker)

    async def _corrected(self, tap: Tap) -> None:
        prepared = await self._answerer.correct(tap.asker, decode(tap.value))
        if prepared.payload is None:
            return
        if tap.ephemeral and isinstance(prepared.reply, Asked):
            await self._replace(tap, prepared)
        else:
            await self._whisper(tap.asker, prepared)

    async def _picked(self, tap: Tap, question: Question) -> None:
        prepared = await self._answerer.ask_again(tap.asker, question)
        if prepared.payload is None:
            return
        if tap.asker.thread_ts:
            await self._remember(tap.asker, tap.asker.thread_ts, prepared)
        if isinstance(prepared.reply, Denied | Limited | Unavailable):
            await self._whisper(tap.asker, prepared)
        else:
            await self._replace(tap, prepared)

    async def _whisper(self, asker: Asker, prepared: Prepared) -> None:
        """Tell the asker alone, where they are."""
        payload = prepared.payload or {}
        await self._delivery.send(
            prepared.record, lambda: self._outbox.whisper(asker.channel, asker.user, payload, asker.thread_ts)
        )

    async def _replace(self, tap: Tap, prepared: Prepared) -> None:
        """Put the reply where the tapped message stands; one that is out of reach comes anew, in private."""
        payload = prepared.payload or {}
        await self._delivery.send(prepared.record, lambda: self._put(tap, payload))

    async def _put(self, tap: Tap, payload: dict[str, Any]) -> None:
        if not tap.ephemeral:
            try:
                return await self._outbox.update(tap.asker.channel, tap.message_ts, payload)
            except SendFailed:
                pass  # shared where the bot is no member: only the tap's own address reaches it
        try:
            await self._outbox.respond(tap.response_url or "", {"replace_original": True, **payload})
        except SendFailed:
            await self._outbox.whisper(tap.asker.channel, tap.asker.user, payload, tap.asker.thread_ts)

    async def _shared(self, tap: Tap) -> None:
        shared_by = small_print(f"Shared by <@{tap.asker.user}>")
        public = await self._answerer.share(tap.asker, decode(tap.value))
        if public.payload is None:
            return
        if not isinstance(public.reply, Answered | NotCovered):
            await self._whisper(tap.asker, public)
            return
        payload = {**public.payload, "blocks": [shared_by, *public.payload["blocks"]]}
        await self._delivery.send(public.record, lambda: self._publish(tap, payload))

    async def _publish(self, tap: Tap, payload: dict[str, Any]) -> str | None:
        extra: dict[str, Any] = {"response_type": "in_channel", "replace_original": False}
        if tap.asker.thread_ts:
            extra["thread_ts"] = tap.asker.thread_ts
        try:
            await self._outbox.respond(tap.response_url or "", {**extra, **payload})
        except SendFailed:
            return await self._outbox.post(tap.asker.channel, payload, tap.asker.thread_ts)
        return None

    async def _modal(self, ack: AsyncAck, tap: Tap, *, details: bool) -> None:
        await ack()
        knowledge = self._answerer.knowledge
        content, statements = knowledge.content, knowledge.article_statements
        prepared = await self._answerer.show(
            tap.asker,
            decode(tap.value),
            (lambda answer: details_modal(answer, knowledge.background(answer)))
            if details
            else lambda answer: article_modal(
                content.article.label, content.article.flaws, statements, knowledge.article_references, answer
            ),
        )
        if prepared.payload is None:
            return
        if prepared.payload.get("type") == "modal":
            view = prepared.payload
            await self._delivery.send(prepared.record, lambda: self._outbox.open_modal(tap.trigger_id, view))
        else:
            await self._whisper(tap.asker, prepared)

    async def _remember(self, asker: Asker, root: str, prepared: Prepared) -> None:
        parsed = prepared.parsed
        if isinstance(prepared.reply, Answered | NotCovered | Asked) and parsed is not None and root:
            settled = Context(parsed.question.mechanisms, parsed.question.sites, parsed.question)
            if settled.mechanisms or settled.sites:
                await self._threads.remember(asker.team, asker.channel, root, settled)
