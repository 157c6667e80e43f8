"""`Breaker`: whether Redis is worth asking now; one for all, so that the first to see it gone warns the rest."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

import structlog

from handlers.ports import Clock

IN_A_ROW = 5
WINDOW_SECONDS = 10.0
FEWEST_CALLS = 10  # half of fewer says nothing
MOST_KEPT = 4096
PROBER = "audit"
"""Who goes on asking while it is open, by writing: only that success closes it. A Redis that only reads stays away."""
_log = structlog.get_logger(__name__)


class Breaker:
    """Opens after five failures in a row of one caller, or when half of all calls of ten seconds failed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: deque[tuple[float, bool]] = deque(maxlen=MOST_KEPT)
        self._failed = 0
        self._in_a_row: Counter[str] = Counter()
        self.is_open = False
        self.when_opened: list[Callable[[], None]] = []

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody's last call failed."""
        return any(self._in_a_row.values())

    def success(self, caller: str) -> None:
        """A call was answered."""
        self._in_a_row[caller] = 0
        if self.is_open and caller == PROBER:
            self.is_open = False
            self._in_a_row.clear()
            self._calls.clear()
            self._failed = 0
            _log.warning("redis.back")
        self._count(True)

    def failure(self, caller: str, error: BaseException) -> None:
        """A call was not answered, or not in time."""
        self._in_a_row[caller] += 1
        self._count(False)
        half = len(self._calls) >= FEWEST_CALLS and self._failed * 2 >= len(self._calls)
        if not self.is_open and (self._in_a_row[caller] >= IN_A_ROW or half):
            self.is_open = True
            _log.error("redis.away", error=type(error).__name__, count=self._in_a_row[caller])
            for tell in self.when_opened:
                tell()

    def _count(self, ok: bool) -> None:
        now = self._clock.monotonic()
        while self._calls and (self._calls[0][0] < now - WINDOW_SECONDS or len(self._calls) == MOST_KEPT):
            self._failed -= not self._calls.popleft()[1]
        self._calls.append((now, ok))
        self._failed += not ok
