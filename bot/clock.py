"""The system's clocks behind `handlers.ports.Clock`."""

from __future__ import annotations

import time


class SystemClock:
    """Wall clock in UTC milliseconds and a monotonic clock in seconds."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()
