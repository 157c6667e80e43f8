"""Whether a statement bears on a question: by mechanism, site, antimicrobial and organism."""

from __future__ import annotations

from collections.abc import Set

from knowledge.provenance import Applies, Fact
from knowledge.question import Question
from knowledge.recommendations import Entry
from knowledge.terms import METALLO_BETA_LACTAMASES, Mechanism, Site


def widened(question: Question) -> tuple[set[Mechanism], set[Site]]:
    """The question's mechanisms and sites, with what an unnamed metallo-enzyme or urinary infection can be."""
    mechanisms = set(question.mechanisms)
    if Mechanism.MBL in mechanisms:
        mechanisms |= METALLO_BETA_LACTAMASES
    sites = set(question.sites)
    if Site.UTI in sites:
        sites |= {Site.CYSTITIS, Site.CUTI}
    return mechanisms, sites


def listed_for(entry: Entry, mechanisms: Set[Mechanism], sites: Set[Site]) -> bool:
    """Whether a row's entry is for one of these mechanisms and sites."""
    return (not entry.mechanisms or bool(mechanisms & set(entry.mechanisms))) and (
        not entry.sites or bool(sites & set(entry.sites))
    )


def applies(fact: Applies | Fact, question: Question, shown: Set[str]) -> bool:
    """Whether a statement bears on the question; what the question leaves open excludes nothing."""
    mechanisms, sites = widened(question)
    return (
        (not fact.mechanisms or not mechanisms or bool(mechanisms & set(fact.mechanisms)))
        and (not fact.sites or not sites or bool(sites & set(fact.sites)))
        and (not fact.antimicrobials or not shown or bool(shown & set(fact.antimicrobials)))
        and (not fact.organisms or question.organism is None or question.organism in fact.organisms)
    )


def about_named(fact: Applies | Fact, question: Question) -> bool:
    """Where a question names antimicrobials but no mechanism and no site: only what speaks of them, or of all."""
    if not question.antimicrobials or question.mechanisms or question.sites:
        return True
    if fact.antimicrobials:
        return bool(set(fact.antimicrobials) & set(question.antimicrobials))
    return not fact.mechanisms and not fact.sites
