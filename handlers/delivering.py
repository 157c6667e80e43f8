"""How a recorded reply leaves, and that the record says how it ended: delivered, failed or unknown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from handlers.ports import Acks, AuditLog, AuditRecord, EntryType, SendFailed

OPENING: frozenset[EntryType] = frozenset({"answer.prepared", "answer.shared"})
"""The entries that one of `answer.delivered`, `answer.failed` and `answer.unknown` must follow."""


class Delivery:
    """Sends what is recorded already and notes the end of it."""

    def __init__(self, audit: AuditLog, acks: Acks) -> None:
        self._audit = audit
        self._acks = acks

    def with_ack(self, record: AuditRecord | None) -> None:
        """The reply is the body of the acknowledgement: its end is known once that is written."""
        self._acks.after(lambda written: self._end(record, *_OF_ACK[written]))

    async def send(self, record: AuditRecord | None, post: Callable[[], Awaitable[str | None]]) -> str | None:
        """Run `post`, which returns the message's ts where Slack gives one; raises what it raises, once noted."""
        try:
            ts = await post()
        except SendFailed as failure:
            self._end(record, "answer.failed", {"status": "failed", "error": failure.reason})
            raise
        except BaseException as error:
            self._end(record, "answer.unknown", {"status": "unknown", "error": type(error).__name__})
            raise
        self._end(record, "answer.delivered", {"status": "ok", **({"ts": ts} if ts else {})})
        return ts

    def _end(self, record: AuditRecord | None, kind: EntryType, dlv: Mapping[str, Any]) -> None:
        if record is None or record.type not in OPENING:
            return
        ans = {name: record.ans[name] for name in ("outcome", "payload_sha256") if name in record.ans}
        self._audit.note(replace(record, type=kind, ask={}, ans=ans, rl={}, ms={}, dlv=dlv, payload=None))


_OF_ACK: Mapping[bool, tuple[EntryType, Mapping[str, Any]]] = {
    True: ("answer.delivered", {"status": "ok"}),
    False: ("answer.unknown", {"status": "unknown", "error": "ack_not_written"}),
}
