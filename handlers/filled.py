"""What a form was filled in with: values to a question, or Slack's map of field to what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.layouts.labels import Names
from handlers.submissions import Submission
from handlers.understanding.phenotypes import phenotype_of
from knowledge.question import Question, Renal
from knowledge.terms import AllergyClass, Comedication, Mechanism, Phenotype, RenalMeasure, Site

Faults = dict[str, str]
_BOTH = "{} stands under R and under S: leave it in one."


def question_of(form: Submission, names: Names) -> Question | Faults:
    """A whole question: only what its fields hold."""
    renal = renal_from(form.one("measure"), form.one("value"))
    reported = reports_of(Question(), form, names)
    faults = {**(renal if isinstance(renal, dict) else {}), **(reported if isinstance(reported, dict) else {})}
    if isinstance(renal, dict) or isinstance(reported, dict):
        return faults
    return reported.model_copy(
        update={
            "mechanisms": tuple(map(Mechanism, form.many("mechanism"))),
            "sites": tuple(map(Site, form.many("site"))),
            "renal": renal,
            "allergies": tuple(map(AllergyClass, form.many("allergies"))),
        }
    )


def renal_of(question: Question, form: Submission) -> Question | Faults:
    """The question with this kidney function."""
    renal = renal_from(form.one("measure"), form.one("value"))
    return renal if isinstance(renal, dict) else question.model_copy(update={"renal": renal})


def reports_of(question: Question, form: Submission, names: Names) -> Question | Faults:
    """The question with these reports, and with the carbapenem phenotype that follows from them."""
    resistant, susceptible = form.many("resistant"), form.many("susceptible")
    both = [names.antimicrobials[one] for one in resistant if one in susceptible]
    if both:
        return {"susceptible": _BOTH.format(", ".join(both))}
    return question.model_copy(
        update={
            "resistant": resistant,
            "susceptible": susceptible,
            "phenotype": _phenotype(question, resistant, susceptible),
        }
    )


def allergy_of(question: Question, form: Submission) -> Question:
    """The question with these allergies and this co-medication."""
    return question.model_copy(
        update={
            "allergies": tuple(map(AllergyClass, form.many("allergies"))),
            "comedications": tuple(map(Comedication, form.many("comedications"))),
        }
    )


def renal_from(measure: str | None, value: str | None) -> Renal | Faults | None:
    """Kidney function; None when both fields are empty."""
    if not measure:
        return {"measure": "Say what the value is: CrCl, eGFR or CRRT effluent."} if value else None
    kind = RenalMeasure(measure)
    if kind in (RenalMeasure.CRCL, RenalMeasure.EGFR):
        if not value:
            return {"value": "Give the value in mL/min."}
        fields = {"measure": kind, "value": value}
    elif kind is RenalMeasure.CRRT and value:
        fields = {"measure": kind, "effluent_l_per_h": value}
    elif value:
        return {"value": "Dialysis takes no value: leave it empty, or choose CrCl or eGFR."}
    else:
        fields = {"measure": kind}
    try:
        return Renal.model_validate(fields)
    except ValueError:
        limit = "above 0 and up to 20 L/h" if kind is RenalMeasure.CRRT else "between 0 and 400 mL/min"
        return {"value": f"Give a number {limit}."}


def _phenotype(question: Question, resistant: Sequence[str], susceptible: Sequence[str]) -> Phenotype | None:
    """What the new reports say; one that was said in words stays unless they say otherwise."""
    followed = question.phenotype == phenotype_of(question.resistant, question.susceptible)
    return phenotype_of(resistant, susceptible) or (None if followed else question.phenotype)
