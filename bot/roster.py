"""`SlackRoster`: who the asker is to the installed workspace, from users.info, kept for ten minutes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_client import FAULTS, Identity, reason_of
from bot.tasks import TaskRegistry
from handlers.ports import Asker, Clock, Standing

KEPT_SECONDS = 600.0
KEPT_USERS = 10_000
DEADLINE_SECONDS = 0.8
_FOREIGN = frozenset({"user_not_found", "user_not_visible"})
_log = structlog.get_logger(__name__)


class SlackRoster:
    """`handlers.ports.Roster`. A look-up that is too slow goes on alone and serves the next question."""

    def __init__(
        self,
        client: AsyncWebClient,
        identity: Identity,
        clock: Clock,
        tasks: TaskRegistry,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._client = client
        self._identity = identity
        self._clock = clock
        self._tasks = tasks
        self._deadline_seconds = deadline_seconds
        self._kept: OrderedDict[str, tuple[Standing, float]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Standing]] = {}

    async def standing(self, asker: Asker) -> Standing:
        if asker.user == self._identity.bot_user or asker.user == "USLACKBOT":
            return Standing.BOT
        if not self._is_ours(asker.user_team or asker.team, asker.enterprise):
            return Standing.EXTERNAL
        kept = self._kept.get(asker.user)
        if kept is not None and self._clock.monotonic() < kept[1]:
            return kept[0]
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await asyncio.shield(self._look_up(asker.user))
        except TimeoutError:
            _log.warning("roster.slow", method="users.info")
            return Standing.UNKNOWN

    def _is_ours(self, team: str, enterprise: str | None) -> bool:
        ours = self._identity
        return team == ours.team or (ours.enterprise is not None and ours.enterprise in (team, enterprise))

    def _look_up(self, user: str) -> asyncio.Task[Standing]:
        if user not in self._asking:
            task = self._tasks.spawn(self._ask_slack(user), "users.info")
            self._asking[user] = task
            task.add_done_callback(lambda _: self._asking.pop(user, None))
        return self._asking[user]

    async def _ask_slack(self, user: str) -> Standing:
        try:
            reply = await self._client.api_call("users.info", http_verb="GET", params={"user": user})
        except FAULTS as error:
            if (reason := reason_of(error)) in _FOREIGN:
                return self._keep(user, Standing.EXTERNAL)
            _log.warning("roster.unavailable", method="users.info", reason=reason)
            return Standing.UNKNOWN
        member = reply.get("user")
        return self._keep(user, self._judge(member)) if isinstance(member, dict) else Standing.UNKNOWN

    def _judge(self, member: dict[str, Any]) -> Standing:
        if member.get("is_bot") or member.get("is_workflow_bot"):
            return Standing.BOT
        if member.get("deleted"):
            return Standing.DEACTIVATED
        if member.get("is_stranger") or not self._belongs(member):
            return Standing.EXTERNAL
        if member.get("is_restricted") or member.get("is_ultra_restricted"):
            return Standing.GUEST
        return Standing.MEMBER

    def _belongs(self, member: dict[str, Any]) -> bool:
        """A member of the installed workspace, by Slack's list of theirs in an organisation; or of that organisation.

        In Enterprise Grid `team_id` may name another workspace of the same person.
        """
        ours, across = self._identity, member.get("enterprise_user")
        across = across if isinstance(across, dict) else {}
        if ours.org_wide and ours.enterprise is not None and across.get("enterprise_id") == ours.enterprise:
            return True
        teams = across.get("teams")
        return ours.team in (member.get("team_id") or ours.team, *(teams if isinstance(teams, list) else ()))

    def _keep(self, user: str, standing: Standing) -> Standing:
        self._kept[user] = (standing, self._clock.monotonic() + KEPT_SECONDS)
        self._kept.move_to_end(user)
        while len(self._kept) > KEPT_USERS:
            self._kept.popitem(last=False)
        return standing
