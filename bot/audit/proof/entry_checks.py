"""`EntryChecks`: what `verify` asks of each entry in turn, wherever it stands; memory stays flat."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from bot.audit.archive.digests import sha256
from bot.audit.chain import Keyring
from bot.audit.chains import Chains
from bot.audit.proof.findings import Findings
from bot.audit.proof.pairs import ENDING, Pairs
from bot.audit.readers.payloads import payload_of
from bot.audit.rows import Row
from handlers.delivering import OPENING

PENDING_MS = 10 * 60 * 1000  # an answer younger than this may still be on its way: five minutes, and two to seal
_REMEMBERED = 100_000
_TYPES_SEEN = 64
_NAMED = 5


class EntryChecks:
    """Fed with every entry in order; faults go to the findings."""

    def __init__(self, findings: Findings, keyring: Keyring | None, payload: Callable[[str], bytes | None]) -> None:
        """`payload` gives the archived bytes of a SHA-256, unchecked; None when there are none."""
        self.chains = Chains(keyring)
        self.pairs = Pairs()
        self.sealed_hash: Callable[[int], str | None] = lambda _: None
        self.origin: str | None = None
        self.broken: dict[str, int] = {}  # writer -> the sequence it was cut back to by a failover
        self._findings = findings
        self._payload = payload
        self._payloads: OrderedDict[str, None] = OrderedDict()
        self._stopped: set[str] = set()
        self._ended_badly: set[str] = set()
        self._content: tuple[str, str] = ("", "")
        self._contents: set[tuple[str, str]] = set()
        self._mixed = 0

    def take(self, row: Row, **where: Any) -> Mapping[str, Any]:
        """The next entry; `where` names segment and line. Returns its body."""
        place = {**where, "id": row.id, "writer": row.w, "sequence": row.s}
        body, problem = self.chains.take(row)
        self._findings.counts["entries"] += 1
        if problem is not None:
            self._findings.fault("chain", problem, **place)
        kind = body.get("t")
        if kind in OPENING or kind in ENDING:
            if (unpaired := self.pairs.take(row.id, body)) is not None:
                self._findings.fault("pairs", unpaired, **place)
            self._watch_content(body)
        elif kind in _OF_THE_PROGRAM:
            self._program(str(kind), body.get("sys"), place)
        return body

    def shown(self, body: Mapping[str, Any], lost: tuple[str, ...], place: Mapping[str, Any]) -> None:
        """The payload of a sealed answer is archived and is what its digest says."""
        sha = payload_of(body)
        if sha is None or sha in self._payloads:
            return
        content = self._payload(sha)
        if content is None:
            if sha in lost:
                self._findings.skip(f"payload {sha[:12]}… was gone from Redis before it was sealed")
            else:
                self._findings.fault("payloads", f"the payload {sha} is not in the archive", **place)
        elif sha256(content) != sha:
            self._findings.fault("payloads", f"the payload {sha} is not what was shown", **place)
        self.remember_payload(sha)

    def is_checked(self, sha: str) -> bool:
        """Whether that payload was looked at already."""
        return sha in self._payloads

    def remember_payload(self, sha: str) -> None:
        """Not to be looked at again soon."""
        self._findings.counts["payloads"] += 1
        self._payloads[sha] = None
        if len(self._payloads) > _REMEMBERED:
            self._payloads.popitem(last=False)

    def finish(self, now_ms: int) -> None:
        """What can be said only at the end."""
        findings = self._findings
        findings.counts["macs"] = self.chains.checked
        findings.counts["pairs"] = self.pairs.begun
        for key in sorted(self.chains.unknown_keys):
            findings.skip(f"entries of MAC key {key}: it is not in CRE_AUDIT_KEY_FILE")
        overdue = self.pairs.open(now_ms - PENDING_MS)
        if overdue:
            first = overdue[0]
            findings.skip(
                f"how {_count(len(overdue), 'answer')} ended: no entry says it (first: {first.rid}, id {first.id}); "
                "sealing writes answer.unknown after five minutes"
            )
        if young := len(self.pairs.open()) - len(overdue):
            findings.note(f"on their way (younger than ten minutes): {_count(young, 'answer')}")
        if self.pairs.overflowed:
            findings.skip(f"{self.pairs.overflowed} answers without an end: too many at once to follow")
        if self.pairs.late:
            findings.note(f"given up as unknown, their end told later: {_count(self.pairs.late, 'answer')}")
        going = sorted(set(self.chains.heads) - self._stopped - self._ended_badly)
        if going:
            named = ", ".join(going[-_NAMED:])
            findings.note(f"at work, or ended without saying so: {_count(len(going), 'writer')}, the newest {named}")
        if self._ended_badly:
            findings.note(f"crashed or cut off, and the log says so: {_count(len(self._ended_badly), 'writer')}")
        if self._mixed:
            findings.note(f"replicas answered from different content at the same time ({self._mixed} changes back)")

    def _program(self, kind: str, facts: Any, place: Mapping[str, Any]) -> None:
        if not isinstance(facts, Mapping):
            return
        writer = str(facts.get("writer", ""))
        if kind == "writer.stopped":
            self._stopped.add(writer)
        elif kind == "spool.recovered" and not facts.get("stopped"):
            self._ended_badly.add(writer)
        elif kind == "chain.break":
            self._ended_badly.add(writer)
            found = facts.get("found")
            self.broken[writer] = found if isinstance(found, int) else 0
        elif kind == "archive.sealed" and facts.get("origin") == self.origin:
            self._announced(facts, place)

    def _announced(self, facts: Mapping[str, Any], place: Mapping[str, Any]) -> None:
        number = facts.get("segment")
        found = self.sealed_hash(number) if isinstance(number, int) else None
        self._findings.counts["announced"] += 1
        if found is None:
            self._findings.fault("announced", f"the log says that segment {number} was sealed: it is gone", **place)
        elif found != facts.get("digest_sha256"):
            self._findings.fault("announced", f"digest {number} is not the one that was sealed", **place)

    def _watch_content(self, body: Mapping[str, Any]) -> None:
        """Replicas with different content show as one content coming back after another had taken over."""
        ans = body.get("ans")
        if not isinstance(ans, Mapping) or "knowledge_sha256" not in ans:
            return
        content = (str(ans["knowledge_sha256"]), str(ans.get("overlay_sha256", "")))
        if content != self._content:
            self._mixed += content in self._contents
            if len(self._contents) < _TYPES_SEEN:
                self._contents.add(content)
            self._content = content


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


_OF_THE_PROGRAM = frozenset({"writer.stopped", "spool.recovered", "chain.break", "archive.sealed"})
