"""The whole payload: a message or a view, with what holds over all its blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.blockcheck.blocks import check_block
from handlers.blockcheck.shapes import (
    Check,
    Inspection,
    Surface,
    anything,
    boolean,
    many,
    one_of,
    record,
    string,
)
from handlers.blockcheck.texts import check_mrkdwn, plain

# Slack refuses at about 13,200 and does not say how it counts. Those who measured it found some 100 characters a block
# beside its words (slackapi/bolt-js 2509), and a message of 11,341 characters of words refused (2867): so the JSON of
# the blocks is counted whole, which is more than either, with the ids that Slack adds.
MOST_BYTES = 13_000
_ID_BYTES = 24
MOST_TEXT = 40_000
_ONCE = {"table": 1, "data_visualization": 2}


def _top_text(seen: Inspection, where: str, value: Any) -> None:
    string(MOST_TEXT)(seen, where, value)
    if isinstance(value, str):
        check_mrkdwn(seen, where, value)


def _off(seen: Inspection, where: str, value: Any) -> None:
    if value not in (False, "none"):
        seen.fault(where, "must stay off: it would turn words into mentions and links")


_MESSAGE_KEYS: dict[str, Check] = {
    "text": _top_text,
    "blocks": many(check_block, 50, least=0),
    "channel": string(255),
    "user": string(255),
    "ts": string(32),
    "thread_ts": string(32),
    "response_type": one_of("ephemeral", "in_channel"),
    "replace_original": boolean,
    "delete_original": boolean,
    "reply_broadcast": boolean,
    "unfurl_links": boolean,
    "unfurl_media": boolean,
    "mrkdwn": boolean,
    "metadata": record({"event_type": string(255), "event_payload": anything}),
    "link_names": _off,
    "parse": _off,
}
_MESSAGE = record({}, _MESSAGE_KEYS)

_VIEW_KEYS: dict[str, Check] = {
    "callback_id": string(255),
    "private_metadata": string(3000, least=0),
    "external_id": string(255),
}
_HOME = record({"type": one_of("home"), "blocks": many(check_block, 100)}, _VIEW_KEYS)


def _submit_for_inputs(seen: Inspection, where: str, value: Any) -> None:
    if "input" in seen.block_types and "submit" not in value:
        seen.fault(where, "submit is missing: the view has input blocks")


_MODAL = record(
    {"type": one_of("modal"), "title": plain(24), "blocks": many(check_block, 100)},
    {
        **_VIEW_KEYS,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    (_submit_for_inputs,),
)


def _whole(seen: Inspection) -> tuple[str, ...]:
    for kind, most in _ONCE.items():
        if seen.block_types.count(kind) > most:
            seen.fault("/blocks", f"at most {most} {kind} a message")
    most = 50 if seen.surface == "message" else 100
    if len(seen.block_types) > most:  # Slack does not say whether it counts them: stay under either way
        seen.fault("/blocks", f"at most {most} blocks with those inside containers, here {len(seen.block_types)}")
    if seen.markdown_characters > 12_000:
        seen.fault("/blocks", f"all markdown blocks hold at most 12000 characters, here {seen.markdown_characters}")
    return tuple(seen.faults)


def _size(seen: Inspection, blocks: Any) -> None:
    """What a message weighs at worst."""
    try:
        told = json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError):
        return  # no JSON: told where it stands
    size = len(told.encode(errors="replace")) + _ID_BYTES * (len(seen.block_types) - len(seen.ids["block_id"]))
    if size > MOST_BYTES:
        seen.fault("/blocks", f"msg_blocks_too_long: at most {MOST_BYTES} bytes as JSON with its ids, here {size}")


def check_message(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Faults of a message as sent (chat.postMessage, chat.update, response_url or an ack body); empty: good."""
    seen = Inspection("message")
    _MESSAGE(seen, "", payload)
    deletes = isinstance(payload, Mapping) and payload.get("delete_original") is True
    if isinstance(payload, Mapping) and "text" not in payload and not deletes:
        seen.fault("", "text is missing: notifications and screen readers read it")
    if isinstance(payload, Mapping):
        _size(seen, payload.get("blocks") or [])
    return _whole(seen)


def check_view(view: Mapping[str, Any]) -> tuple[str, ...]:
    """Faults of a modal or Home view; empty: good."""
    is_home = isinstance(view, Mapping) and view.get("type") == "home"
    seen = Inspection("home" if is_home else "modal")
    (_HOME if is_home else _MODAL)(seen, "", view)
    return _whole(seen)


def check_blocks(blocks: Sequence[Any], surface: Surface = "message") -> tuple[str, ...]:
    """Faults of blocks alone, as the local Slack stand-in asks before it looks at the rest."""
    seen = Inspection(surface)
    many(check_block, 50 if surface == "message" else 100, least=0)(seen, "/blocks", blocks)
    if surface == "message":
        _size(seen, blocks)
    return _whole(seen)
