"""Inputs for the process's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import uuid6

from handlers.ports import Asker, AuditRecord, Surface

SHA = "ab" * 32


def an_asker(number: int = 0, **changes: Any) -> Asker:
    """A clinician's slash command; each number is another delivery."""
    asker = Asker(
        team="T0001",
        user="U0001",
        channel="C0001",
        surface=Surface.SLASH,
        transport="http",
        delivery=f"trigger-{number}",
        signature_sha256=f"{number:064x}",
    )
    return replace(asker, **changes)


def a_mention(number: int = 0, **changes: Any) -> Asker:
    """A mention in a channel."""
    return an_asker(number, surface=Surface.MENTION, delivery=f"T0001/C0001/1780000000.{number:06d}/U0001", **changes)


def a_record(number: int = 0, **changes: Any) -> AuditRecord:
    """What an answered question leaves."""
    record = AuditRecord(
        rid=str(uuid6.uuid7()),
        type="answer.prepared",
        asker=an_asker(number),
        ask={
            "question": {"mechanisms": ["kpc"], "sites": ["bacteremia"], "organism": "Klebsiella pneumoniae"},
            "must_ask": [],
            "phi": {"phone": 1},
            "length": 14,
        },
        ans={"outcome": "answered", "edition": "2026-11-01", "payload_sha256": SHA, "blocks": 12},
        rl={"verdict": "admitted", "mode": "redis"},
        ms={"understand": 1, "answer": 2},
    )
    return replace(record, **changes)
