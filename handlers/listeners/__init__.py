"""The Slack-aware part of the conversation: an event in, the answerer asked, the reply on its way.

One class a need, each with bound methods for Bolt that read their payload once and hand over.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.answering import Answerer
from handlers.delivering import Delivery
from handlers.listeners.forms import Forms
from handlers.listeners.picking import Picking
from handlers.listeners.questions import Questions
from handlers.listeners.sending import Sending
from handlers.listeners.sharing import Sharing
from handlers.listeners.views import Views
from handlers.ports import Background, Outbox, ThreadMemory


@dataclass(frozen=True, slots=True)
class Listeners:
    """Every listener that `handlers.routing` registers."""

    questions: Questions
    picking: Picking
    forms: Forms
    views: Views
    sharing: Sharing

    @classmethod
    def of(
        cls, answerer: Answerer, delivery: Delivery, outbox: Outbox, threads: ThreadMemory, background: Background
    ) -> Listeners:
        """The listeners on these parts."""
        sending = Sending(delivery, outbox, threads, background)
        return cls(
            questions=Questions(answerer, sending),
            picking=Picking(answerer, sending),
            forms=Forms(answerer, sending),
            views=Views(answerer, sending),
            sharing=Sharing(answerer, sending),
        )
