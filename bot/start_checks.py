"""What must hold before the bot serves: Redis answers, the knowledge is sound, Slack takes the token."""

from __future__ import annotations

from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient

from bot.faults import Fault
from bot.knowing import load_known
from bot.redis_store import FAULTS as REDIS_FAULTS
from bot.settings import REMEDIES, Settings
from bot.slack_client import Identity, SlackRefusedError, identify
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.vocabulary import Vocabulary

SCOPES = ("commands", "app_mentions:read", "chat:write", "im:history", "users:read")
_OLDEST_REDIS = (7, 0)


async def check_redis(redis: Redis) -> list[Fault]:
    """Redis answers and is new enough."""
    try:
        info = await redis.info("server")
    except REDIS_FAULTS as error:
        return [Fault("REDIS_URL", f"leads to no Redis that answers ({type(error).__name__})", REMEDIES["REDIS_URL"])]
    found = str(info.get("redis_version", ""))
    parts = found.split(".")[:2]
    if not all(part.isdigit() for part in parts) or tuple(map(int, parts)) >= _OLDEST_REDIS:
        return []
    return [Fault("REDIS_URL", f"leads to a Redis {found}", "use Redis 7.0 or newer, or Valkey")]


def check_knowledge(settings: Settings, faults: list[Fault]) -> tuple[KnowledgeBase, Vocabulary] | None:
    """The knowledge loads; each fault of its data goes to `faults`."""
    try:
        return load_known(settings)
    except KnowledgeDataError as error:
        remedy = "correct the file; nothing is answered from it"
        faults.extend(Fault("knowledge", fault, remedy) for fault in error.faults)
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
            faults.append(Fault("SLACK_BOT_TOKEN", problem, REMEDIES["SLACK_BOT_TOKEN"]))
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
