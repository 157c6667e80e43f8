"""What a follow-up need not say again: kidney function, reports, allergies and organism of its thread."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handlers.parsed import Parsed
from knowledge.question import Question
from knowledge.terms import Intent

_WORDS = {
    "renal": "kidney function",
    "organism": "organism",
    "phenotype": "phenotype",
    "allergies": "allergy",
    "comedications": "co-medication",
    "resistant": "reported R",
    "susceptible": "reported S",
}


def keep(parsed: Parsed, thread: Question | None) -> Parsed:
    """The parse with what the thread has settled and this message does not change.

    Mechanism and site are merged already. A new report on an antimicrobial replaces the old one. What was taken over
    is named, so that it can be seen.
    """
    new = parsed.question
    if thread is None or new.intent in (Intent.HELP, Intent.OUT_OF_SCOPE):
        return parsed
    taken: dict[str, Any] = {}
    if new.renal is None and thread.renal is not None and not (parsed.renal_denied and thread.renal.value is None):
        taken["renal"] = thread.renal  # unless the thread's dialysis is what this message denies
    if new.organism is None and thread.organism is not None:
        taken["organism"] = thread.organism
    if new.phenotype is None and thread.phenotype is not None and new.mechanisms == thread.mechanisms:
        taken["phenotype"] = thread.phenotype
    for name in ("allergies", "comedications"):
        if missing := [one for one in getattr(thread, name) if one not in getattr(new, name)]:
            taken[name] = (*getattr(new, name), *missing)
    reported = {*new.resistant, *new.susceptible}
    for name in ("resistant", "susceptible"):
        if missing := [one for one in getattr(thread, name) if one not in reported]:
            taken[name] = (*getattr(new, name), *missing)
    if not taken:
        return parsed
    return replace(parsed, question=new.model_copy(update=taken), kept=tuple(_WORDS[name] for name in taken))
