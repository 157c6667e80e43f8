"""`SlackReviewers`: who may review the audit log. Named in the settings, and confirmed by Slack at each use.

Nothing is kept between uses: a right that is taken away in Slack or in the settings is gone at the next tap.
"""

from __future__ import annotations

import asyncio
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_client import FAULTS, Identity
from handlers.ports import Asker

DEADLINE_SECONDS = 0.8


class SlackReviewers:
    """`handlers.review.ReviewRights` by the settings' pairs of team and user, and users.info."""

    def __init__(
        self,
        client: AsyncWebClient,
        identity: Identity,
        reviewers: frozenset[tuple[str, str]],
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._client = client
        self._team = identity.team
        self._reviewers = reviewers
        self._deadline_seconds = deadline_seconds

    async def refusal(self, asker: Asker) -> str | None:
        if asker.team != self._team:
            return "other_workspace"
        if (asker.team, asker.user) not in self._reviewers:
            return "not_listed"
        try:
            async with asyncio.timeout(self._deadline_seconds):
                reply = await self._client.api_call("users.info", http_verb="GET", params={"user": asker.user})
        except FAULTS:
            return "not_confirmed"
        member = reply.get("user")
        if not isinstance(member, dict) or member.get("id") != asker.user:
            return "not_confirmed"
        return self._fault_of(member, asker)

    def _fault_of(self, member: dict[str, Any], asker: Asker) -> str | None:
        enterprise = member.get("enterprise_user")
        teams = enterprise.get("teams") if isinstance(enterprise, dict) else None
        at_home = self._team in (member.get("team_id"), *(teams if isinstance(teams, list) else ()))
        came_from = asker.user_team in (None, self._team, member.get("team_id") if at_home else None)
        if member.get("deleted"):
            return "deactivated"
        if member.get("is_bot") or member.get("is_workflow_bot"):
            return "bot"
        if member.get("is_stranger") or not at_home or not came_from:
            return "external"
        if member.get("is_restricted") or member.get("is_ultra_restricted"):
            return "guest"
        return None
