"""Whether Slack takes the bot token: seen on every call, asked for every few minutes, mended by itself.

A token may be revoked, or replaced in its file while the process runs. Then every call fails, so readiness says so with
Slack's own word until a call works again.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.pacing import Sleep

TOKEN_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
)
CHECK_SECONDS = 180.0
RECHECK_SECONDS = 15.0  # while the token is refused
_OTHER_TOKEN = "apps.connections.open"  # noqa: S105 (a method's name: it is called with the app-level token)
_log = structlog.get_logger(__name__)


class WatchedClient(AsyncWebClient):
    """A Web API client that knows whether its token is taken, and takes a new one from the token's file."""

    token_file: Path | None = None
    refused: str | None = None
    """Slack's word for why it does not take the token; None while it does."""

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        """As the SDK's; a refused token is read anew from its file, and the call made once more if it changed."""
        try:
            reply = await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            word = token_fault(error)
            if word is None or api_method == _OTHER_TOKEN:
                raise
            if not self.read_token():
                self._refuse(word)
                raise
            reply = await super().api_call(api_method, **arguments)
        if api_method != _OTHER_TOKEN:
            self._accept()
        return reply

    def read_token(self) -> bool:
        """Take the token from its file; whether it is another one than before."""
        token = new_token(self.token_file, self.token)
        if token is None:
            return False
        self.token = token
        return True

    def _refuse(self, word: str) -> None:
        if self.refused is None:
            _log.error("slack.token_refused", reason=word)
        self.refused = word

    def _accept(self) -> None:
        if self.refused is not None:
            _log.info("slack.token_accepted")
            self.refused = None


def new_token(file: Path | None, known: str | None) -> str | None:
    """The token that the file holds now, when it is another one than the known."""
    if file is None:
        return None
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None  # being replaced just now, or gone: the old one is used until Slack refuses it
    if not token or token == known:
        return None
    _log.info("slack.token_changed")
    return token


def token_fault(error: SlackApiError) -> str | None:
    """Slack's word when it is the token that it does not take."""
    word = error.response.get("error") if hasattr(error.response, "get") else None
    return word if isinstance(word, str) and word in TOKEN_REFUSED else None


class TokenWatch:
    """Asks auth.test every few minutes, so that a quiet night does not hide a revoked token."""

    def __init__(self, client: WatchedClient, sleep: Sleep = asyncio.sleep) -> None:
        self._client = client
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="token-watch")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """One check; an unreachable Slack says nothing of the token."""
        self._client.read_token()
        try:
            await self._client.auth_test()
        except Exception as error:  # whatever it is, the watch goes on and the next look tells
            _log.warning("slack.check_failed", error=type(error).__name__)

    async def _watch(self) -> None:
        while True:
            await self._sleep(CHECK_SECONDS if self._client.refused is None else RECHECK_SECONDS)
            await self.look()
