"""Questions for tests that hold over everything the product can answer, not over examples."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, product
from typing import Any

from knowledge.question import Question, Renal
from knowledge.terms import (
    AllergyClass,
    Comedication,
    Intent,
    Mechanism,
    Phenotype,
    RenalMeasure,
    Site,
)

MECHANISMS = tuple(Mechanism)
SITES = tuple(Site)
CRCL_EDGES = (0, 5, 6, 9, 10, 14, 15, 16, 25, 26, 29, 30, 31, 40, 49, 50, 51, 59, 60, 89, 90, 119, 120, 130, 200)
EGFR_EDGES = (0, 14, 15, 29, 30, 49, 50, 90)
RENAL: tuple[Renal | None, ...] = (
    None,
    *(Renal(measure=RenalMeasure.CRCL, value=Decimal(n)) for n in CRCL_EDGES),
    *(Renal(measure=RenalMeasure.EGFR, value=Decimal(n)) for n in EGFR_EDGES),
    Renal(measure=RenalMeasure.CRCL, value=Decimal("30.5")),
    Renal(measure=RenalMeasure.HD),
    Renal(measure=RenalMeasure.CRRT),
    *(Renal(measure=RenalMeasure.CRRT, effluent_l_per_h=Decimal(e)) for e in ("2", "2.1", "3", "4", "4.1")),
    Renal(measure=RenalMeasure.PD),
)
RENAL_KINDS: tuple[Renal | None, ...] = (
    None,
    *(Renal(measure=RenalMeasure.CRCL, value=Decimal(n)) for n in (10, 25, 40, 75, 130)),
    *(Renal(measure=RenalMeasure.EGFR, value=Decimal(n)) for n in (18, 42, 90)),
    Renal(measure=RenalMeasure.HD),
    Renal(measure=RenalMeasure.CRRT),
    Renal(measure=RenalMeasure.CRRT, effluent_l_per_h=Decimal(3)),
    Renal(measure=RenalMeasure.PD),
)
ANSWERING_INTENTS = tuple(i for i in Intent if i not in (Intent.HELP, Intent.OUT_OF_SCOPE))


def every_cell() -> Iterator[Question]:
    """Every mechanism at every site for every kidney band edge."""
    for mechanism, site, renal in product(MECHANISMS, SITES, RENAL):
        yield Question(mechanisms=(mechanism,), sites=(site,), renal=renal)


def every_allergy() -> Iterator[Question]:
    """Every mechanism at every site with every allergy, for each kind of kidney function (edges: `every_cell`)."""
    for mechanism, site, renal, allergy in product(MECHANISMS, SITES, RENAL_KINDS, AllergyClass):
        yield Question(mechanisms=(mechanism,), sites=(site,), renal=renal, allergies=(allergy,))


def every_pairwise(antimicrobials: tuple[str, ...]) -> Iterator[Question]:
    """Every two values of any two things a question can hold, in as few questions as come by chance (fixed seed)."""
    chance = random.Random(20261123)  # noqa: S311
    values: dict[str, tuple[Any, ...]] = {
        "mechanisms": tuple((one,) for one in MECHANISMS),
        "sites": tuple((one,) for one in SITES),
        "renal": RENAL_KINDS,
        "intent": ANSWERING_INTENTS,
        "resistant": ((), *((one,) for one in antimicrobials)),
        "susceptible": ((), *((one,) for one in antimicrobials)),
        "antimicrobials": ((), *((one,) for one in antimicrobials)),
        "allergies": ((), *((one,) for one in AllergyClass)),
        "comedications": ((), (Comedication.VALPROATE,)),
        "organism": (None, "Escherichia coli", "Klebsiella pneumoniae", "Proteus mirabilis"),
        "phenotype": (None, *Phenotype),
    }
    left = {
        ((a, i), (b, j))
        for a, b in combinations(values, 2)
        for i, j in product(range(len(values[a])), range(len(values[b])))
    }
    for pair in sorted(left):
        if pair not in left:
            continue
        row = {name: chance.randrange(len(options)) for name, options in values.items()} | dict(pair)
        left -= set(combinations(row.items(), 2))
        yield Question.model_validate({name: values[name][index] for name, index in row.items()})


def every_intent() -> Iterator[Question]:
    """Every mechanism at every site for every intent, and each with one of the two missing."""
    for mechanism, site, intent in product((None, *MECHANISMS), (None, *SITES), ANSWERING_INTENTS):
        yield Question(mechanisms=(mechanism,) if mechanism else (), sites=(site,) if site else (), intent=intent)


def every_pair() -> Iterator[Question]:
    """Every two mechanisms, and every mechanism at every two sites."""
    for pair, site in product(combinations(MECHANISMS, 2), SITES):
        yield Question(mechanisms=pair, sites=(site,))
    for mechanism, pair_of_sites in product(MECHANISMS, combinations(SITES, 2)):
        yield Question(mechanisms=(mechanism,), sites=pair_of_sites)


def every_report(antimicrobials: tuple[str, ...]) -> Iterator[Question]:
    """Every antimicrobial reported resistant, susceptible and asked about, with every allergy and valproate."""
    for mechanism, site, drug in product(MECHANISMS, SITES, antimicrobials):
        cell = Question(mechanisms=(mechanism,), sites=(site,))
        yield cell.model_copy(update={"resistant": (drug,)})
        yield cell.model_copy(update={"susceptible": (drug,)})
        yield cell.model_copy(update={"antimicrobials": (drug,), "intent": Intent.DOSE})
    for mechanism, site, allergy in product(MECHANISMS, SITES, AllergyClass):
        yield Question(
            mechanisms=(mechanism,),
            sites=(site,),
            allergies=(allergy,),
            comedications=(Comedication.VALPROATE,),
        )
    for drug, renal in product(antimicrobials, RENAL):
        yield Question(antimicrobials=(drug,), intent=Intent.DOSE, renal=renal)
