"""Which Slack event goes to which listener, on one screen."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncApp

from handlers.listeners import Listeners

COMMAND = "/cre"


def register(app: AsyncApp, listeners: Listeners) -> None:
    """Hand every event that the manifest subscribes to, and every control of our messages, to its listener."""
    app.command(COMMAND)(listeners.questions.command)
    app.event("app_mention")(listeners.questions.mention)
    app.event("message")(listeners.questions.direct_message)
    app.action(re.compile(r"^pick_(mechanism|site|antimicrobial):"))(listeners.picking.pick)
    app.action("correct")(listeners.picking.correct)
    app.action("set_renal")(listeners.forms.set_renal)
    app.view("renal")(listeners.forms.renal_submitted)
    app.action("show_details")(listeners.views.show_details)
    app.action("show_article")(listeners.views.show_article)
    app.action("share")(listeners.sharing.share)
