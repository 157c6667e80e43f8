"""Slack's payloads of the App Home, read once: its opening, and taps on what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from handlers.layouts.home import BROWSE
from handlers.messages import transport
from handlers.ports import Asker, Surface
from handlers.roles import Role
from knowledge.question import Question
from knowledge.terms import Mechanism, Site


@dataclass(frozen=True, slots=True)
class HomeTap:
    """A tap in the Home; `value` is the tapped button's, or the chosen option's."""

    asker: Asker
    value: str
    picked: Question  # the mechanism and site picked to browse, as far as they are

    @property
    def role(self) -> Role:
        """The chosen role. Raises ValueError when the value is not ours."""
        return Role(self.value)


def opened(body: Mapping[str, Any], context: Mapping[str, Any]) -> tuple[Asker, Literal["home", "messages"]]:
    """Who opened the Home, and which tab of it."""
    event, team = body["event"], body["team_id"]
    asker = Asker(
        team=team,
        user=event["user"],
        channel=event["channel"],
        channel_kind="im",
        enterprise=body.get("enterprise_id"),
        surface=Surface.ACTION,
        delivery=f"home:{team}:{event['event_ts']}:{event['user']}",
        **transport(context),
    )
    return asker, "messages" if event.get("tab") == "messages" else "home"


def tap(body: Mapping[str, Any], context: Mapping[str, Any]) -> HomeTap:
    """A tap on a button or a choice in a menu. The answer's place is the conversation named when the Home was made."""
    action, view = body["actions"][0], body["view"]
    asker = Asker(
        team=body["team"]["id"] if body.get("team") else body["user"]["team_id"],
        user=body["user"]["id"],
        user_team=body["user"].get("team_id"),
        channel=view["private_metadata"] or body["user"]["id"],
        channel_kind="im",
        enterprise=(body.get("enterprise") or {}).get("id"),
        surface=Surface.ACTION,
        delivery=f"trigger:{body['trigger_id']}",
        **transport(context),
    )
    chosen = action.get("selected_option") or action
    return HomeTap(
        asker, str(chosen.get("value", "")), _picked(view.get("state", {}).get("values", {}).get(BROWSE, {}))
    )


def _picked(values: Mapping[str, Any]) -> Question:
    mechanism = (values.get("home_mechanism", {}).get("selected_option") or {}).get("value")
    site = (values.get("home_site", {}).get("selected_option") or {}).get("value")
    return Question(mechanisms=(Mechanism(mechanism),) if mechanism else (), sites=(Site(site),) if site else ())
