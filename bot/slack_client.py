"""The Web API client that everything shares, and who it says we are.

One aiohttp session for all calls: the SDK otherwise opens one for each. Proxies from the environment serve Slack only,
never a local stand-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings_values import is_slack_host

_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=3)
FAULTS = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
"""What a Web API call can raise when Slack refuses or is not there."""


class SlackRefusedError(Exception):
    """Slack does not take the token, or is not there; `reason` is its error word."""

    def __init__(self, method: str, reason: str) -> None:
        super().__init__(f"{method}: {reason}")
        self.method = method
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose bot this is, from auth.test; asked once at the start and kept."""

    team: str
    bot_user: str
    bot: str | None = None
    enterprise: str | None = None
    url: str | None = None
    scopes: frozenset[str] | None = None  # None: the answer named none


def new_session() -> aiohttp.ClientSession:
    """The one session; it reads no proxy from the environment and follows nothing by itself."""
    return aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False)


def web_client(token: str, base_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A Web API client on that session, which waits as long as Slack's Retry-After says."""
    client = AsyncWebClient(
        token=token,
        base_url=base_url,
        session=session,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=1),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(max_retry_count=2),
        ],
    )
    if not is_slack_host(urlsplit(base_url).hostname):
        client.proxy = None
    return client


async def identify(client: AsyncWebClient) -> Identity:
    """auth.test; raises SlackRefusedError."""
    try:
        reply = await client.auth_test()
    except FAULTS as error:
        raise SlackRefusedError("auth.test", reason_of(error)) from error
    team, bot_user = reply.get("team_id"), reply.get("user_id")
    if not team or not bot_user:
        raise SlackRefusedError("auth.test", "answer_without_team_or_user")
    return Identity(
        team=team,
        bot_user=bot_user,
        bot=reply.get("bot_id"),
        enterprise=reply.get("enterprise_id"),
        url=reply.get("url"),
        scopes=_scopes(reply.headers),
    )


def reason_of(error: BaseException) -> str:
    """Slack's error word, or the kind of failure; never a body."""
    if isinstance(error, SlackApiError):
        word: Any = error.response.get("error") if hasattr(error.response, "get") else None
        return word if isinstance(word, str) and word.isascii() and len(word) <= 80 else "unreadable_answer"
    return "timeout" if isinstance(error, TimeoutError) else "unreachable"


def _scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    value = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if not isinstance(value, str):
        return None
    return frozenset(scope.strip() for scope in value.split(",") if scope.strip())
