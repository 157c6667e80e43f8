"""Which mechanisms are covered at which sites: counted from the very answers, so the table can't promise more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from knowledge.answer import Answer
from knowledge.base import KnowledgeBase
from knowledge.question import Question
from knowledge.terms import Mechanism, Site

SITES = tuple(site for site in Site if site is not Site.UNKNOWN)
MECHANISMS = tuple(Mechanism)


class Cover(StrEnum):
    """What a clinician gets for a mechanism at a site."""

    PREFERRED = "preferred"
    ALTERNATIVE_ONLY = "alternatives only"
    ELSEWHERE = "other guidance only"
    NOT_COVERED = "not covered"


@dataclass(frozen=True, slots=True)
class Cell:
    """The regimens offered for one mechanism at one site, each counted once over all readings of the question."""

    mechanism: Mechanism
    site: Site
    cover: Cover
    preferred: int = 0
    alternative: int = 0
    reserve: int = 0
    elsewhere: int = 0

    @property
    def text(self) -> str:
        """In a few words: "3 preferred, 1 alternative"."""
        if self.cover is Cover.NOT_COVERED:
            return "not covered"
        if self.cover is Cover.ELSEWHERE:
            return f"{self.elsewhere} in other guidance only"
        if self.cover is Cover.ALTERNATIVE_ONLY:
            return f"{self.alternative + self.reserve} alternative only"
        parts = [f"{self.preferred} preferred"]
        parts += [f"{self.alternative} alternative"] if self.alternative else []
        parts += [f"{self.reserve} in reserve"] if self.reserve else []
        return ", ".join(parts)

    @property
    def short(self) -> str:
        """For a narrow table: preferred/alternative/in reserve, "other" for other guidance only, "none"."""
        if self.cover in (Cover.NOT_COVERED, Cover.ELSEWHERE):
            return "none" if self.cover is Cover.NOT_COVERED else "other"
        return f"{self.preferred}/{self.alternative}/{self.reserve}"


def coverage(knowledge: KnowledgeBase) -> tuple[Cell, ...]:
    """Every mechanism at every site, mechanism by mechanism."""
    return tuple(_cell(knowledge, mechanism, site) for mechanism in MECHANISMS for site in SITES)


def totals(cells: tuple[Cell, ...]) -> dict[Cover, int]:
    """How many cells are covered how; the four add up to all cells."""
    counted = Counter(cell.cover for cell in cells)
    return {cover: counted[cover] for cover in Cover}


def _cell(knowledge: KnowledgeBase, mechanism: Mechanism, site: Site) -> Cell:
    answer = knowledge.answer(Question(mechanisms=(mechanism,), sites=(site,)))
    if not isinstance(answer, Answer):
        return Cell(mechanism, site, Cover.NOT_COVERED)
    ranks = (answer.preferred, answer.alternative, answer.reserve, answer.elsewhere)
    preferred, alternative, reserve, elsewhere = (len({view.regimen for view in views}) for views in ranks)
    if preferred:
        cover = Cover.PREFERRED
    elif alternative or reserve:
        cover = Cover.ALTERNATIVE_ONLY
    else:
        cover = Cover.ELSEWHERE if elsewhere else Cover.NOT_COVERED
    return Cell(mechanism, site, cover, preferred, alternative, reserve, elsewhere)
