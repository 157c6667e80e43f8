"""`LocalAdmission`: the promises of admission kept in this process alone, for the time without Redis.

Claims and limits are those of this replica: a user's and a channel's limit as set, the workspace's by its share. So
another replica may admit once more what this one has, and never more than all replicas together allow.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from bot import redis_keys
from bot.admission.limits import EVENTS, Limits, leave_unacknowledged
from handlers.ports import Admitted, Asker, Clock, Duplicate, OverLimit

MOST_CLAIMS = 50_000
MOST_LIMITS = 20_000
State = Literal["lease", "done", "limited"]


@dataclass(frozen=True, slots=True)
class _Claim:
    state: State
    ends: float


class LocalAdmission:
    """`handlers.ports.Admission` in memory, bounded: the oldest claims and limits make room for new ones."""

    def __init__(self, clock: Clock, limits: Limits, replicas: int = 1) -> None:
        """`replicas`: how many processes share the workspace's limit."""
        self._clock = clock
        self._claims: OrderedDict[str, _Claim] = OrderedDict()
        self._arrivals: OrderedDict[str, int] = OrderedDict()  # theoretical arrival times, microseconds
        user, channel, workspace = limits.user, limits.channel, limits.workspace
        self._limits = (
            (user.interval_us, user.burst),
            (channel.interval_us, channel.burst),
            (workspace.interval_us * replicas, max(1, workspace.burst // replicas)),
        )

    def knows(self, asker: Asker) -> bool:
        """Whether a claim stands here: a delivery that was admitted here is a duplicate wherever it is asked again."""
        return any(self._claim(name) is not None for name in _names(asker))

    def remember(self, asker: Asker, *, limited: bool = False) -> None:
        """Note what Redis has admitted, should it be gone when the delivery comes again."""
        lease = limited or asker.surface in EVENTS
        state: State = "limited" if limited else "lease" if lease else "done"
        seconds = redis_keys.LEASE_TTL_SECONDS if lease else redis_keys.DELIVERY_TTL_SECONDS
        delivery, *replay = _names(asker)
        self._put(delivery, state, seconds)
        for name in replay:
            self._put(name, "done", redis_keys.REPLAY_TTL_SECONDS)

    async def admit(self, asker: Asker, *, charge: bool) -> Admitted | Duplicate | OverLimit:
        for name in _names(asker):
            claim = self._claim(name)
            if claim is not None:
                if claim.state == "lease":
                    leave_unacknowledged()
                return Duplicate()
        over = self._charge(asker) if charge else None
        self.remember(asker, limited=over is not None)
        return over or Admitted(mode="local")

    async def settle(self, asker: Asker) -> None:
        self._put(_names(asker)[0], "done", redis_keys.DELIVERY_TTL_SECONDS)

    def _charge(self, asker: Asker) -> OverLimit | None:
        now = round(self._clock.monotonic() * 1_000_000)
        scopes: tuple[Literal["user", "channel", "workspace"], ...] = ("user", "channel", "workspace")
        names = (f"{asker.team}/u/{asker.user}", f"{asker.team}/c/{asker.channel}", f"{asker.team}/w")
        longest, denied = 0, -1
        charged: dict[str, int] = {}
        for n, (name, (interval, burst)) in enumerate(zip(names, self._limits, strict=True)):
            arrival = min(max(self._arrivals.get(name, 0), now), now + interval * burst)
            wait = arrival - now - interval * (burst - 1)
            if wait > longest:
                longest, denied = wait, n
            charged[name] = arrival + interval
        if denied >= 0:
            return OverLimit(scopes[denied], max(1, math.ceil(longest / 1_000_000)), mode="local")
        for name, arrival in charged.items():
            self._arrivals[name] = arrival
            self._arrivals.move_to_end(name)
        while len(self._arrivals) > MOST_LIMITS:
            self._arrivals.popitem(last=False)
        return None

    def _claim(self, name: str) -> _Claim | None:
        claim = self._claims.get(name)
        return claim if claim is not None and claim.ends > self._clock.monotonic() else None

    def _put(self, name: str, state: State, seconds: float) -> None:
        self._claims[name] = _Claim(state, self._clock.monotonic() + seconds)
        self._claims.move_to_end(name)
        while len(self._claims) > MOST_CLAIMS:
            self._claims.popitem(last=False)


def _names(asker: Asker) -> list[str]:
    """The delivery, then the signed bytes it came in."""
    names = [f"{asker.team}/dd/{asker.delivery}"]
    if asker.signature_sha256:
        names.append(f"{asker.team}/rp/{asker.signature_sha256}")
    return names
