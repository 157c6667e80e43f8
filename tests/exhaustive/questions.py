"""Every question of the exhaustive run, in blocks that each hold one whole product."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import product

from knowledge.antimicrobials import Band
from knowledge.content import Content
from knowledge.question import Question, Renal
from knowledge.terms import AllergyClass, Comedication, Intent, Mechanism, RenalMeasure, Site
from tests.questions import ANSWERING_INTENTS, RENAL

Block = Callable[[Mechanism, Site], Iterator[Question]]
SAMPLE = 250  # questions of the whole product for each mechanism and site, drawn with a fixed seed


def band_edges(content: Content) -> tuple[Renal | None, ...]:
    """None, every dialysis, and for every band of the data its first and last integer and their outer neighbours."""
    found: dict[tuple[RenalMeasure, Decimal], Renal] = {}
    for drug in content.antimicrobials:
        bands = [row.band for row in drug.renal.rows] + [dose.band for dose in drug.doses if dose.band]
        bands += [band for note in drug.renal.notes for band in note.bands]
        for band in bands:
            if band.measure in (RenalMeasure.CRCL, RenalMeasure.EGFR):
                for value in _edges(band):
                    found[band.measure, value] = Renal(measure=band.measure, value=value)
    for renal in RENAL:
        if renal is not None and renal.value is not None:
            found[renal.measure, renal.value] = renal
    dialysis = [renal for renal in RENAL if renal is not None and renal.value is None]
    return (None, *(found[key] for key in sorted(found)), *dialysis)


def _edges(band: Band) -> Iterator[Decimal]:
    for bound in (band.at_least, band.over, band.at_most, band.below):
        if bound is not None:
            low, high = (bound.to_integral_value(way) for way in (ROUND_FLOOR, ROUND_CEILING))
            yield from (value for value in (low - 1, low, high, high + 1) if 0 <= value <= 400)


def reports(content: Content) -> tuple[dict[str, tuple[str, ...]], ...]:
    """Every antimicrobial reported resistant, and reported susceptible."""
    ids = [drug.id for drug in content.antimicrobials if not drug.components]
    return tuple({verdict: (one,)} for one in ids for verdict in ("resistant", "susceptible"))


def blocks(content: Content) -> dict[str, Block]:
    """For one mechanism at one site: every pair of the other four, whole, and a sample of all four together."""
    kidneys, verdicts, allergies = band_edges(content), reports(content), tuple(AllergyClass)
    ids = tuple(drug.id for drug in content.antimicrobials)
    valproate = {"comedications": (Comedication.VALPROATE,)}

    def cell(mechanism: Mechanism, site: Site, **more: object) -> Question:
        return Question.model_validate({"mechanisms": (mechanism,), "sites": (site,), **more})

    def kidneys_and_allergies(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        for renal, allergy in product(kidneys, (None, *allergies)):
            yield cell(mechanism, site, renal=renal, allergies=(allergy,) if allergy else ())

    def kidneys_and_reports(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        for renal, verdict in product(kidneys, verdicts):
            yield cell(mechanism, site, renal=renal, **verdict)

    def kidneys_and_intents(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        for renal, intent in product(kidneys, ANSWERING_INTENTS):
            yield cell(mechanism, site, renal=renal, intent=intent, **valproate)

    def reports_and_allergies(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        for verdict, allergy in product(verdicts, allergies):
            yield cell(mechanism, site, allergies=(allergy,), **verdict)

    def reports_and_intents(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        for verdict, intent in product(verdicts, ANSWERING_INTENTS):
            yield cell(mechanism, site, intent=intent, **verdict)

    def allergies_and_intents(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        for allergy, intent in product(allergies, ANSWERING_INTENTS):
            yield cell(mechanism, site, intent=intent, allergies=(allergy,), **valproate)

    def named_and_kidneys(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        for named, renal in product(ids, kidneys):
            yield cell(mechanism, site, intent=Intent.DOSE, antimicrobials=(named,), renal=renal)

    def sampled(mechanism: Mechanism, site: Site) -> Iterator[Question]:
        chance = random.Random(f"{mechanism} {site}")  # noqa: S311
        for _ in range(SAMPLE):
            yield cell(
                mechanism,
                site,
                renal=chance.choice(kidneys),
                allergies=(chance.choice(allergies),),
                intent=chance.choice(ANSWERING_INTENTS),
                antimicrobials=chance.choice(((), (chance.choice(ids),))),
                **chance.choice(verdicts),
                **chance.choice(({}, valproate)),
            )

    return {
        "kidneys x allergies": kidneys_and_allergies,
        "kidneys x reports": kidneys_and_reports,
        "kidneys x intents": kidneys_and_intents,
        "reports x allergies": reports_and_allergies,
        "reports x intents": reports_and_intents,
        "allergies x intents": allergies_and_intents,
        "named antimicrobials x kidneys": named_and_kidneys,
        "sample of the whole product": sampled,
    }
