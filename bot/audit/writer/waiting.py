"""Who waits for an entry to become durable, and what counts as durable for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.audit.writer.placing import Placed
from bot.breaker import Breaker
from handlers.ports import StoreUnavailable

REDIS_SECONDS = 0.4
DOUBT_SECONDS = 0.05  # what Redis gets when its last answer did not come
PROOF_SECONDS = 0.3
BEHIND = 4096  # what waits longer than Redis is given is acknowledged by the spool without a timer


@dataclass(frozen=True, slots=True)
class Durability:
    """When an entry counts as durable while all is well. `replicas` 0: level `redis`, else `replicated`."""

    replicas: int = 0
    refuse_unreplicated: bool = False  # what happens to an entry that too few replicas have in time


@dataclass(slots=True, eq=False)
class Waiting:
    """An entry on its way. `done` None: nobody waits for it."""

    table: dict[str, Any]
    done: asyncio.Future[None] | None = None
    shown: tuple[str, bytes] | None = None  # SHA-256 and canonical bytes of the payload
    is_spooled: bool = False

    @property
    def is_over(self) -> bool:
        """Whether whoever waited has gone."""
        return self.done is not None and self.done.done()

    def settle(self, error: str | None = None) -> None:
        """Durable, or refused with a reason."""
        if self.done is None or self.done.done():  # nobody waits, or not any longer; the entry stands all the same
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(StoreUnavailable(error))


class Waiters:
    """Those whose entries are spooled or on their way, by sequence. One writer's at a time."""

    def __init__(self, durability: Durability, breaker: Breaker) -> None:
        self._durability = durability
        self._breaker = breaker
        self._waiting: dict[int, Waiting] = {}
        self._epoch = 0
        self.acknowledged_by_spool = 0
        breaker.when_opened.append(self._stop_waiting)

    def begin(self) -> dict[int, Waiting]:
        """Another writer begins; those who waited for entries of the last one."""
        waiting, self._waiting = self._waiting, {}
        self._epoch += 1
        return waiting

    def add(self, batch: Sequence[Waiting], placed: Sequence[Placed], *, spooled: bool, backlog: int) -> None:
        """See to those whose entries have just been spooled (or could not be) and enqueued."""
        at_once = (self._breaker.is_open or backlog > BEHIND) and not (spooled and self._durability.refuse_unreplicated)
        timed: list[int] = []
        for each, place in zip(batch, placed, strict=True):
            each.is_spooled = spooled
            if at_once:
                self._without_redis(each)
            elif each.done is not None:
                self._waiting[place.sequence] = each
                timed.append(place.sequence)
        if timed:
            proof = 0.0 if spooled and not self._durability.replicas else PROOF_SECONDS
            seconds = (DOUBT_SECONDS if self._breaker.is_doubtful else REDIS_SECONDS) + proof
            asyncio.get_running_loop().call_later(seconds, self._overdue, self._epoch, timed)

    def shipped(self, batch: Sequence[Placed], proven: bool) -> None:
        """Redis has these; `proven`: with the proof that was asked for."""
        for place in batch:
            each = self._waiting.pop(place.sequence, None)
            if each is None:
                continue
            if proven or (each.is_spooled and not self._durability.replicas):
                each.settle()
            else:
                self._without_redis(each)

    def end(self) -> None:
        """The writer stops."""
        for each in self.begin().values():
            each.settle("the audit writer has stopped")

    def _overdue(self, epoch: int, sequences: Sequence[int]) -> None:
        if epoch == self._epoch:
            for sequence in sequences:
                if (each := self._waiting.pop(sequence, None)) is not None:
                    self._without_redis(each)

    def _stop_waiting(self) -> None:
        """Redis is away: whoever waits for it need not any longer."""
        for each in self.begin().values():
            self._without_redis(each)

    def _without_redis(self, waiting: Waiting) -> None:
        """Redis has not answered: the spool must do, where it may."""
        if waiting.is_spooled and not self._durability.refuse_unreplicated:
            self.acknowledged_by_spool += waiting.done is not None
            waiting.settle()
        else:
            waiting.settle("not durable in time")
