"""The one place where `handlers` is given what it asks for: ports, knowledge and the hospital's policy."""

from __future__ import annotations

from dataclasses import dataclass

import uuid6
from slack_bolt.async_app import AsyncApp

from bot.settings import Settings
from bot.slack_client import Identity
from handlers.answering import Answerer, Policy
from handlers.delivering import Delivery
from handlers.listeners import Listeners
from handlers.listeners.consulting import Desk
from handlers.listeners.reviewing import Review
from handlers.listeners.sending import Sending
from handlers.ports import (
    Acks,
    Admission,
    AuditLog,
    Background,
    Clock,
    Consults,
    Outbox,
    Profiles,
    Roster,
    ThreadMemory,
    Verdicts,
)
from handlers.review import ReviewLog, ReviewRights
from handlers.reviewing import Reviewing
from handlers.routing import register
from knowledge.base import KnowledgeBase
from knowledge.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the conversation asks of the process."""

    acks: Acks
    admission: Admission
    audit: AuditLog
    roster: Roster
    profiles: Profiles
    threads: ThreadMemory
    outbox: Outbox
    clock: Clock
    background: Background
    consults: Consults
    verdicts: Verdicts
    review_log: ReviewLog
    review_rights: ReviewRights


def attach(
    app: AsyncApp,
    ports: Ports,
    knowledge: KnowledgeBase,
    vocabulary: Vocabulary,
    settings: Settings,
    identity: Identity,
) -> None:
    """Register every listener on the Bolt app."""
    answerer = Answerer(
        knowledge=knowledge,
        vocabulary=vocabulary,
        admission=ports.admission,
        audit=ports.audit,
        roster=ports.roster,
        profiles=ports.profiles,
        clock=ports.clock,
        policy=Policy(
            on_call=settings.on_call,
            teams=frozenset(filter(None, (identity.team, identity.enterprise))),
            channels=settings.channels,
        ),
        new_id=lambda: str(uuid6.uuid7()),
    )
    delivery = Delivery(ports.audit, ports.acks)
    listeners = Listeners.of(
        answerer,
        delivery,
        ports.outbox,
        ports.threads,
        ports.background,
        profiles=ports.profiles,
        clock=ports.clock,
        is_reviewer=lambda team, user: (team, user) in settings.audit_reviewers,
        audit=ports.audit,
        consults=ports.consults,
        verdicts=ports.verdicts,
        desk=Desk(settings.on_call, settings.consult_channel, settings.consult_minutes, identity.url),
        feedback_channel=settings.feedback_channel,
    )
    reviewing = Reviewing(
        rights=ports.review_rights,
        log=ports.review_log,
        audit=ports.audit,
        admission=ports.admission,
        clock=ports.clock,
        new_id=lambda: str(uuid6.uuid7()),
    )
    sending = Sending(delivery, ports.outbox, ports.threads, ports.background)
    review = Review(reviewing, sending, answerer.names, knowledge.edition.id, identity.url)
    register(app, listeners, review)
