"""Audit entries as the admin's table shows them: one flat row each, ids and outcomes only."""

from __future__ import annotations

from typing import Any

from bot.playground.records import Json

_UNREADABLE = "unreadable"
_SAID = {f"answer.{word}": word for word in ("shared", "delivered", "failed", "unknown")}


def audit_row(entry: Json) -> Json:
    """Time, asker, surface, mechanisms, sites, outcome, edition and request id of one entry of the log."""
    if _UNREADABLE in entry:
        return {"outcome": _UNREADABLE, "rid": entry.get("id")}
    question = _part(_part(entry, "ask"), "question")
    answer = _part(entry, "ans")
    source = _part(entry, "src")
    return {
        "time": entry.get("ts"),
        "asker": _part(entry, "who").get("user"),
        "surface": source.get("surface"),
        "mechanisms": question.get("mechanisms", []),
        "sites": question.get("sites", []),
        "outcome": _SAID.get(str(entry.get("t"))) or answer.get("outcome") or entry.get("t"),
        "edition": answer.get("edition"),
        "rid": entry.get("rid"),
    }


def _part(entry: Json, name: str) -> dict[str, Any]:
    part = entry.get(name)
    return part if isinstance(part, dict) else {}
