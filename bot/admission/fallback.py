"""`FallbackAdmission`: Redis while it answers, this process while it does not."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.admission.local_admission import LocalAdmission
from bot.admission.redis_admission import RedisAdmission
from bot.breaker import Breaker
from handlers.ports import Admitted, Asker, Duplicate, OverLimit, StoreUnavailable

SHARED_SECONDS = 0.18  # with the audit log's 0.4 a question waits less than 0.6 s for a Redis that does not answer


class FallbackAdmission:
    """`handlers.ports.Admission` that always has an answer; its verdicts say which of the two gave it."""

    def __init__(self, shared: RedisAdmission, local: LocalAdmission, breaker: Breaker) -> None:
        self._shared = shared
        self._local = local
        self._breaker = breaker
        self.judged_locally = 0

    async def admit(self, asker: Asker, *, charge: bool) -> Admitted | Duplicate | OverLimit:
        if not self._breaker.is_open:
            try:
                async with asyncio.timeout(SHARED_SECONDS):
                    verdict = await self._shared.admit(asker, charge=charge)
            except (StoreUnavailable, TimeoutError) as error:
                self._breaker.failure("admission", error)
            else:
                self._breaker.success("admission")
                return self._checked(asker, verdict)
        self.judged_locally += 1
        return await self._local.admit(asker, charge=charge)

    def status(self) -> dict[str, Any]:
        """For /readyz: who judges now, and how often this process had to."""
        return {"mode": "local" if self._breaker.is_open else "redis", "judged_locally": self.judged_locally}

    async def settle(self, asker: Asker) -> None:
        """This process keeps the claim, and Redis too where it can."""
        await self._local.settle(asker)
        if self._breaker.is_open:
            return
        try:
            await self._shared.settle(asker)
        except StoreUnavailable as error:
            self._breaker.failure("admission", error)
        else:
            self._breaker.success("admission")

    def _checked(self, asker: Asker, verdict: Admitted | Duplicate | OverLimit) -> Admitted | Duplicate | OverLimit:
        """A delivery that was admitted here while Redis was away is new to Redis, and a duplicate all the same."""
        if isinstance(verdict, Duplicate):
            return verdict
        if self._local.knows(asker):
            return Duplicate()
        self._local.remember(asker, limited=isinstance(verdict, OverLimit))
        return verdict
