"""How the stand-in says no: Slack's error words, and the arguments every method needs."""

from __future__ import annotations

import copy
import json
from typing import Any

from bot.playground.records import Json


class SlackError(Exception):
    """`{"ok": false, "error": …}`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


def need(args: Json, *names: str) -> list[str]:
    missing = [name for name in names if not args.get(name)]
    if missing:
        messages = [f"[ERROR] missing required field: {name}" for name in missing]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
    return [str(args[name]) for name in names]


def decoded(value: Any, error: str) -> Any:
    """Forms carry blocks and views as JSON text; JSON bodies as they are."""
    if not isinstance(value, str):
        return copy.deepcopy(value)
    try:
        return json.loads(value)
    except ValueError:
        raise SlackError(error) from None
