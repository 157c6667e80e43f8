"""Closed vocabularies of the field: what may be asked about, and how facts are graded.

Antimicrobials are not here: they are data (one file each), so that a pharmacist can add one without Python.
"""

from __future__ import annotations

from enum import StrEnum


class Mechanism(StrEnum):
    """Why the isolate resists carbapenems. `UNKNOWN` is what a writer says, never a default."""

    KPC = "kpc"
    NDM = "ndm"
    VIM = "vim"
    IMP = "imp"
    OXA_48_LIKE = "oxa48"
    MBL = "mbl"
    NON_CARBAPENEMASE = "non_cp"
    UNKNOWN = "unknown"


class Site(StrEnum):
    """Site of infection. `UTI` is urinary with nothing further said; `UNKNOWN` is said to be unknown."""

    BACTEREMIA = "bacteremia"
    PNEUMONIA = "pneumonia"
    CYSTITIS = "cystitis"
    CUTI = "cuti"
    UTI = "uti"
    CIAI = "ciai"
    SSTI = "ssti"
    BONE_JOINT = "bone_joint"
    CNS = "cns"
    ENDOCARDITIS = "endocarditis"
    UNKNOWN = "unknown"


class Intent(StrEnum):
    """What the writer wants to know."""

    TREATMENT = "treatment"
    DOSE = "dose"
    DURATION = "duration"
    INFECTION_CONTROL = "infection_control"
    EVIDENCE = "evidence"
    COMBINATION = "combination"
    HELP = "help"
    OUT_OF_SCOPE = "out_of_scope"


class RenalMeasure(StrEnum):
    """How kidney function was given or tabulated; the measures are never converted into each other."""

    CRCL = "crcl"  # creatinine clearance, mL/min, Cockcroft-Gault
    EGFR = "egfr"  # estimated GFR, mL/min or mL/min/1.73 m2, MDRD on the label that uses it
    HD = "hd"  # intermittent haemodialysis
    CRRT = "crrt"  # continuous renal replacement, by effluent L/h where tabulated
    PD = "pd"  # peritoneal dialysis
    ANY = "any"  # the row holds for any impairment


class Phenotype(StrEnum):
    """The three phenotypes of carbapenemase-negative CRE that the guidance separates."""

    ERTAPENEM_ONLY = "ertapenem_only"  # ertapenem R, meropenem S, imipenem S
    ONE_CARBAPENEM = "one_carbapenem"  # ertapenem R, one of meropenem/imipenem S
    ALL_CARBAPENEMS = "all_carbapenems"  # no carbapenem S


class AllergyClass(StrEnum):
    """Class of a reported allergy; `BETA_LACTAM` is a beta-lactam not named further."""

    PENICILLIN = "penicillin"
    CEPHALOSPORIN = "cephalosporin"
    CARBAPENEM = "carbapenem"
    MONOBACTAM = "monobactam"
    BETA_LACTAM = "beta_lactam"
    SULFONAMIDE = "sulfonamide"
    FLUOROQUINOLONE = "fluoroquinolone"
    AMINOGLYCOSIDE = "aminoglycoside"
    TETRACYCLINE = "tetracycline"
    POLYMYXIN = "polymyxin"
    NITROFURAN = "nitrofuran"
    FOSFOMYCIN = "fosfomycin"
    OTHER = "other"


class Comedication(StrEnum):
    """Co-medication with an interaction in the sources."""

    VALPROATE = "valproate"


class Route(StrEnum):
    """Route of administration as the sources split it."""

    IV = "iv"
    ORAL = "oral"


class Verification(StrEnum):
    """How a fact was read: A primary text, B verbatim reproduction, C secondary, D low trust, or the article."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    ARTICLE = "article"


class Strength(StrEnum):
    """What kind of statement a fact is, in its source's own terms."""

    PREFERRED = "preferred"
    ALTERNATIVE = "alternative"
    NOT_SUGGESTED = "not suggested"
    CONDITIONAL = "conditional"
    RESERVE = "reserve"
    LABEL_DOSE = "label dose"
    GUIDANCE_DOSE = "guidance dose"
    LIMITED_EVIDENCE = "limited evidence"
    LABEL_STATEMENT = "label statement"
    GUIDANCE_STATEMENT = "guidance statement"
    PUBLIC_HEALTH_GUIDANCE = "public-health guidance"
    BACKGROUND = "background"
    ARTICLE_STATEMENT = "article statement"
    NOT_COVERED = "not covered"


URINARY_SITES = frozenset({Site.CYSTITIS, Site.CUTI, Site.UTI})
METALLO_BETA_LACTAMASES = frozenset({Mechanism.NDM, Mechanism.VIM, Mechanism.IMP, Mechanism.MBL})
BETA_LACTAM_CLASSES = frozenset(
    {
        AllergyClass.PENICILLIN,
        AllergyClass.CEPHALOSPORIN,
        AllergyClass.CARBAPENEM,
        AllergyClass.MONOBACTAM,
        AllergyClass.BETA_LACTAM,
    }
)
