"""The Web API client that everything shares, and who it says we are.

One aiohttp session for all calls: the SDK otherwise opens one for each. Proxies from the environment serve Slack only,
never a local stand-in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings_values import is_slack_host
from bot.slack_state import WatchedClient

_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=3)
FAULTS = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)
"""What a Web API call can raise when Slack refuses or is not there."""
SERVER_ERROR_WAIT_SECONDS = 1.0
IDENTIFY_TRIES = 3
LONGEST_START_WAIT_SECONDS = 10.0
_PASSING = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


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
    org_wide: bool = False  # installed on a whole Enterprise Grid organisation


def new_session() -> aiohttp.ClientSession:
    """The one session; it reads no proxy from the environment and follows nothing by itself."""
    return aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False)


def web_client(token: str, base_url: str, session: aiohttp.ClientSession) -> WatchedClient:
    """A Web API client on that session. It makes a call once more after a cut connection, and else leaves retries to
    whoever knows how long the request may live."""
    client = WatchedClient(
        token=token, base_url=base_url, session=session, retry_handlers=[AsyncConnectionErrorRetryHandler()]
    )
    if not is_slack_host(urlsplit(base_url).hostname):
        client.proxy = None
    return client


async def identify(client: AsyncWebClient) -> Identity:
    """auth.test; raises SlackRefusedError."""
    for tries_left in reversed(range(IDENTIFY_TRIES)):
        try:
            reply = await client.auth_test()
            break
        except FAULTS as error:
            wait_seconds = wait_of(error)
            if wait_seconds is None or wait_seconds > LONGEST_START_WAIT_SECONDS or not tries_left:
                raise SlackRefusedError("auth.test", reason_of(error)) from error
            await asyncio.sleep(wait_seconds)
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
        org_wide=bool(reply.get("is_enterprise_install")),
    )


def reason_of(error: BaseException) -> str:
    """Slack's error word, or the kind of failure; never a body."""
    if isinstance(error, SlackApiError):
        word: Any = error.response.get("error") if hasattr(error.response, "get") else None
        return word if isinstance(word, str) and word.isascii() and len(word) <= 80 else "unreadable_answer"
    return "timeout" if isinstance(error, TimeoutError) else "unreachable"


def wait_of(error: BaseException) -> float | None:
    """Seconds to wait before a refused call may be made again; None when it would be refused again."""
    if not isinstance(error, SlackApiError):
        return None  # the client itself makes a cut connection's call once more
    status = int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))
    if status == 429 or reason_of(error) == "ratelimited":
        headers: Mapping[str, Any] = error.response.headers or {}
        told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
        seconds = str(told[0] if isinstance(told, list) else told)
        return float(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else 1.0
    if status >= 500 or reason_of(error) in _PASSING:
        return SERVER_ERROR_WAIT_SECONDS
    return None


def _scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    value = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if not isinstance(value, str):
        return None
    return frozenset(scope.strip() for scope in value.split(",") if scope.strip())
