"""What must hold before the bot serves: Redis answers, the knowledge is sound, Slack takes the token."""

from __future__ import annotations

from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient

from bot.faults import Fault
from bot.knowing import as_fault, load_known
from bot.redis_safety import Findings, inspect
from bot.redis_store import FAULTS as REDIS_FAULTS
from bot.settings import REMEDIES, Settings
from bot.slack_client import Identity, SlackRefusedError, identify
from handlers.ports import Clock
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.vocabulary import Vocabulary

SCOPES = ("commands", "app_mentions:read", "assistant:write", "chat:write", "im:history", "users:read")
_TRIES = 3
_ANEW = "api.slack.com/apps, your app, Install App: install it again and put the new Bot User OAuth Token in"
TOKEN_REMEDIES = {
    "token_revoked": f"it was revoked or replaced. {_ANEW}",
    "account_inactive": f"the app was removed from the workspace, or the workspace is gone. {_ANEW}",
    "token_expired": "it expires because token rotation is on, which this bot does not use: switch it off under "
    "OAuth & Permissions, install the app again and put the new token in",
    "org_login_required": "the workspace is moving to an Enterprise Grid organisation: try again when that is done",
}


async def check_redis(redis: Redis, clock: Clock) -> Findings:
    """Redis answers, is new enough, and may hold an audit log. A busy host is asked again."""
    reason = ""
    for _ in range(_TRIES):
        try:
            return await inspect(redis, clock)
        except REDIS_FAULTS as error:
            reason = type(error).__name__
    problem = f"leads to no Redis that answers ({reason})"
    return Findings((Fault("REDIS_URL", problem, REMEDIES["REDIS_URL"]),))


def check_knowledge(settings: Settings, faults: list[Fault]) -> tuple[KnowledgeBase, Vocabulary] | None:
    """The knowledge loads; each fault of its data goes to `faults`."""
    try:
        return load_known(settings)
    except KnowledgeDataError as error:
        faults.extend(map(as_fault, error.faults))
        return None


async def check_slack(client: AsyncWebClient, faults: list[Fault]) -> Identity | None:
    """Slack takes the bot token."""
    try:
        return await identify(client)
    except SlackRefusedError as refused:
        if refused.reason in ("unreachable", "timeout"):
            remedy = "check SLACK_API_URL, the network and the proxy"
            faults.append(Fault("SLACK_API_URL", f"cannot be reached ({refused.reason})", remedy))
        else:
            problem = f"is not accepted by Slack ({refused.reason})"
            remedy = TOKEN_REMEDIES.get(refused.reason, REMEDIES["SLACK_BOT_TOKEN"])
            faults.append(Fault("SLACK_BOT_TOKEN", problem, remedy))
        return None


def check_scopes(identity: Identity) -> list[Fault]:
    """The token has every scope that the bot uses; says nothing when Slack named none."""
    if identity.scopes is None:
        return []
    return [
        Fault("SLACK_BOT_TOKEN", f"lacks the scope {scope}", "add it under OAuth & Permissions and reinstall the app")
        for scope in SCOPES
        if scope not in identity.scopes
    ]
