"""`verify`: reads archive and live log from the first entry to the last and says where something is not as written.

Read-only. Memory holds one segment, a few hundred bytes a writer, and what is open; not the log.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from bot.audit import stream
from bot.audit.archive.checkpoints import BadCheckpointError, Checkpoint
from bot.audit.archive.digests import FIRST_LINK, BadDigestError, Digest, Span, sha256
from bot.audit.archive.seal_key import SealKeys
from bot.audit.archive.segments import Archive, unpacked
from bot.audit.chain import Keyring
from bot.audit.proof.entry_checks import EntryChecks
from bot.audit.proof.findings import Findings
from bot.audit.proof.mirror import Mirror
from bot.audit.proof.pairs import Pairs
from bot.audit.readers.payloads import payload_of
from bot.audit.rows import START, Again, BadLineError, Line, Row, order, parse_line
from bot.redis_store import FAULTS

LONGEST_LINE = 1 << 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What to verify with. Whatever is None can't be checked, and is told."""

    archive: Archive
    redis: Redis | None
    keyring: Keyring | None
    seal_keys: SealKeys | None
    checkpoints: tuple[Checkpoint, ...] = ()


class Verifier:
    """One run over everything."""

    def __init__(self, evidence: Evidence, now_ms: int, progress: Progress = lambda done, total: None) -> None:
        """`progress` hears entries read and entries there are, as far as known."""
        self._evidence = evidence
        self._archive = evidence.archive
        self._now_ms = now_ms
        self._progress = progress
        self._findings = Findings()
        self._checks = EntryChecks(self._findings, evidence.keyring, self._archive.payload_content)
        self._checks.sealed_hash = self._hash_of
        self._mirror: Mirror | None = None
        self._heads: dict[str, tuple[int, str]] = {}
        self._matched: set[str] = set()
        self._extent: stream.Extent | None = None
        self._before: Digest | None = None
        self._previous = FIRST_LINK
        self._newest: Digest | None = None

    async def run(self) -> Findings:
        """Everything that can be checked; never raises for what it finds."""
        findings, evidence = self._findings, self._evidence
        if evidence.keyring is None:
            findings.skip("MACs: no key (CRE_AUDIT_KEY_FILE)")
        last = self._archive.last_number()
        if evidence.seal_keys is None and last:
            findings.skip("signatures: no key (CRE_SEAL_KEY_FILE)")
        self._newest = self._readable(last)
        await self._ask_redis()
        for number in range(1, last + 1):
            if not await self._segment(number):
                break
            await asyncio.sleep(0)
        self._checkpoints(last)
        await self._live_tail()
        self._checks.finish(self._now_ms)
        findings.sort()
        return findings

    async def _ask_redis(self) -> None:
        if self._evidence.redis is None:
            self._findings.skip("the live log: Redis is not asked")
            return
        try:
            # first the extent, then the heads: each head is then at or behind the end that is read to
            self._extent = await stream.extent(self._evidence.redis)
            self._heads = await stream.heads(self._evidence.redis)
        except FAULTS as error:
            self._findings.skip(f"the live log: Redis does not answer ({type(error).__name__})")
            return
        trimmed_to = self._newest.trimmed_to if self._newest else START
        self._mirror = Mirror(self._evidence.redis, self._findings, self._extent, trimmed_to)

    async def _segment(self, number: int) -> bool:
        """Check one number; False when there is no going on."""
        findings = self._findings
        try:
            digest, file_sha256 = await asyncio.to_thread(self._archive.read, number)
        except FileNotFoundError:
            findings.fault("digests", f"digest {number} is missing", segment=number)
            return False
        except (BadDigestError, OSError) as error:
            findings.fault("digests", f"digest {number} can't be read: {error}", segment=number)
            return False
        self._digest(digest, file_sha256)
        before = self._before.last_id if self._before else START
        if not digest.is_empty:
            path = self._archive.segment(number)
            if path.exists():
                lines = await self._lines(digest)
                await self._compare(digest, lines, before)
            elif self._newest is not None and number <= self._newest.purged_to:
                self._purged(digest)
            else:
                findings.fault("files", f"the file of segment {number} is missing", segment=number)
                self._pass_over(digest)
        self._before, self._previous = digest, file_sha256
        self._progress(digest.total, max(digest.total, self._newest.total if self._newest else 0))
        return True

    def _digest(self, digest: Digest, file_sha256: str) -> None:
        findings, before, n = self._findings, self._before, digest.n
        findings.counts["digests"] += 1
        if before is None:
            self._checks.origin = digest.origin
        if digest.previous != self._previous:
            findings.fault("digests", f"digest {n} does not follow on digest {n - 1} as it is now", segment=n)
        if before is not None and (digest.origin != before.origin or order(digest.last_id) < order(before.last_id)):
            findings.fault("digests", f"digest {n} does not go on where digest {n - 1} ended", segment=n)
        if digest.total != (before.total if before else 0) + digest.count:
            findings.fault("digests", f"digest {n} counts {digest.total} entries in all", segment=n)
        keys = self._evidence.seal_keys
        if keys is None:
            return
        if not keys.knows(digest.key):
            findings.fault("signatures", f"digest {n} is signed by the key {digest.key}: not trusted here", segment=n)
        elif not keys.verify(digest.key, digest.said(), digest.signature):
            findings.fault("signatures", f"the signature of digest {n} is not that of its content", segment=n)
        else:
            findings.counts["signatures"] += 1
        for checkpoint in self._evidence.checkpoints:
            if checkpoint.n == n and (checkpoint.origin, checkpoint.digest_sha256) != (digest.origin, file_sha256):
                findings.fault("checkpoints", f"digest {n} is not the one that the checkpoint names", segment=n)

    async def _lines(self, digest: Digest) -> list[Line]:
        """Read a segment once: its hash, its lines, each entry."""
        findings, n = self._findings, digest.n
        whole, size = hashlib.sha256(), 0
        lines: list[Line] = []
        expected = digest.count + digest.again + digest.strange
        is_bad, last = False, ""
        wrong_before = findings.wrong_total
        spans: dict[str, Span] = {}
        with self._archive.segment(n).open("rb") as file:
            while raw := file.readline(LONGEST_LINE):
                whole.update(raw)
                size += len(raw)
                number = len(lines) + 1
                if is_bad or number > expected:
                    is_bad = is_bad or self._too_many(n, number, expected)
                    continue
                try:
                    line = parse_line(raw[:-1] if raw.endswith(b"\n") else raw)
                except BadLineError:
                    findings.fault("files", "is not a line of a segment", segment=n, line=number)
                    is_bad = True
                    continue
                if last and order(line.id) <= order(last):
                    findings.fault("files", f"stands behind {last}: not in order", segment=n, line=number, id=line.id)
                last = line.id
                lines.append(line)
                self._line(digest, number, line, spans)
        if not is_bad and len(lines) < expected:
            problem = f"{expected - len(lines)} of {expected} lines are missing"
            findings.fault("files", problem, segment=n, line=len(lines) + 1)
        if (whole.hexdigest(), size) != (digest.sha256, digest.size):
            findings.fault("files", "the file is not the one that was signed", segment=n)
        elif findings.wrong_total == wrong_before and (
            spans != digest.writers or (lines[0].id, lines[-1].id if lines else "") != (digest.first_id, last)
        ):
            findings.fault("files", "the digest names other entries than the file has", segment=n)
        else:
            findings.counts["files"] += 1
        return lines

    def _too_many(self, n: int, number: int, expected: int) -> bool:
        self._findings.fault("files", f"more than the {expected} lines that were signed", segment=n, line=number)
        return True

    def _line(self, digest: Digest, number: int, line: Line, spans: dict[str, Span]) -> None:
        where = {"segment": digest.n, "line": number}
        if isinstance(line, Row):
            body = self._checks.take(line, **where)
            self._match_head(line)
            place = {**where, "id": line.id, "writer": line.w, "sequence": line.s}
            self._checks.shown(body, digest.lost, place)
            span = spans.get(line.w)
            first = span.first if span else line.s
            if span is None or line.s > span.last:
                spans[line.w] = Span(first=first, last=line.s, mac=line.m)
        elif isinstance(line, Again):
            if self._mirror is not None:
                self._mirror.came_again(line)
        else:
            self._findings.fault("entries", "was not written by any writer of ours", id=line.id, **where)

    async def _compare(self, digest: Digest, lines: list[Line], before: str) -> None:
        if self._mirror is None:
            return
        try:
            await self._mirror.compare(digest.n, lines, before, digest.last_id)
        except FAULTS as error:
            self._findings.skip(f"the live log: Redis stopped answering ({type(error).__name__})")
            self._mirror = None

    def _purged(self, digest: Digest) -> None:
        self._findings.counts["purged"] += 1
        self._pass_over(digest)

    def _pass_over(self, digest: Digest) -> None:
        """Go on behind a segment that can't be read, from what its digest says of it."""
        chains = self._checks.chains
        for writer, span in digest.writers.items():
            seen = chains.heads.get(writer, (0, ""))[0]
            if span.first != seen + 1:
                problem = f"{writer} goes on at {span.first}, but {seen} was its last entry"
                self._findings.fault("digests", problem, segment=digest.n)
            chains.jump(writer, span.last, span.mac)
            if self._heads.get(writer) == (span.last, span.mac):
                self._matched.add(writer)
        self._checks.pairs = Pairs(digest.open)
        if self._mirror is not None:
            self._mirror.below += digest.count + digest.again + digest.strange

    def _checkpoints(self, last: int) -> None:
        findings, keys = self._findings, self._evidence.seal_keys
        if not self._evidence.checkpoints:
            findings.note("no checkpoint from outside was compared: the end of the archive rests on Redis alone")
        for checkpoint in self._evidence.checkpoints:
            if keys is not None and not keys.verify(checkpoint.key, checkpoint.said(), checkpoint.signature):
                findings.fault("checkpoints", f"the signature of checkpoint {checkpoint.n} does not hold")
                continue
            findings.counts["checkpoints"] += 1
            if checkpoint.n > last:
                problem = f"a checkpoint names digest {checkpoint.n}: the archive ends at {last}"
                findings.fault("checkpoints", problem, segment=last + 1)

    async def _live_tail(self) -> None:
        """What is not sealed yet, then what only the end can tell."""
        if self._mirror is None or self._evidence.redis is None or self._extent is None:
            return
        cursor = self._newest.last_id if self._newest else START
        try:
            async for page in stream.pages(self._evidence.redis, f"({cursor}"):
                for row in page:
                    await self._live(row)
                await asyncio.sleep(0)
        except FAULTS as error:
            self._findings.skip(f"the live log: Redis stopped answering ({type(error).__name__})")
            return
        now = self._readable(self._archive.last_number())
        self._mirror.finish(self._checks.broken, now.trimmed_to if now else START)
        self._check_heads()
        self._mirror.count(self._newest.total_again if self._newest else 0, has_breaks=bool(self._checks.broken))

    async def _live(self, row: Line) -> None:
        if not isinstance(row, Row):
            self._findings.fault("entries", "was not written by any writer of ours", id=row.id)
            return
        if self._mirror is not None and self._mirror.came_again(row):
            return
        body = self._checks.take(row)
        self._match_head(row)
        sha = payload_of(body)
        if sha is not None and not self._checks.is_checked(sha) and self._evidence.redis is not None:
            packed = await stream.payload(self._evidence.redis, sha)
            place = {"id": row.id, "writer": row.w, "sequence": row.s}
            content = unpacked(packed) if packed is not None else self._archive.payload_content(sha)
            if content is None and packed is None:
                self._findings.skip(f"payload {sha[:12]}… is not in Redis")
            elif content is None or sha256(content) != sha:
                self._findings.fault("payloads", f"the payload {sha} is not what was shown", **place)
            self._checks.remember_payload(sha)

    def _match_head(self, row: Row) -> None:
        head = self._heads.get(row.w)
        if head is None:
            return
        if head == (row.s, row.m):
            self._matched.add(row.w)
        elif self._extent is not None and row.s > head[0] and order(row.id) <= order(self._extent.last_id):
            place = {"id": row.id, "writer": row.w, "sequence": row.s}
            if row.w not in self._matched:
                self._findings.fault("heads", f"the head of {row.w} in Redis is {head[0]}: not its entry", **place)
                self._matched.add(row.w)

    def _check_heads(self) -> None:
        for writer, (sequence, _) in sorted(self._heads.items()):
            if writer in self._matched:
                self._findings.counts["heads"] += 1
                continue
            seen = self._checks.chains.heads.get(writer, (0, ""))[0]
            if sequence > seen:
                problem = f"{writer} wrote {sequence} entries by its head in Redis: the log ends at {seen}"
            else:
                problem = f"the head of {writer} in Redis is not its entry {sequence}"
            self._findings.fault("heads", problem, writer=writer, sequence=min(sequence, seen + 1))
        if self._extent is not None and not self._heads and self._extent.length:
            self._findings.fault("heads", "the heads are gone from Redis")

    def _hash_of(self, number: int) -> str | None:
        """The SHA-256 of a digest file of this archive; None when there is none."""
        try:
            return sha256(self._archive.digest(number).read_bytes())
        except OSError:
            return None

    def _readable(self, last: int) -> Digest | None:
        """The newest digest, for where the live log goes on; a damaged one is named when its turn comes."""
        for number in range(last, max(0, last - 1000), -1):
            try:
                return self._archive.read(number)[0]
            except (OSError, BadDigestError):
                continue
        return None


def read_checkpoints(contents: list[bytes]) -> tuple[list[Checkpoint], int]:
    """The checkpoints among these contents, and how many were none."""
    found: list[Checkpoint] = []
    bad = 0
    for content in contents:
        try:
            found.append(Checkpoint.read(content))
        except BadCheckpointError:
            bad += 1
    return found, bad
