"""`Chains`: follows every writer from entry to entry and says where one does not fit. Shared by sealer and `verify`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bot.audit.chain import GENESIS, Keyring
from bot.audit.rows import Row


class Chains:
    """The last entry seen of each writer: a few hundred bytes a start of the bot, whatever the number of entries."""

    def __init__(self, keyring: Keyring | None) -> None:
        """Without a keyring sequences and links are checked, MACs are not."""
        self._keyring = keyring
        self.heads: dict[str, tuple[int, str]] = {}
        self.unknown_keys: set[str] = set()
        self.checked = 0

    def take(self, row: Row) -> tuple[dict[str, Any], str | None]:
        """The body of the next row and what is wrong with it: a sentence, or None. The chain goes on from it."""
        seen, mac = self.heads.get(row.w, (0, GENESIS))
        body = _parsed(row.b)
        problem = self._problem(row, body, seen, mac)
        if row.s > seen:
            self.heads[row.w] = (row.s, row.m)
        return body or {}, problem

    def jump(self, writer: str, sequence: int, mac: str) -> None:
        """Go on after entries that can't be read any more (purged), whose end a signed digest names."""
        self.heads[writer] = (sequence, mac)

    def _problem(self, row: Row, body: Mapping[str, Any] | None, seen: int, mac: str) -> str | None:
        if body is None:
            return "the body is not what a writer of ours writes"
        if self._keyring is not None:
            key = str(body.get("k", ""))
            if self._keyring.knows(key):
                self.checked += 1
                if not self._keyring.holds(row.m, key, row.w, row.s, row.b):
                    return "the MAC is not that of these bytes: the entry was altered or forged"
            else:
                self.unknown_keys.add(key[:40])
        if row.s <= seen:
            return f"{row.w} was at {seen} already: entry {row.s} stands here once more"
        if row.s > seen + 1:
            missing = str(seen + 1) if row.s == seen + 2 else f"{seen + 1} to {row.s - 1}"
            return f"{row.w} lacks {missing} before this entry"
        if body.get("p") != mac:
            return f"does not follow on entry {seen} of {row.w}"
        return None


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None
