"""From a reply to a Slack payload: blocks and, always, text."""

from __future__ import annotations

from typing import Any, assert_never

from handlers.layouts import asking, refusing, texts
from handlers.layouts.answered import answered
from handlers.layouts.blocks import Block, context, escape
from handlers.layouts.view import View
from handlers.parsed import Parsed
from handlers.replies import Answered, Asked, Denied, Helped, Limited, NotCovered, OutOfScope, Reply, Unavailable

TEMPLATE_VERSION = "2"
IDENTIFIERS_SEEN = (
    "Your message seems to hold patient identifiers ({}). I keep none of it. Please delete the message: "
    "point at it, open its menu (…) and choose Delete message."
)


def render(reply: Reply, view: View) -> dict[str, Any]:
    """The payload: `text` and `blocks`, the same bytes for the same reply and view."""
    blocks = _blocks(reply, view)
    parsed = getattr(reply, "parsed", None)
    if view.private and isinstance(parsed, Parsed) and parsed.identifiers:
        blocks.insert(0, context(identifier_warning(parsed)))
    return {"text": _text(reply, blocks, view), "blocks": blocks}


def identifier_warning(parsed: Parsed) -> str:
    """The private word to a writer whose message holds identifiers: kinds and counts only."""
    kinds = ", ".join(f"{kind.replace('_', ' ')}: {count}" for kind, count in parsed.identifiers)
    return IDENTIFIERS_SEEN.format(escape(kinds))


def stamp(payload: dict[str, Any], rid: str, thread_ts: str | None = None) -> dict[str, Any]:
    """The payload with the request id, and the thread it belongs to, on its rows of controls.

    These ids are all that differs between two equal answers.
    """
    if payload.get("type") == "modal":
        return payload
    return {**payload, "blocks": _stamped(payload["blocks"], f"rid:{rid}:{thread_ts or ''}:")}


def _stamped(blocks: list[Block], prefix: str) -> list[Block]:
    """The blocks with an id on every row of controls, also on those inside a container."""
    stamped = []
    for index, block in enumerate(blocks):
        if _has_controls(block):
            block = {**block, "block_id": f"{prefix}{index}"}
        elif any(map(_has_controls, block.get("child_blocks", ()))):
            block = {**block, "child_blocks": _stamped(block["child_blocks"], f"{prefix}{index}.")}
        stamped.append(block)
    return stamped


def _has_controls(block: Block) -> bool:
    return block["type"] in ("actions", "context_actions") or "accessory" in block


def _blocks(reply: Reply, view: View) -> list[Block]:
    match reply:
        case Answered():
            return answered(reply, view)
        case NotCovered():
            return asking.not_covered(reply, view)
        case Asked():
            return asking.asked(reply, view.names, view.on_call)
        case OutOfScope():
            return asking.out_of_scope(reply, view.on_call)
        case Helped():
            return asking.helped(reply)
        case Limited():
            return refusing.limited(reply, view.on_call)
        case Denied():
            return refusing.denied(reply, view.on_call)
        case Unavailable():
            return refusing.unavailable(reply, view.on_call)
    assert_never(reply)


def _text(reply: Reply, blocks: list[Block], view: View) -> str:
    match reply:
        case Answered():
            return texts.answered_text(reply, view)
        case NotCovered():
            return texts.not_covered_text(reply, view)
        case _:
            return _plain(blocks)


def _plain(blocks: list[Block]) -> str:
    """Short replies read the same as text: their own words without bold marks."""
    said = []
    for block in blocks:
        if block["type"] == "section":
            said.append(block["text"]["text"])
        elif block["type"] == "context":
            said += [element["text"] for element in block["elements"]]
        elif block["type"] == "actions":
            said.append("Choices: " + ", ".join(escape(e["text"]["text"]) for e in block["elements"]))
    return " \n".join(said).replace("*", "")


def rid_of(block_id: str) -> str | None:
    """The request id of the answer that a stamped row of controls belongs to."""
    parts = block_id.split(":")
    return parts[1] or None if len(parts) == 4 and parts[0] == "rid" else None


def thread_of(block_id: str) -> str | None:
    """The thread that a stamped row of controls belongs to."""
    parts = block_id.split(":")
    return parts[2] or None if len(parts) == 4 and parts[0] == "rid" else None
