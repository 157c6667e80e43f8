"""The request that the running task serves, for the few who must speak about it from afar.

A lease that another attempt still holds is seen in admission, and only the dispatcher can leave the request
unacknowledged; a reply that fails after its ack can be told to the asker only with the request at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Current:
    """One request. `deliver_again`: not to be acknowledged, so that Slack delivers it once more."""

    body: dict[str, Any]
    deliver_again: bool = False
    after_ack: list[Callable[[bool], None]] = field(default_factory=list)

    def acknowledged(self, written: bool) -> None:
        """The ack body has left (or could not): tell whoever waits for it, once."""
        waiting, self.after_ack = self.after_ack, []
        for then in waiting:
            then(written)


current_request: ContextVar[Current | None] = ContextVar("cre_current_request", default=None)


class RequestAcks:
    """`handlers.ports.Acks` over the running request; without one nothing will be written."""

    def after(self, then: Callable[[bool], None]) -> None:
        current = current_request.get()
        if current is None:
            then(False)
        else:
            current.after_ack.append(then)
