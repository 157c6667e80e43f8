"""`Pairs`: joins each answer with the entry that says how its delivery ended. Memory is bounded by what is open."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from bot.audit.archive.digests import Open
from bot.audit.rows import at_ms
from handlers.delivering import OPENING

ENDING = frozenset({"answer.delivered", "answer.failed", "answer.unknown"})
MOST_OPEN = 100_000
REMEMBERED = 50_000  # ends kept in mind to notice a second one
Key = tuple[str, str]


class Pairs:
    """Fed with entries in order; `take` says what does not fit."""

    def __init__(self, opened: Iterable[Open] = ()) -> None:
        self._open: OrderedDict[Key, list[Open]] = OrderedDict()
        self._ended: OrderedDict[Key, str] = OrderedDict()
        self.overflowed = 0
        self.ends: dict[str, int] = dict.fromkeys(sorted(ENDING), 0)
        self.begun = 0
        self.late = 0
        for each in opened:
            self._open.setdefault((each.rid, each.sha), []).append(each)

    def take(self, stream_id: str, body: Mapping[str, Any]) -> str | None:
        """The next entry; what is wrong with it: a sentence, or None."""
        kind = body.get("t")
        if kind not in OPENING and kind not in ENDING:
            return None
        ans = body.get("ans")
        sha = str(ans.get("payload_sha256", "")) if isinstance(ans, Mapping) else ""
        key = (str(body.get("rid", "")), sha)
        if kind in OPENING:
            ts = body.get("ts")
            self._begin(key, Open(id=stream_id, ts=ts if isinstance(ts, int) else 0, rid=key[0], sha=key[1]))
            return None
        return self._end(key, str(kind))

    def open(self, before_ms: int | None = None) -> list[Open]:
        """Answers without an end, oldest first; only those the store took before that time."""
        found = [each for waiting in self._open.values() for each in waiting]
        return [each for each in found if before_ms is None or at_ms(each.id) < before_ms]

    def _begin(self, key: Key, begun: Open) -> None:
        self._ended.pop(key, None)  # shown once more (shared): it ends once more
        waiting = self._open.setdefault(key, [])
        if any(each.ts == begun.ts for each in waiting):  # written again by a new writer, after a `chain.break`
            return
        self.begun += 1
        waiting.append(begun)
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
            self.overflowed += 1

    def _end(self, key: Key, kind: str) -> str | None:
        self.ends[kind] += 1
        waiting = self._open.get(key)
        if waiting:
            waiting.pop(0)
            if not waiting:
                del self._open[key]
            self._ended[key] = kind
            if len(self._ended) > REMEMBERED:
                self._ended.popitem(last=False)
            return None
        before = self._ended.get(key)
        if before is None:
            return "ends an answer that was never prepared, or with other bytes"
        if "answer.unknown" in (before, kind):  # the end was told after it had been given up: both stand
            self.late += 1
            self._ended[key] = kind
            return None
        return f"ends an answer that had ended already ({before})"
