"""What a reply leaves in the audit log: ids, the parse and digests; never text, never a name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from handlers.layouts.rendering import TEMPLATE_VERSION
from handlers.parsed import Parsed
from handlers.ports import Admitted, Asker, AuditRecord, EntryType, OverLimit
from handlers.replies import Denied, Limited, Reply
from handlers.showing import Shown
from knowledge.base import KnowledgeBase
from knowledge.question import Question


def record_of(
    rid: str,
    kind: EntryType,
    asker: Asker,
    reply: Reply,
    shown: Shown,
    verdict: Admitted | OverLimit,
    times: Mapping[str, int],
    knowledge: KnowledgeBase,
) -> AuditRecord:
    """The record of one reply: what was asked as understood, and which content, layout and bytes answered."""
    parsed: Parsed | None = getattr(reply, "parsed", None)
    return AuditRecord(
        rid=rid,
        type=_entry_type(kind, reply),
        asker=asker,
        ask=_asked(parsed) if parsed else {},
        ans={
            "outcome": reply.outcome,
            "edition": knowledge.edition.id,
            "knowledge_sha256": knowledge.digest,
            **({"overlay_sha256": knowledge.local.digest} if knowledge.local else {}),
            "template": TEMPLATE_VERSION,
            "payload_sha256": shown.sha256,
            "blocks": len(shown.payload.get("blocks", ())),
        },
        rl={
            "verdict": f"limited_{verdict.scope}" if isinstance(verdict, OverLimit) else "admitted",
            "mode": verdict.mode,
        },
        ms=dict(times),
        payload=shown.canonical,
    )


def event_of(
    kind: EntryType, asker: Asker, rid: str, question: Question | None, said: Mapping[str, Any]
) -> AuditRecord:
    """The record of what was done about an answer (a consult, feedback); `rid` is that answer's."""
    ask = {"question": _canonical_question(question)} if question else {}
    return AuditRecord(rid=rid, type=kind, asker=asker, ask=ask, ans=dict(said))


def _entry_type(kind: EntryType, reply: Reply) -> EntryType:
    if isinstance(reply, Limited):
        return "rate.limited"
    return "query.denied" if isinstance(reply, Denied) else kind


def _asked(parsed: Parsed) -> dict[str, Any]:
    return {
        "question": _canonical_question(parsed.question),
        "must_ask": sorted(parsed.must_ask),
        "doubts": sorted({doubt.kind.value for doubt in parsed.doubts}),
        "negated": sorted(m.value for m in parsed.negated),
        "phi": dict(parsed.identifiers),
        "unknown_tokens": parsed.unknown_tokens,
        "length": parsed.length,
    }


@lru_cache(maxsize=512)
def _canonical_question(question: Question) -> Mapping[str, Any]:
    """As it is written down; many ask the same."""
    return question.canonical().model_dump(mode="json", exclude_defaults=True)
