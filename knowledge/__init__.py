"""What is known of treating carbapenem-resistant Enterobacterales: sourced data and one question it answers.

Other services import this package: it needs pydantic and nothing else.
"""

from knowledge.answer import Answer, NotCovered
from knowledge.background import Background
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.question import Question, Renal
from knowledge.terms import (
    AllergyClass,
    Comedication,
    Intent,
    Mechanism,
    Phenotype,
    RenalMeasure,
    Route,
    Site,
)

__all__ = [
    "AllergyClass",
    "Answer",
    "Background",
    "Comedication",
    "Intent",
    "KnowledgeBase",
    "KnowledgeDataError",
    "Mechanism",
    "NotCovered",
    "Phenotype",
    "Question",
    "Renal",
    "RenalMeasure",
    "Route",
    "Site",
]
