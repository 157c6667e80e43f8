"""Rendering an answer again from its entry, for when the bytes that were shown are no longer kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

import orjson
from pydantic import ValidationError

from bot.audit.archive.digests import sha256
from bot.knowing import load_known, on_call_route
from bot.settings import Settings
from handlers.layouts import View, render
from handlers.layouts.labels import Names
from handlers.layouts.rendering import TEMPLATE_VERSION
from handlers.replies import Reply, parsed_from
from handlers.responding import respond
from handlers.roles import Role
from handlers.showing import canonical
from knowledge.errors import KnowledgeDataError
from knowledge.question import Question


def rendered_again(settings: Settings, entry: Mapping[str, Any]) -> tuple[bytes | None, str]:
    """The canonical payload, proven by the entry's digest, or None; and why not, or how it was come by."""
    ans = entry["ans"]
    try:
        knowledge, _ = load_known(settings)
        question = Question.model_validate(entry.get("ask", {})["question"])
    except (KnowledgeDataError, ValidationError, KeyError):
        return None, "the entry holds no question that this version can answer again"
    local = knowledge.local.digest if knowledge.local else None
    if (knowledge.digest, local) != (ans.get("knowledge_sha256"), ans.get("overlay_sha256")):
        return None, f"edition {ans.get('edition')} with exactly that content is not loaded (CRE_KNOWLEDGE_DIR)"
    if ans.get("template") != TEMPLATE_VERSION:
        return None, f"it was laid out by template {ans.get('template')}; this version has {TEMPLATE_VERSION}"
    on = datetime.fromtimestamp(entry["ts"] / 1000, UTC).date()
    reply = respond(parsed_from(question), knowledge, on=on)
    names, on_call = Names.of(knowledge), on_call_route(settings, knowledge)
    for payload in _candidates(reply, names, on_call):
        content = canonical(payload)
        if sha256(content) == ans.get("payload_sha256"):
            return content, "rendered again from the entry, and the digest is the same"
    return None, "rendered again it has another digest: the words were kept, what else was shown is not known"


def _candidates(reply: Reply, names: Names, on_call: str) -> Iterator[Mapping[str, Any]]:
    for role, private, shareable in product(Role, (True, False), (True, False)):
        yield render(reply, View(names=names, on_call=on_call, shareable=shareable, private=private, role=role))


def parsed_payload(content: bytes) -> dict[str, Any] | None:
    """The payload as a table; None when it is none."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("blocks"), list) else None
