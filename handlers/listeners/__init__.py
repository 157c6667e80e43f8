"""The Slack-aware part of the conversation: an event in, the answerer asked, the reply on its way.

One class a need, each with bound methods for Bolt that read their payload once and hand over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.answering import Answerer
from handlers.delivering import Delivery
from handlers.listeners.consulting import Consulting, Desk
from handlers.listeners.feedback import Feedback
from handlers.listeners.forms import Forms
from handlers.listeners.home import Home
from handlers.listeners.picking import Picking
from handlers.listeners.questions import Questions
from handlers.listeners.sending import Sending
from handlers.listeners.sharing import Sharing
from handlers.listeners.shortcuts import Shortcuts
from handlers.listeners.views import Views
from handlers.ports import AuditLog, Background, Clock, Consults, Outbox, Profiles, ThreadMemory, Verdicts


@dataclass(frozen=True, slots=True)
class Listeners:
    """Every listener that `handlers.routing` registers."""

    questions: Questions
    picking: Picking
    forms: Forms
    views: Views
    sharing: Sharing
    shortcuts: Shortcuts
    consulting: Consulting
    feedback: Feedback
    home: Home

    @classmethod
    def of(
        cls,
        answerer: Answerer,
        delivery: Delivery,
        outbox: Outbox,
        threads: ThreadMemory,
        background: Background,
        *,
        profiles: Profiles,
        clock: Clock,
        is_reviewer: Callable[[str, str], bool],
        audit: AuditLog,
        consults: Consults,
        verdicts: Verdicts,
        desk: Desk,
        feedback_channel: str | None,
    ) -> Listeners:
        """The listeners on these parts."""
        sending = Sending(delivery, outbox, threads, background)
        forms = Forms(answerer, sending)
        return cls(
            questions=Questions(answerer, sending, forms),
            picking=Picking(answerer, sending),
            forms=forms,
            views=Views(answerer, sending),
            sharing=Sharing(answerer, sending),
            shortcuts=Shortcuts(answerer, sending, forms),
            consulting=Consulting(answerer, sending, consults, audit, clock, desk),
            feedback=Feedback(answerer, sending, verdicts, audit, feedback_channel),
            home=Home(answerer, sending, profiles, clock, is_reviewer),
        )
