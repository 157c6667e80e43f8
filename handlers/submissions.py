"""A submitted form, read once: which message it is about, and what was filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.messages import Tap, transport
from handlers.ports import Asker, Surface


@dataclass(frozen=True, slots=True)
class Submission:
    """A form with the tap that it was opened by. Fields go by their block_id."""

    tap: Tap
    fields: Mapping[str, Mapping[str, Any]]

    def one(self, field: str) -> str | None:
        """The chosen option or the typed value; None where it was left empty."""
        chosen = self.many(field)
        return chosen[0] if chosen else self.fields.get(field, {}).get("value")

    def many(self, field: str) -> tuple[str, ...]:
        """Every chosen option, also of a field that takes one."""
        entry = self.fields.get(field, {})
        options = entry.get("selected_options") or filter(None, [entry.get("selected_option")])
        return tuple(option["value"] for option in options)


def metadata(source: Tap, value: str | None = None) -> str:
    """What a modal must know to answer where it was opened: ids and the encoded question, 3,000 characters at most."""
    kept = {
        "q": source.value if value is None else value,
        "c": source.asker.channel,
        "k": source.asker.channel_kind,
        "m": source.message_ts,
        "e": source.ephemeral,
        "r": source.response_url,
        "t": source.asker.thread_ts,
        "i": source.rid,
    }
    return json.dumps({name: what for name, what in kept.items() if what}, separators=(",", ":"))


def submission(body: Mapping[str, Any], context: Mapping[str, Any]) -> Submission:
    """A view_submission of a form of ours."""
    view, user = body["view"], body["user"]
    kept = json.loads(view["private_metadata"])
    ephemeral = bool(kept.get("e"))
    asker = Asker(
        team=str((body.get("team") or {}).get("id") or user.get("team_id")),
        user=user["id"],
        user_team=user.get("team_id"),
        channel=kept["c"],
        channel_kind=kept["k"],
        enterprise=(body.get("enterprise") or {}).get("id"),
        surface=Surface.ACTION,
        delivery=f"view:{view['id']}:{view.get('hash', '')}",
        thread_ts=kept.get("t"),
        private=ephemeral or kept["k"] == "im",
        **transport(context),
    )
    tap = Tap(
        asker=asker,
        action_id=str(view.get("callback_id", "")),
        value=kept.get("q", ""),
        trigger_id=str(body.get("trigger_id", "")),
        message_ts=kept.get("m", ""),
        ephemeral=ephemeral,
        response_url=kept.get("r"),
        rid=kept.get("i"),
    )
    values = view["state"]["values"]
    return Submission(tap, {field: next(iter(entries.values()), {}) for field, entries in values.items()})
