"""`Placed`: an entry in its place; `Chain`: the place where the next entry of a writer goes."""

from __future__ import annotations

import time
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bot import redis_keys
from bot.audit.chain import GENESIS, Keyring
from bot.audit.entry import body_of

OPENING = {"answer.prepared": "p", "answer.shared": "s"}
"""The entries that the review index lists, and their tags there."""
RENEW_PAYLOAD_SECONDS = 3600.0
MOST_PAYLOADS = 2048


@dataclass(frozen=True, slots=True)
class Payload:
    """What was shown: canonical JSON, compressed (zlib), and the SHA-256 of the JSON."""

    sha256: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class Placed:
    """One entry as it is stored: the body's bytes never change again."""

    writer: str
    sequence: int
    mac: str
    body: bytes
    payload: Payload | None = None

    def table(self) -> dict[str, Any]:
        """What it says, without its place: to be placed again under another writer."""
        content: dict[str, Any] = orjson.loads(self.body)
        return {name: value for name, value in content.items() if name not in ("p", "k")}

    @property
    def previous(self) -> str:
        """MAC of the entry before it."""
        return str(orjson.loads(self.body)["p"])


class Chain:
    """One writer's chain. Owned by one task: places are given in order, each once."""

    def __init__(self, writer: str, keyring: Keyring) -> None:
        self.writer = writer
        self.sequence = 0
        self._previous = GENESIS
        self._keyring = keyring

    def place(self, table: Mapping[str, Any], payload: Payload | None = None) -> Placed:
        """The next entry of this writer."""
        self.sequence += 1
        body = body_of(table, self._previous, self._keyring.current)
        self._previous = self._keyring.mac(self.writer, self.sequence, body)
        return Placed(self.writer, self.sequence, self._previous, body, payload)


class Payloads:
    """Which payloads went out lately: each rides with the first entry that shows it, and once an hour after that.

    It is stored by the same call as its entry, so a store that has lost it has lost that entry too and asks for it.
    """

    def __init__(self) -> None:
        self._sent: OrderedDict[str, float] = OrderedDict()

    def packed(self, sha256: str, shown: bytes) -> Payload | None:
        """The payload to send with an entry; None when it went out lately."""
        now = time.monotonic()
        sent = self._sent.get(sha256)
        if sent is not None and now - sent < RENEW_PAYLOAD_SECONDS:
            return None
        self._sent[sha256] = now
        self._sent.move_to_end(sha256)
        if len(self._sent) > MOST_PAYLOADS:
            self._sent.popitem(last=False)
        return Payload(sha256, zlib.compress(shown))

    def forget(self) -> None:
        """Send each again: nobody knows what the store still has."""
        self._sent.clear()


def indexes_of(body: bytes) -> tuple[str, list[str]]:
    """The tag and the index streams of a stored body; no streams for an entry that no review lists."""
    content = orjson.loads(body)
    tag = OPENING.get(content["t"])
    if tag is None:
        return "", []
    who, question = content["who"], content.get("ask", {}).get("question") or {}
    try:
        keys = [redis_keys.audit_of_user(who["team"], who["user"])]
        keys += [redis_keys.audit_of_mechanism(each) for each in dict.fromkeys(question.get("mechanisms", ()))]
    except redis_keys.BadIdentifierError:  # an id that is none of Slack's is recorded, and found by reading only
        return "", []
    return tag, keys
