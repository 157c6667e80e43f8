"""The request that the running task serves, for the few who must speak about it from afar.

A lease that another attempt still holds is seen in admission, and only the dispatcher can leave the request
unacknowledged; a reply that fails after its ack can be told to the asker only with the request at hand.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Current:
    """One request. `deliver_again`: not to be acknowledged, so that Slack delivers it once more."""

    body: dict[str, Any]
    deliver_again: bool = False


current_request: ContextVar[Current | None] = ContextVar("cre_current_request", default=None)
