"""The way of a question: understand, answer, show, admit, record. Knows no Slack; the order is the safety."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from handlers.keeping import keep
from handlers.layouts import View, render
from handlers.layouts.labels import Names
from handlers.parsed import Context, Parsed
from handlers.ports import (
    Admission,
    Asker,
    AuditLog,
    AuditRecord,
    Clock,
    Duplicate,
    EntryType,
    OverLimit,
    Profiles,
    Roster,
    Standing,
    StoreUnavailable,
    Surface,
)
from handlers.recording import record_of
from handlers.replies import (
    Answered,
    Asked,
    DenialReason,
    Denied,
    Helped,
    Limited,
    NotCovered,
    OutOfScope,
    Reply,
    Unavailable,
    UnavailableReason,
    parsed_from,
)
from handlers.responding import respond
from handlers.roles import Role
from handlers.showing import Shown
from handlers.understanding import understand
from knowledge.answer import Answer
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.vocabulary import Vocabulary

_DENIALS = {
    Standing.GUEST: DenialReason.GUEST,
    Standing.EXTERNAL: DenialReason.EXTERNAL,
    Standing.BOT: DenialReason.BOT,
    Standing.DEACTIVATED: DenialReason.DEACTIVATED,
}
_MOST_SAMPLED = 4096
_MOST_PAYLOADS = 512  # about 40 kB each
_READ = (Answered, NotCovered, Asked, OutOfScope, Helped)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the hospital decides: where to turn, which channels may ask."""

    on_call: str
    teams: frozenset[str] = frozenset()  # installed workspaces or the organisation; empty: any
    channels: frozenset[str] = frozenset()  # empty: every channel


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reply that is recorded and may leave. `shown` None: a duplicate, nothing is sent."""

    reply: Reply | None
    shown: Shown | None
    rid: str
    record: AuditRecord | None = None  # None: nothing was recorded, so no end of a delivery is either
    thread_ts: str | None = None

    @property
    def payload(self) -> dict[str, Any] | None:
        """What is sent, with the request id on it."""
        return self.shown.stamped(self.rid, self.thread_ts) if self.shown else None

    @property
    def parsed(self) -> Parsed | None:
        """What was understood, where something was read."""
        return getattr(self.reply, "parsed", None)


class Answerer:
    """Runs the steps through the ports. Every way out ends in a reply; nothing is answered unrecorded."""

    def __init__(
        self,
        *,
        knowledge: KnowledgeBase,
        vocabulary: Vocabulary,
        admission: Admission,
        audit: AuditLog,
        roster: Roster,
        profiles: Profiles,
        clock: Clock,
        policy: Policy,
        new_id: Callable[[], str],
    ) -> None:
        self.knowledge = knowledge
        self._vocabulary = vocabulary
        self._admission = admission
        self._audit = audit
        self._roster = roster
        self._profiles = profiles
        self._clock = clock
        self._policy = policy
        self.new_id = new_id
        self.names = Names.of(knowledge)
        self._payloads: dict[object, tuple[Reply, Shown]] = {}
        self._limits_told: dict[tuple[str, str], int] = {}

    async def ask(self, asker: Asker, text: str, context: Context) -> Prepared:
        """Answer a message. Its text ends here."""
        refused = await self._refused(asker)
        if refused is not None:
            return await self._conclude(asker, refused, None, charge=True)
        asker = await self._with_role(asker)
        started = self._clock.monotonic()
        surface = "followup" if context != Context() else asker.surface.value
        parsed = keep(understand(text, surface, context, self._vocabulary), context.kept)
        return await self._reply_to(asker, parsed, started, charge=True)

    async def ask_again(self, asker: Asker, question: Question, *, charge: bool = False) -> Prepared:
        """Answer a question from a button or a form: recorded, and charged only where it is a new question."""
        return await self._again(asker, question, "answer.prepared", charge=charge)

    async def _again(self, asker: Asker, question: Question, kind: EntryType, *, charge: bool = False) -> Prepared:
        refused = await self._refused(asker)
        if refused is not None:
            return await self._conclude(asker, refused, None, charge=True)
        asker, started = await self._with_role(asker), self._clock.monotonic()
        return await self._reply_to(asker, parsed_from(question), started, charge=charge, kind=kind)

    async def correct(self, asker: Asker, question: Question) -> Prepared:
        """Ask what should be changed of the question: every mechanism and site to tap."""
        refused = await self._refused(asker)
        reply = refused or Asked(parsed_from(question), (), correcting=True)
        return await self._conclude(asker, reply, None, charge=refused is not None)

    async def show(self, asker: Asker, question: Question, draw: Callable[[Answer], dict[str, Any]]) -> Prepared:
        """Another view of an answer (a modal, a shared copy), recorded like the answer itself."""
        refused = await self._refused(asker)
        if refused is not None:
            return await self._conclude(asker, refused, None, charge=True)
        reply = respond(parsed_from(question), self.knowledge, on=self._today())
        shown = Shown(draw(reply.answer)) if isinstance(reply, Answered) else self._render(reply, asker)
        return await self._conclude(asker, reply, shown, charge=False)

    async def share(self, asker: Asker, question: Question) -> Prepared:
        """The answer as others may see it; recorded as shared."""
        return await self._again(replace(asker, private=False), question, "answer.shared")

    async def permitted(self, asker: Asker, *, anywhere: bool = False) -> Prepared | None:
        """None: somebody who may ask has tapped for the first time. Else the refusal, without payload for a duplicate.

        For what is no answer: a form that opens, a consult, feedback. `anywhere`: in channels off the list too.
        """
        refused = await self._refused(asker, anywhere=anywhere)
        if refused is not None:
            return await self._conclude(asker, refused, None, charge=True)
        try:
            verdict = await self._admission.admit(asker, charge=False)
        except StoreUnavailable:
            reply = Unavailable(UnavailableReason.STORE)
            return Prepared(reply, self._render(reply, asker), self.new_id())
        return Prepared(None, None, self.new_id()) if isinstance(verdict, Duplicate) else None

    @property
    def on_call(self) -> str:
        """Whom to call instead."""
        return self._policy.on_call

    def settled(self, asker: Asker) -> Any:
        """Keep the delivery's claim once its reply is posted."""
        return self._admission.settle(asker)

    def incident(self, asker: Asker, incident: str) -> dict[str, Any]:
        """The private reply to a failure that nobody expected."""
        return self._render(Unavailable(UnavailableReason.ERROR, incident), asker).payload

    async def _reply_to(
        self, asker: Asker, parsed: Parsed, started: float, *, charge: bool, kind: EntryType = "answer.prepared"
    ) -> Prepared:
        understood = self._clock.monotonic()
        reply, shown = self._replied(parsed, asker)
        ended = self._clock.monotonic()
        times = {"understand": round((understood - started) * 1000), "answer": round((ended - understood) * 1000)}
        prepared = await self._conclude(asker, reply, shown, charge=charge, times=times, kind=kind)
        if isinstance(prepared.reply, Answered | NotCovered) and kind == "answer.prepared":
            self._profiles.remember(asker.team, asker.user, prepared.reply.parsed.question)
        return prepared

    def _replied(self, parsed: Parsed, asker: Asker) -> tuple[Reply, Shown]:
        """The reply and its payload; equal parses on one day and in one view share both."""
        today = self._today()
        key = (replace(parsed, unknown_tokens=0, length=0, spans=()), self._view(asker), today)
        known = self._payloads.get(key)
        if known is None:
            if len(self._payloads) >= _MOST_PAYLOADS:
                self._payloads.pop(next(iter(self._payloads)))
            reply = respond(parsed, self.knowledge, on=today)
            known = self._payloads[key] = (reply, self._render(reply, asker))
        reply, shown = known
        return replace(reply, parsed=parsed) if isinstance(reply, _READ) else reply, shown

    async def _conclude(
        self,
        asker: Asker,
        reply: Reply,
        shown: Shown | None,
        *,
        charge: bool,
        times: Mapping[str, int] | None = None,
        kind: EntryType = "answer.prepared",
    ) -> Prepared:
        """Admit, then record."""
        rid = self.new_id()
        record: AuditRecord | None = None
        try:
            verdict = await self._admission.admit(asker, charge=charge)
            if isinstance(verdict, Duplicate):
                return Prepared(None, None, rid)
            if isinstance(verdict, OverLimit):
                reply = Limited(verdict.scope, verdict.retry_after_seconds)
                shown = None
            shown = shown or self._render(reply, asker)
            if not isinstance(verdict, OverLimit) or self._first_this_minute(asker):
                record = record_of(rid, kind, asker, reply, shown, verdict, times or {}, self.knowledge)
                await self._audit.append(record)
        except StoreUnavailable:
            reply = Unavailable(UnavailableReason.STORE)
            return Prepared(reply, self._render(reply, asker), rid)
        return Prepared(reply, shown, rid, record, asker.thread_ts or asker.message_ts)

    async def welcome(self, asker: Asker) -> Denied | Unavailable | None:
        """Why somebody may not see their Home, None when they may; nothing is asked or answered by opening it."""
        return await self._refused(asker)

    async def _with_role(self, asker: Asker) -> Asker:
        """Who only reads for themselves reads in their role; what others read too is worded alike for all."""
        if not asker.private or asker.surface is Surface.CLI:
            return asker
        return replace(asker, role=await self._profiles.role(asker.team, asker.user))

    async def _refused(self, asker: Asker, *, anywhere: bool = False) -> Denied | Unavailable | None:
        policy = self._policy
        if policy.teams and not {asker.team, asker.enterprise} & policy.teams:
            return Denied(DenialReason.OTHER_WORKSPACE)
        standing = await self._roster.standing(asker)
        if standing is Standing.UNKNOWN:
            return Unavailable(UnavailableReason.STANDING)
        if standing is not Standing.MEMBER:
            return Denied(_DENIALS[standing])
        if policy.channels and not anywhere and asker.channel_kind != "im" and asker.channel not in policy.channels:
            return Denied(DenialReason.CHANNEL)
        return None

    def _render(self, reply: Reply, asker: Asker) -> Shown:
        private = asker.private or isinstance(reply, Asked | Limited | Denied | Unavailable)
        shareable, _, role = self._view(replace(asker, private=private))
        names, on_call = self.names, self._policy.on_call
        return Shown(render(reply, View(names=names, on_call=on_call, shareable=shareable, private=private, role=role)))

    def _view(self, asker: Asker) -> tuple[bool, bool, Role]:
        """Whether the reply can be shared, whether it is private, and in which role it is read."""
        in_channel = asker.surface is not Surface.DM and asker.channel_kind != "im"
        return asker.private and in_channel, asker.private, asker.role

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, tz=UTC).date()

    def _first_this_minute(self, asker: Asker) -> bool:
        """Limits are sampled in the audit: the first one of a user in each minute."""
        minute = self._clock.now_ms() // 60_000
        key = (asker.team, asker.user)
        if self._limits_told.get(key) == minute:
            return False
        if len(self._limits_told) >= _MOST_SAMPLED:
            self._limits_told.clear()
        self._limits_told[key] = minute
        return True
