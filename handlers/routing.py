"""Which Slack event goes to which listener, on one screen."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from handlers.listeners import Listeners
from handlers.listeners.reviewing import Listener, Review

COMMAND = "/cre"


class Command(AsyncMiddleware):
    """Takes our command before Bolt looks for a listener: to find one, Bolt gathers all it could be called with, twice,
    which takes a tenth of the time of an answer."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 (Bolt passes it by this name)
    ) -> BoltResponse | None:
        """As Bolt calls it; an acknowledgement that was not given is an empty one."""
        if req.body.get("command") != COMMAND:
            return await next()
        ack = req.context.ack
        await self._listener(ack, req.body, req.context)
        return ack.response or BoltResponse(status=200)


def register(app: AsyncApp, listeners: Listeners, review: Review) -> None:
    """Hand every event that the manifest subscribes to, and every control of our messages, to its listener."""
    app.use(Command(review.before(listeners.questions.command)))
    app.event("app_mention")(listeners.questions.mention)
    app.event("app_home_opened")(listeners.home.opened)
    app.action("home_role")(listeners.home.choose_role)
    app.action(re.compile(r"^home_(mechanism|site)$"))(listeners.home.picked)
    app.action("home_browse")(listeners.home.browse)
    app.action(re.compile(r"^home_ask:"))(listeners.home.ask_again)
    app.action("home_forget")(listeners.home.forget)
    app.event("message")(listeners.questions.direct_message)
    app.action(re.compile(r"^pick_(mechanism|site|antimicrobial):"))(listeners.picking.pick)
    app.action("correct")(listeners.picking.correct)
    app.shortcut("ask_about_message")(listeners.shortcuts.ask_about_message)
    app.shortcut("new_question")(listeners.forms.new_question)
    app.action("new_question")(listeners.forms.new_question)
    app.view("question")(listeners.forms.question_submitted)
    app.action("set_renal")(listeners.forms.set_renal)
    app.view("renal")(listeners.forms.renal_submitted)
    app.action("set_reports")(listeners.forms.set_reports)
    app.view("reports")(listeners.forms.reports_submitted)
    app.action("set_allergy")(listeners.forms.set_allergy)
    app.view("allergy")(listeners.forms.allergy_submitted)
    app.action("show_details")(listeners.views.show_details)
    app.action("show_article")(listeners.views.show_article)
    app.action("share")(listeners.sharing.share)
    app.action("consult")(listeners.consulting.ask)
    app.action("take_consult")(listeners.consulting.take)
    app.action("feedback")(listeners.feedback.given)
    app.view("feedback")(listeners.feedback.reason_submitted)
    _register_review(app, review)


def _register_review(app: AsyncApp, review: Review) -> None:
    """For whoever may not review, Bolt finds no listener, and the control is answered as one that is not known."""
    controls: dict[str | re.Pattern[str], Listener] = {
        "review_open": review.opened,
        "review_insights": review.insights,
        "review_charts": review.charts,
        "review_filter": review.filters,
        "review_entry": review.entry,
        "review_export": review.export,
        re.compile(r"^review_(list|older|newer|reset)$"): review.listed,
    }
    for action_id, listener in controls.items():
        app.action(action_id, matchers=[review.may])(listener)
    app.view("review_filters", matchers=[review.may])(review.filtered)
