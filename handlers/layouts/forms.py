"""Forms: a whole question, kidney function, reported susceptibilities, allergy; each shows what is known already.

What is filled in is read by `handlers.filled`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from handlers.layouts.blocks import Block, context, input_block, option, plain
from handlers.layouts.labels import Names
from knowledge.question import Question, Renal
from knowledge.terms import AllergyClass, Comedication, Mechanism, RenalMeasure, Site

_MEASURES = {
    RenalMeasure.CRCL: "CrCl, Cockcroft-Gault (mL/min)",
    RenalMeasure.EGFR: "eGFR, MDRD (mL/min)",
    RenalMeasure.HD: "Intermittent haemodialysis",
    RenalMeasure.CRRT: "CRRT (effluent L/h if known)",
    RenalMeasure.PD: "Peritoneal dialysis",
}
_ALLERGIES = {
    AllergyClass.PENICILLIN: "Penicillins",
    AllergyClass.CEPHALOSPORIN: "Cephalosporins",
    AllergyClass.CARBAPENEM: "Carbapenems",
    AllergyClass.MONOBACTAM: "Aztreonam (monobactam)",
    AllergyClass.BETA_LACTAM: "A beta-lactam, not named further",
    AllergyClass.SULFONAMIDE: "Sulfonamides (sulfa)",
    AllergyClass.FLUOROQUINOLONE: "Fluoroquinolones",
    AllergyClass.AMINOGLYCOSIDE: "Aminoglycosides",
    AllergyClass.TETRACYCLINE: "Tetracyclines",
    AllergyClass.POLYMYXIN: "Polymyxins, colistin",
    AllergyClass.NITROFURAN: "Nitrofurantoin",
    AllergyClass.FOSFOMYCIN: "Fosfomycin",
    AllergyClass.OTHER: "Another antimicrobial",
}
_COMEDICATIONS = {Comedication.VALPROATE: "Valproate (interacts with carbapenems)"}
_NOT_INTERCHANGEABLE = "CrCl and eGFR are not interchangeable: each table is read only with its own measure."
_NO_IDENTIFIERS = "There is no field for names, numbers or notes: please keep it so."


def question_form(question: Question, names: Names, private_metadata: str) -> Block:
    """A whole question; nothing but what its fields show is taken over from `question`."""
    blocks = [
        _choice("mechanism", "Mechanism", names.mechanisms, question.mechanisms, "Choose, or leave empty to be asked"),
        _choice("site", "Site of infection", names.sites, question.sites, "Choose, or leave empty to be asked"),
        *_renal(question.renal, optional=True),
        *_reports(question, names),
        _allergy(question.allergies),
        context(_NOT_INTERCHANGEABLE, _NO_IDENTIFIERS),
    ]
    return _form("question", "New question", "Show options", blocks, private_metadata)


def renal_form(question: Question, private_metadata: str) -> Block:
    """Asks for kidney function with its measure."""
    blocks = [*_renal(question.renal, optional=False), context(_NOT_INTERCHANGEABLE)]
    return _form("renal", "Renal function", "Show doses", blocks, private_metadata)


def reports_form(question: Question, names: Names, private_metadata: str) -> Block:
    """Asks for what the laboratory reported."""
    return _form("reports", "Reported R and S", "Show options", _reports(question, names), private_metadata)


def allergy_form(question: Question, private_metadata: str) -> Block:
    """Asks for allergies by class, and for co-medication with an interaction in the sources."""
    options = {one: option(label, one.value) for one, label in _COMEDICATIONS.items()}
    boxes: Block = {
        "type": "checkboxes",
        "action_id": "comedications",
        "options": list(options.values()),
    }
    if question.comedications:
        boxes["initial_options"] = [options[one] for one in question.comedications]
    blocks = [_allergy(question.allergies), input_block("comedications", "Co-medication", boxes, optional=True)]
    return _form("allergy", "Allergy, co-medication", "Show options", blocks, private_metadata)


def _form(callback_id: str, title: str, submit: str, blocks: Sequence[Block], private_metadata: str) -> Block:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": private_metadata,
        "blocks": list(blocks),
    }


def _choice(
    field: str, label: str, labels: Mapping[Mechanism, str] | Mapping[Site, str], known: Sequence[str], hint: str
) -> Block:
    """One of a vocabulary; several where several are known already."""
    options = {str(one): option(text, str(one)) for one, text in labels.items()}
    element: Block = {"action_id": field, "options": list(options.values()), "placeholder": plain(hint)}
    if len(known) > 1:
        element |= {"type": "multi_static_select", "initial_options": [options[str(one)] for one in known]}
    else:
        element |= {"type": "static_select", **({"initial_option": options[str(known[0])]} if known else {})}
    return input_block(field, label, element, optional=True)


def _renal(known: Renal | None, *, optional: bool) -> list[Block]:
    options = {measure: option(label, measure.value) for measure, label in _MEASURES.items()}
    measure: Block = {"type": "static_select", "action_id": "measure", "options": list(options.values())}
    number: Block = {"type": "number_input", "action_id": "number", "is_decimal_allowed": True, "min_value": "0"}
    if known is not None or not optional:
        measure["initial_option"] = options[known.measure if known else RenalMeasure.CRCL]
    given = known and (known.value if known.value is not None else known.effluent_l_per_h)
    if isinstance(given, Decimal):
        number["initial_value"] = format(given, "f")
    hint = "mL/min for CrCl and eGFR; effluent in L/h for CRRT; empty for dialysis"
    return [
        input_block("measure", "Kidney function", measure, optional=optional),
        input_block("value", "Value", number, optional=True, hint=hint),
    ]


def _reports(question: Question, names: Names) -> list[Block]:
    labels = dict(sorted(names.antimicrobials.items(), key=lambda item: item[1].lower()))
    return [
        _several("resistant", "Reported R (resistant)", labels, question.resistant),
        _several("susceptible", "Reported S (susceptible)", labels, question.susceptible),
    ]


def _allergy(known: Sequence[AllergyClass]) -> Block:
    return _several("allergies", "Allergy", {one.value: label for one, label in _ALLERGIES.items()}, known)


def _several(field: str, label: str, labels: Mapping[str, str], known: Iterable[str]) -> Block:
    options = {one: option(text, one) for one, text in labels.items()}
    element: Block = {"type": "multi_static_select", "action_id": field, "options": list(options.values())}
    if chosen := [options[one] for one in dict.fromkeys(known)]:
        element["initial_options"] = chosen
    return input_block(field, label, element, optional=True)
