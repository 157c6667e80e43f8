"""`doctor` finds out whether a channel can be posted to, and nobody in it notices."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import pytest

from bot.channel_checks import check_channels
from bot.clock import SystemClock
from bot.playground.standin import SlackStandIn
from bot.settings import Mode, load_settings
from bot.slack_client import new_session, web_client
from tests.servers import Kind, RedisServer


async def faults_of(slack: SlackStandIn, **settings: str) -> dict[str, str]:
    """Setting to what is wrong with it."""
    given = load_settings(Mode.LOCAL, settings)
    async with new_session() as session:
        client = web_client(slack.bot_token, slack.api_url, session)
        return {fault.name: fault.problem for fault in await check_channels(client, given, SystemClock())}


async def test_channels_the_bot_is_in_are_found_sound_and_stay_silent() -> None:
    """Nothing is posted, nothing is left to be posted."""
    async with SlackStandIn() as slack:
        assert await faults_of(slack) == {}
        assert await faults_of(slack, CRE_CONSULT_CHANNEL="C0IDCONS01", CRE_FEEDBACK_CHANNEL="C0PRIVATE1") == {}
        assert slack.workspace.messages == []
        assert slack.workspace.scheduled == {}


async def test_each_channel_that_refuses_is_named() -> None:
    """One where the bot is no member, one that is not there."""
    async with SlackStandIn() as slack:
        found = await faults_of(slack, CRE_CONSULT_CHANNEL="C0LOUNGE01", CRE_FEEDBACK_CHANNEL="C0NOWHERE1")
        assert found == {
            "CRE_CONSULT_CHANNEL": "cannot be posted to (not_in_channel)",
            "CRE_FEEDBACK_CHANNEL": "cannot be posted to (channel_not_found)",
        }


@pytest.mark.parametrize("consults", ["", "C0LOUNGE01"])
async def test_doctor_tells_the_admin(redis_servers: dict[Kind, RedisServer], consults: str) -> None:
    """Unset: a hint, and all is well. Out of reach: a fault with its remedy."""
    async with SlackStandIn() as slack:
        environ: dict[str, Any] = {
            "PATH": os.environ["PATH"],
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "REDIS_URL": redis_servers["redis"].emptied(),
            "CRE_CONSULT_CHANNEL": consults,
        }
        doctor = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "doctor"),
            env=environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = (" ".join(each.decode().split()) for each in await doctor.communicate())
    if consults:
        assert doctor.returncode == 1
        assert all(words in err for words in ("CRE_CONSULT_CHANNEL", "(not_in_channel)", "the bot there (/invite"))
    else:
        assert doctor.returncode == 0, err
        assert "CRE_CONSULT_CHANNEL is not set" in out
