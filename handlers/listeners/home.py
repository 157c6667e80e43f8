"""The App Home: shown when it is opened, and its taps: a role, a question again, mechanism and site picked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import home_taps
from handlers.answering import Answerer
from handlers.home_taps import HomeTap
from handlers.layouts.encoding import decode
from handlers.layouts.home import HomeView, answered_note, closed_home, home
from handlers.layouts.labels import understood
from handlers.listeners.prompts import Prompts
from handlers.listeners.sending import Sending
from handlers.ports import Asker, Clock, Profile, Profiles, StoreUnavailable
from handlers.replies import Answered, NotCovered, parsed_from
from knowledge.question import Question

_NOT_SAVED = "*That could not be saved just now.* Please try again in a minute."


class Home:
    """Answers go to the person's own conversation with the bot: the Home has no room for a thread of follow-ups."""

    def __init__(
        self,
        answerer: Answerer,
        sending: Sending,
        profiles: Profiles,
        clock: Clock,
        is_reviewer: Callable[[str, str], bool],
    ) -> None:
        self._answerer = answerer
        self._sending = sending
        self._profiles = profiles
        self._prompts = Prompts(sending.outbox, profiles)
        self._clock = clock
        self._is_reviewer = is_reviewer

    async def opened(self, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The Home tab shows what is current; the Messages tab gets prompts to begin with."""
        asker, tab = home_taps.opened(body, context)
        await self._sending.soon(self._show(asker) if tab == "home" else self._suggest(asker))

    async def choose_role(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The role orders and words what only its owner sees."""
        tap = home_taps.tap(body, context)
        await ack()
        await self._sending.soon(self._chosen(tap))

    async def picked(self, ack: AsyncAck) -> None:
        """Slack tells of each pick; the button beside the menus reads both."""
        await ack()

    async def browse(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Mechanism and site picked: the answer, or a question back for what is missing."""
        tap = home_taps.tap(body, context)
        await ack()
        await self._sending.soon(self._answer(tap.asker, tap.picked))

    async def ask_again(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """One of the last questions, answered from what is known today."""
        tap = home_taps.tap(body, context)
        await ack()
        await self._sending.soon(self._answer(tap.asker, decode(tap.value)))

    async def forget(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Drops the list of questions; the audit log is another thing and stays."""
        tap = home_taps.tap(body, context)
        await ack()
        await self._sending.soon(self._forgotten(tap.asker))

    async def _show(self, asker: Asker, note: str | None = None) -> None:
        refused = await self._answerer.welcome(asker)
        if refused is not None:
            view = closed_home(refused, self._answerer.on_call, asker.channel)
        else:
            view = home(
                HomeView(
                    names=self._answerer.names,
                    on_call=self._answerer.on_call,
                    knowledge=self._answerer.knowledge,
                    today=datetime.fromtimestamp(self._now(), tz=UTC).date(),
                    channel=asker.channel,
                    profile=await self._profile(asker),
                    reviewer=self._is_reviewer(asker.team, asker.user),
                    note=note,
                )
            )
        await self._sending.outbox.publish_home(asker.user, view)

    async def _suggest(self, asker: Asker) -> None:
        if await self._answerer.welcome(asker) is None:
            await self._prompts.suggest(asker)

    async def _chosen(self, tap: HomeTap) -> None:
        note = None
        if await self._answerer.welcome(tap.asker) is None:
            try:
                await self._profiles.choose(tap.asker.team, tap.asker.user, tap.role)
            except StoreUnavailable:
                note = _NOT_SAVED
        await self._show(tap.asker, note)

    async def _forgotten(self, asker: Asker) -> None:
        note = None
        try:
            await self._profiles.forget(asker.team, asker.user)
        except StoreUnavailable:
            note = _NOT_SAVED
        await self._show(asker, note)

    async def _answer(self, asker: Asker, question: Question) -> None:
        prepared = await self._answerer.ask_again(asker, question, charge=True)
        if prepared.payload is None:
            return
        payload, sending = prepared.payload, self._sending
        ts = await sending.delivery.send(prepared.record, lambda: sending.outbox.post(asker.channel, payload, None))
        await sending.remember(asker, ts or "", prepared)
        is_answer = isinstance(prepared.reply, Answered | NotCovered)
        label = understood(parsed_from(question), self._answerer.names)
        await self._show(asker, answered_note(label, self._now()) if is_answer else "*See Messages.*")

    async def _profile(self, asker: Asker) -> Profile | None:
        try:
            return await self._profiles.recall(asker.team, asker.user)
        except StoreUnavailable:
            return None

    def _now(self) -> int:
        return self._clock.now_ms() // 1000
