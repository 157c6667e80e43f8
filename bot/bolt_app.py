"""The Bolt app, with everything switched off that our own door does better."""

from __future__ import annotations

import logging

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_client import Identity


def new_bolt_app(client: AsyncWebClient, identity: Identity) -> AsyncApp:
    """Listeners run before the response (no 10 ms polling) and authorisation is answered from memory."""
    authorized = AuthorizeResult(
        enterprise_id=identity.enterprise,
        team_id=identity.team,
        bot_user_id=identity.bot_user,
        bot_id=identity.bot,
        bot_token=client.token,
    )

    async def authorize() -> AuthorizeResult:
        return authorized  # who may ask is the roster's business, with a better refusal than Bolt's

    logger = logging.getLogger("slack_bolt")  # given, because Bolt otherwise takes the root's level, DEBUG included
    level = logger.level
    logger.setLevel(logging.ERROR)  # it warns that the client's token gives way to `authorize`, which is meant
    try:
        return AsyncApp(
            name="cre-bot",
            logger=logger,
            client=client,
            authorize=authorize,
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
    finally:
        logger.setLevel(level)
