"""Which Slack event goes to which listener, on one screen."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncApp

from handlers.listeners import Listeners

COMMAND = "/cre"


def register(app: AsyncApp, listeners: Listeners) -> None:
    """Hand every event that the manifest subscribes to, and every control of our messages, to its listener."""
    app.command(COMMAND)(listeners.command)
    app.event("app_mention")(listeners.mention)
    app.event("message")(listeners.direct_message)
    app.action(re.compile(r"^pick_(mechanism|site|antimicrobial):"))(listeners.pick)
    app.action("correct")(listeners.correct)
    app.action("set_renal")(listeners.set_renal)
    app.action("show_details")(listeners.show_details)
    app.action("show_article")(listeners.show_article)
    app.action("share")(listeners.share)
    app.view("renal")(listeners.renal_submitted)
