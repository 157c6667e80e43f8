"""Loading what is known: content and vocabulary together, so that the faults of both are named at once."""

from __future__ import annotations

from bot.faults import Fault
from bot.settings import ON_CALL, Settings
from bot.signing import review_rules
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.files import VOCABULARY_FOLDER, DataFiles
from knowledge.governance.signing import NOBODY_TRUSTED
from knowledge.vocabulary import Vocabulary, load_vocabulary


def on_call_route(settings: Settings, knowledge: KnowledgeBase) -> str:
    """Whom to call: the hospital's ID contact in the place of the default wording, or beside what CRE_ON_CALL says."""
    local = knowledge.local.on_call if knowledge.local else None
    if local is None:
        return settings.on_call
    return local if settings.on_call == ON_CALL else f"{settings.on_call}; {local}"


def as_fault(text: str) -> Fault:
    """A fault of the data, "file: key: problem: remedy", with its own remedy apart."""
    rest = text.partition(": ")[2]
    problem, found, remedy = text.rpartition("; " if text.startswith(VOCABULARY_FOLDER) and "; " in rest else ": ")
    return Fault("knowledge", problem, remedy) if found else Fault("knowledge", text, "correct it")


def load_known(settings: Settings | None = None, *, edited: bool = False) -> tuple[KnowledgeBase, Vocabulary]:
    """From the data folder of the settings (default: the shipped one); raises KnowledgeDataError with every fault.

    `edited`: also files that are not as recorded, for commands that look at a change.
    """
    settings = settings or Settings()
    files = DataFiles.of(settings.knowledge_dir)
    base: KnowledgeBase | None = None
    rules = NOBODY_TRUSTED
    vocabulary: Vocabulary | None = None
    faults: list[str] = []
    try:
        rules = review_rules(settings)
    except KnowledgeDataError as error:
        faults.extend(error.faults)
    try:
        base = KnowledgeBase.load(files, rules, local=settings.local_dir, edited=edited)
    except KnowledgeDataError as error:
        faults.extend(error.faults)
    try:
        vocabulary = load_vocabulary(files, edited=True)  # held against the record as part of the whole, just above
    except KnowledgeDataError as error:
        faults.extend(error.faults)
    if faults or base is None or vocabulary is None:
        raise KnowledgeDataError(tuple(faults))
    return base, vocabulary
