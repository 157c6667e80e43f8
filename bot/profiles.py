"""`RedisProfiles`: who somebody said they are, and their last questions as ids, for 400 days.

A role that cannot be read is the default one, and the answer goes on: it words an answer, it decides nothing. Questions
asked at about the same time are kept together: a call to Redis costs as much as the rest of an answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from bot import redis_keys
from bot.redis_store import FAULTS
from bot.tasks import TaskRegistry
from handlers.ports import Clock, Profile, Recent, StoreUnavailable
from handlers.roles import Role
from knowledge.question import Question

KEPT_SECONDS = 60.0
KEPT_USERS = 10_000
MOST_RECENT = 10
GATHERED_SECONDS = 0.05  # how long a question waits for others to be kept with it
MOST_GATHERED = 1024
_log = structlog.get_logger(__name__)


class _Asked(NamedTuple):
    """A question to be kept, and when it was asked (Unix seconds)."""

    team: str
    user: str
    question: Question
    at: float


class RedisProfiles:
    """`handlers.ports.Profiles` on Redis. Roles are kept in the process for a minute."""

    def __init__(self, redis: Redis, clock: Clock, tasks: TaskRegistry) -> None:
        self._redis = redis
        self._clock = clock
        self._tasks = tasks
        self._kept: OrderedDict[tuple[str, str], tuple[Role, float]] = OrderedDict()
        self._asked: list[_Asked] = []
        self._keeping = asyncio.Lock()

    async def role(self, team: str, user: str) -> Role:
        kept = self._kept.get((team, user))
        if kept is not None and self._clock.monotonic() < kept[1]:
            return kept[0]
        try:
            stored = await self._redis.get(redis_keys.home(team, user, "role"))
        except FAULTS as error:
            _log.warning("profiles.unavailable", error=type(error).__name__)
            return kept[0] if kept is not None else Role.PHYSICIAN
        return self._keep(team, user, _role(stored))

    async def recall(self, team: str, user: str) -> Profile:
        await self._keep_asked()  # who asked a moment ago finds it
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.get(redis_keys.home(team, user, "role"))
                pipe.zrange(redis_keys.home(team, user, "asked"), 0, MOST_RECENT - 1, desc=True, withscores=True)
                stored, asked = await pipe.execute()
        except FAULTS as error:
            _log.warning("profiles.unavailable", error=type(error).__name__)
            raise StoreUnavailable("profiles") from error
        recent = [one for value, score in asked if (one := _recent(value, score)) is not None]
        return Profile(self._keep(team, user, _role(stored)), tuple(recent))

    async def choose(self, team: str, user: str, role: Role) -> None:
        try:
            await self._redis.set(redis_keys.home(team, user, "role"), role.value, ex=redis_keys.HOME_TTL_SECONDS)
        except FAULTS as error:
            raise StoreUnavailable("profiles") from error
        self._keep(team, user, role)

    async def forget(self, team: str, user: str) -> None:
        await self._keep_asked()  # so that none is kept after this
        try:
            await self._redis.delete(redis_keys.home(team, user, "asked"))
        except FAULTS as error:
            raise StoreUnavailable("profiles") from error

    def remember(self, team: str, user: str, question: Question) -> None:
        if len(self._asked) >= MOST_GATHERED:
            _log.warning("profiles.too_many", count=len(self._asked))
            return
        self._asked.append(_Asked(team, user, question, self._clock.now_ms() / 1000))
        if len(self._asked) == 1:
            self._tasks.spawn(self._remember(), "profiles.remember")

    async def _remember(self) -> None:
        await asyncio.sleep(GATHERED_SECONDS)
        await self._keep_asked()

    async def _keep_asked(self) -> None:
        async with self._keeping:
            gathered, self._asked = self._asked, []
            teams: defaultdict[str, defaultdict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
            for asked in gathered:  # asked again: one entry, newly dated
                teams[asked.team][asked.user][_written(asked.question)] = asked.at
            for team, users in teams.items():
                await self._store(team, users)

    async def _store(self, team: str, users: Mapping[str, dict[str, float]]) -> None:
        """One call: the keys of a team lie in one slot."""
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for user, values in users.items():
                    key = redis_keys.home(team, user, "asked")
                    pipe.zadd(key, values)
                    pipe.zremrangebyrank(key, 0, -MOST_RECENT - 1)
                    pipe.expire(key, redis_keys.HOME_TTL_SECONDS)
                await pipe.execute()
        except FAULTS as error:
            _log.warning("profiles.unavailable", error=type(error).__name__)

    def _keep(self, team: str, user: str, role: Role) -> Role:
        self._kept[team, user] = (role, self._clock.monotonic() + KEPT_SECONDS)
        self._kept.move_to_end((team, user))
        while len(self._kept) > KEPT_USERS:
            self._kept.popitem(last=False)
        return role


@lru_cache(maxsize=512)
def _written(question: Question) -> str:
    """As it is kept; many ask the same."""
    return question.canonical().model_dump_json(exclude_defaults=True)


def _role(stored: bytes | str | None) -> Role:
    word = stored.decode("ascii", "replace") if isinstance(stored, bytes) else stored
    try:
        return Role(word or Role.PHYSICIAN)
    except ValueError:
        return Role.PHYSICIAN  # a role of another version


def _recent(value: bytes, score: float) -> Recent | None:
    """A question that this version reads; one of an older version that it does not is left out."""
    try:
        return Recent(Question.model_validate_json(value), int(score))
    except ValidationError:
        _log.warning("profiles.unreadable")
        return None
