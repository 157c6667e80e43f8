"""From the bytes of an entry to what a reviewer sees of it, and whether it is among what they chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from handlers.review import Filters, Row

Body = dict[str, Any]
LISTED = frozenset({"answer.prepared", "answer.shared", "query.denied", "rate.limited"})
_BARE = frozenset({"k", "p", "v"})


def body_of(raw: bytes) -> Body | None:
    """The entry's table; None for what is no entry."""
    try:
        loaded = orjson.loads(raw)
    except ValueError:
        return None
    return loaded if isinstance(loaded, dict) and isinstance(loaded.get("t"), str) else None


def is_listed(body: Body) -> bool:
    """Whether the entry is a question: the list shows these, and what belongs to them on their own page."""
    return body["t"] in LISTED


def matches(body: Body, team: str, filters: Filters) -> bool:
    """Whether an entry is this workspace's and among what was chosen. Feedback is chosen before."""
    who, source, answer = part(body, "who"), part(body, "src"), part(body, "ans")
    question = part(part(body, "ask"), "question")
    return (
        who.get("team") == team
        and filters.asker in (None, who.get("user"))
        and filters.channel in (None, source.get("channel"))
        and (filters.mechanism is None or filters.mechanism.value in question.get("mechanisms", ()))
        and (filters.site is None or filters.site.value in question.get("sites", ()))
        and filters.outcome in (None, answer.get("outcome"))
        and filters.edition in (None, answer.get("edition"))
    )


def needles(team: str, filters: Filters) -> list[bytes]:
    """Bytes that every entry chosen must hold: most others fall out without being read."""
    wanted = {
        '"team":': team,
        '"user":': filters.asker,
        '"channel":': filters.channel,
        '"outcome":': filters.outcome,
        '"edition":': filters.edition,
        "": filters.mechanism,
    }
    found = [f'{name}"{value}"'.encode() for name, value in wanted.items() if value is not None]
    return [*found, f'"{filters.site}"'.encode()] if filters.site is not None else found


def row_of(place: str, body: Body) -> Row:
    """The line of the list."""
    who, source, answer = part(body, "who"), part(body, "src"), part(body, "ans")
    question = part(part(body, "ask"), "question")
    renal = part(question, "renal")
    measure = " ".join(str(renal[name]) for name in ("measure", "value") if name in renal)
    return Row(
        place=place,
        rid=str(body.get("rid", "")),
        ts=int(body.get("ts", 0)),
        type=str(body["t"]),
        user=str(who.get("user", "")),
        channel=str(source.get("channel", "")),
        surface=str(source.get("surface", "")),
        mechanisms=tuple(map(str, question.get("mechanisms", ()))),
        sites=tuple(map(str, question.get("sites", ()))),
        renal=measure or None,
        outcome=str(answer.get("outcome", "")),
        edition=answer.get("edition"),
    )


def fields_of(body: Body) -> tuple[tuple[str, str], ...]:
    """Everything the entry holds, flat; the links of the chain are `audit show`'s business."""
    return tuple(_flat({name: value for name, value in body.items() if name not in _BARE}))


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            found.append((f"{prefix}{name}", ", ".join(map(str, value))))
        else:
            found.append((f"{prefix}{name}", str(value)))
    return found


def part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table within an entry; empty when there is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}
