"""A follow-up needs only what changed; what is taken from the thread is named."""

from __future__ import annotations

from decimal import Decimal

from handlers.keeping import keep
from handlers.parsed import Parsed
from knowledge.question import Question, Renal
from knowledge.terms import AllergyClass, Intent, Mechanism, Phenotype, RenalMeasure, Site

CRCL = Renal(measure=RenalMeasure.CRCL, value=Decimal(25))
THREAD = Question(
    mechanisms=(Mechanism.NDM,),
    sites=(Site.BACTEREMIA,),
    renal=CRCL,
    organism="Klebsiella pneumoniae",
    resistant=("amikacin",),
    susceptible=("cefiderocol",),
    allergies=(AllergyClass.PENICILLIN,),
)


def test_what_is_not_said_again_is_kept_and_named() -> None:
    """ "and for pneumonia?" keeps kidney function, organism, reports and allergy, and says so."""
    new = Question(mechanisms=(Mechanism.NDM,), sites=(Site.PNEUMONIA,))
    kept = keep(Parsed(new), THREAD)
    assert kept.question == THREAD.model_copy(update={"sites": (Site.PNEUMONIA,)})
    assert kept.kept == ("kidney function", "organism", "allergy", "reported R", "reported S")


def test_what_is_said_anew_wins() -> None:
    """A new clearance and a new report replace the old ones."""
    dialysis = Renal(measure=RenalMeasure.HD)
    kept = keep(Parsed(Question(renal=dialysis, resistant=("cefiderocol",))), THREAD)
    assert kept.question.renal == dialysis
    assert kept.question.resistant == ("cefiderocol", "amikacin")
    assert kept.question.susceptible == ()
    assert "kidney function" not in kept.kept


def test_denied_dialysis_is_not_kept() -> None:
    """ "not on dialysis" ends the thread's dialysis, but not its clearance."""
    dialysis = THREAD.model_copy(update={"renal": Renal(measure=RenalMeasure.HD)})
    assert keep(Parsed(Question(), renal_denied=True), dialysis).question.renal is None
    assert keep(Parsed(Question(), renal_denied=True), THREAD).question.renal == CRCL


def test_a_phenotype_belongs_to_its_mechanism() -> None:
    """Another mechanism is another isolate for this purpose: its phenotype is not carried over."""
    thread = Question(mechanisms=(Mechanism.NON_CARBAPENEMASE,), phenotype=Phenotype.ALL_CARBAPENEMS)
    assert keep(Parsed(Question(mechanisms=(Mechanism.KPC,))), thread).question.phenotype is None


def test_help_and_out_of_scope_take_nothing() -> None:
    """A greeting or another organism in the thread stays what it is."""
    for intent in (Intent.HELP, Intent.OUT_OF_SCOPE):
        parsed = Parsed(Question(intent=intent))
        assert keep(parsed, THREAD) is parsed
    assert keep(Parsed(THREAD), None).kept == ()
