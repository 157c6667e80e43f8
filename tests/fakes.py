"""The ports in memory: the same promises as `bot` keeps, without Redis or Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.admission.limits import Limits
from bot.settings_values import Limit
from handlers.parsed import Context
from handlers.ports import (
    Admitted,
    Asker,
    AuditRecord,
    Duplicate,
    OverLimit,
    Profile,
    Recent,
    SendFailed,
    Standing,
    StoreUnavailable,
    Surface,
)
from handlers.roles import Role
from knowledge.question import Question

SLOW = Limit.parse("24/day burst 10")
LIMITS = Limits(user=Limit.parse("20/min burst 10"), channel=Limit.parse("60/min burst 30"), workspace=SLOW)


@dataclass
class ManualClock:
    """Time stands still until `advance`."""

    seconds: float = 1_780_000_000.0

    def now_ms(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    async def sleep(self, seconds: float) -> None:
        """What waits on this clock goes on at once, and the clock with it."""
        self.seconds += seconds
        await asyncio.sleep(0)


@dataclass
class FakeAdmission:
    """`Admission` in memory: claims with an end, limits as GCRA."""

    clock: ManualClock
    limits: Limits = LIMITS
    down: bool = False
    settled: list[str] = field(default_factory=list)
    _claims: dict[str, float] = field(default_factory=dict)
    _tats: dict[str, float] = field(default_factory=dict)

    async def admit(self, asker: Asker, *, charge: bool) -> Admitted | Duplicate | OverLimit:
        if self.down:
            raise StoreUnavailable("fake")
        now = self.clock.seconds
        replay, delivery = f"{asker.team}/rp/{asker.signature_sha256}", f"{asker.team}/dd/{asker.delivery}"
        if (asker.signature_sha256 and self._claimed(replay)) or self._claimed(delivery):
            return Duplicate()
        over: OverLimit | None = None
        charged: dict[str, float] = {}
        for scope, key, limit in self._scopes(asker) if charge else ():
            interval = limit.per_seconds / limit.count
            tat = max(self._tats.get(key, 0.0), now)
            wait = tat - now - interval * (limit.burst - 1)
            if wait > 1e-9 and (over is None or wait > over.retry_after_seconds):
                over = OverLimit(scope, max(1, -int(-wait // 1)))
            charged[key] = tat + interval
        if asker.signature_sha256:
            self._claims[replay] = now + 600
        lease = over is not None or asker.surface in (Surface.MENTION, Surface.DM)
        self._claims[delivery] = now + (30 if lease else 25 * 3600)
        if over is not None:
            return over
        self._tats.update(charged)
        return Admitted()

    async def settle(self, asker: Asker) -> None:
        if self.down:
            raise StoreUnavailable("fake")
        self.settled.append(asker.delivery)
        self._claims[f"{asker.team}/dd/{asker.delivery}"] = self.clock.seconds + 25 * 3600

    def _claimed(self, key: str) -> bool:
        return self._claims.get(key, 0.0) > self.clock.seconds

    def _scopes(self, asker: Asker) -> list[tuple[Literal["user", "channel", "workspace"], str, Limit]]:
        return [
            ("user", f"{asker.team}/u/{asker.user}", self.limits.user),
            ("channel", f"{asker.team}/c/{asker.channel}", self.limits.channel),
            ("workspace", f"{asker.team}/w", self.limits.workspace),
        ]


@dataclass
class FakeAudit:
    """`AuditLog` in memory."""

    records: list[AuditRecord] = field(default_factory=list)
    down: bool = False

    async def append(self, record: AuditRecord) -> None:
        if self.down:
            raise StoreUnavailable("fake")
        self.records.append(record)

    def note(self, record: AuditRecord) -> None:
        if not self.down:
            self.records.append(record)


class FakeAcks:
    """`Acks` of a process whose acknowledgements always leave."""

    def after(self, then: Callable[[bool], None]) -> None:
        then(True)


@dataclass
class FakeRoster:
    """`Roster` from a table; whoever is not in it is a member."""

    standings: dict[str, Standing] = field(default_factory=dict)

    async def standing(self, asker: Asker) -> Standing:
        return self.standings.get(asker.user, Standing.MEMBER)


@dataclass
class FakeProfiles:
    """`Profiles` in memory."""

    profiles: dict[tuple[str, str], Profile] = field(default_factory=dict)
    down: bool = False

    async def role(self, team: str, user: str) -> Role:
        return Role.PHYSICIAN if self.down else self._of(team, user).role

    async def recall(self, team: str, user: str) -> Profile:
        if self.down:
            raise StoreUnavailable("fake")
        return self._of(team, user)

    async def choose(self, team: str, user: str, role: Role) -> None:
        self.profiles[team, user] = replace(await self.recall(team, user), role=role)

    async def forget(self, team: str, user: str) -> None:
        self.profiles[team, user] = replace(await self.recall(team, user), recent=())

    def remember(self, team: str, user: str, question: Question) -> None:
        known = self._of(team, user)
        others = [one for one in known.recent if one.question.canonical() != question.canonical()]
        recent = (Recent(question.canonical(), 1_780_000_000), *others)[:10]
        self.profiles[team, user] = replace(known, recent=recent)

    def _of(self, team: str, user: str) -> Profile:
        return self.profiles.get((team, user), Profile())


@dataclass
class FakeThreads:
    """`ThreadMemory` in memory."""

    known: dict[tuple[str, str, str], Context] = field(default_factory=dict)

    async def recall(self, team: str, channel: str, thread_ts: str) -> Context:
        return self.known.get((team, channel, thread_ts), Context())

    async def remember(self, team: str, channel: str, thread_ts: str, context: Context) -> None:
        self.known[team, channel, thread_ts] = context


@dataclass
class RecordingOutbox:
    """`Outbox` that keeps what was sent, or refuses with `refuse`."""

    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuse: str | None = None

    async def post(self, channel: str, payload: dict[str, Any], thread_ts: str | None) -> str:
        self._take("post", {"channel": channel, "payload": payload, "thread_ts": thread_ts})
        return f"1780000000.{len(self.sent):06d}"

    async def whisper(self, channel: str, user: str, payload: dict[str, Any], thread_ts: str | None) -> None:
        self._take("whisper", {"channel": channel, "user": user, "payload": payload, "thread_ts": thread_ts})

    async def update(self, channel: str, ts: str, payload: dict[str, Any]) -> None:
        self._take("update", {"channel": channel, "ts": ts, "payload": payload})

    async def respond(self, response_url: str, payload: dict[str, Any]) -> None:
        self._take("respond", {"response_url": response_url, "payload": payload})

    async def open_modal(self, trigger_id: str, view: dict[str, Any]) -> str:
        self._take("open_modal", {"trigger_id": trigger_id, "view": view})
        return f"V{len(self.sent)}"

    async def update_modal(self, view_id: str, view: dict[str, Any]) -> None:
        self._take("update_modal", {"view_id": view_id, "view": view})

    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        self._take("publish_home", {"user": user, "view": view})

    async def prompts(self, channel: str, title: str, prompts: Sequence[Mapping[str, str]]) -> None:
        self._take("prompts", {"channel": channel, "title": title, "prompts": [dict(each) for each in prompts]})

    async def schedule(self, channel: str, payload: dict[str, Any], post_at: int, thread_ts: str | None) -> str:
        self._take("schedule", {"channel": channel, "payload": payload, "post_at": post_at, "thread_ts": thread_ts})
        return f"Q{len(self.sent)}"

    async def unschedule(self, channel: str, scheduled_id: str) -> bool:
        self._take("unschedule", {"channel": channel, "scheduled_id": scheduled_id})
        return True

    def _take(self, method: str, what: dict[str, Any]) -> None:
        if self.refuse is not None:
            raise SendFailed(method, self.refuse)
        self.sent.append((method, what))


class DirectBackground:
    """`Background` that always waits to the end."""

    async def within(self, seconds: float, work: Coroutine[Any, Any, None]) -> bool:
        await asyncio.ensure_future(work)
        return True
