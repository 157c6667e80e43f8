"""`Shown`: a payload with all that is made of it once, however often it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import uuid4

import orjson

from handlers.layouts import stamp

_RID = str(uuid4())  # stands where a request id goes; drawn anew in each process, so no content can hold it


class Shown:
    """What Slack is sent, before the request id is stamped on it. Never changed once it is made."""

    def __init__(self, payload: dict[str, Any]) -> None:
        self.payload = payload

    @cached_property
    def canonical(self) -> bytes:
        """The payload as it is digested and kept."""
        return canonical(self.payload)

    @cached_property
    def sha256(self) -> str:
        """Digest of the canonical bytes, as 64 hex digits."""
        return hashlib.sha256(self.canonical).hexdigest()

    def stamped(self, rid: str, thread_ts: str | None) -> dict[str, Any]:
        """The payload as one request shows it."""
        return stamp(self.payload, rid, thread_ts)

    def ack_body(self, rid: str) -> str:
        """The same as the JSON of an acknowledgement that only the asker sees, in no thread."""
        return self._ack_body.replace(_RID, rid)

    @cached_property
    def _ack_body(self) -> str:
        return orjson.dumps({"response_type": "ephemeral", **self.stamped(_RID, None)}).decode()


def canonical(payload: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys: equal payloads are equal bytes."""
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
