"""Notes made from findings with a known reading: whole notes, laboratory panels, phone typing and follow-ups."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

MECHANISMS = {
    "kpc": ("KPC", "KPC-2", "blaKPC", "KPC-3"),
    "ndm": ("NDM", "NDM-1", "New Delhi MBL", "blaNDM", "NDM-5"),
    "vim": ("VIM", "vim-1", "blaVIM"),
    "oxa48": ("OXA-48", "oxa48", "OXA-181", "OXA-48-like", "OXA-232"),
    "imp": ("IMP-4", "blaIMP"),
}
PRESENT = (
    *("{}", "{} positive", "{}+", "{} detected", "pos for {}", "{} producer", "PCR: {} detected", "it's {}", "grew {}"),
    *("{} confirmed", "{} gene found", "{}-producing", "harbours {}", "{}: detected", "{} (+)", "isolate carries {}"),
)
ABSENT = (
    *("no {}", "not {}", "{} negative", "{} neg", "{} not detected", "negative for {}", "{} ruled out", "{} (-)"),
    *("{} -ve", "without {}", "{} PCR negative", "{} was not found", "{} excluded", "isn't {}", "{}: not detected"),
    *(
        "never had {}",
        "{} absent",
        "{} undetected",
        "didn't detect {}",
        "{} came back negative",
        "{} gene not detected",
    ),
)
SITES = {
    "pneumonia": ("VAP", "pneumonia", "HAP"),
    "bacteremia": ("bacteremia", "BSI", "CLABSI", "bacteraemia", "line sepsis"),
    "cuti": ("pyelo", "urosepsis", "CAUTI", "pyelonephritis"),
    "cns": ("meningitis", "ventriculitis"),
    "ssti": ("cellulitis", "wound infection"),
    "bone_joint": ("osteomyelitis", "PJI", "septic arthritis"),
    "ciai": ("cIAI", "cholangitis", "liver abscess"),
    "endocarditis": ("endocarditis",),
}
NO_SITE = (
    *("no {}", "not {}", "{} ruled out", "no evidence of {}", "prior {}", "{} last year", "h/o {}", "{} resolved"),
    *("no signs of {}", "{} excluded", "{} in 2019", "previous {}"),
)
RENAL: tuple[tuple[str, dict[str, Any] | None], ...] = (
    *(
        ("CrCl 33", {"crcl": 33}),
        ("eGFR=21", {"egfr": 21}),
        ("CrCl ~48", {"crcl": 48}),
        ("eGFR 55 mL/min", {"egfr": 55}),
    ),
    *(("on HD", {"dialysis": "hd"}), ("HD MWF", {"dialysis": "hd"}), ("iHD", {"dialysis": "hd"})),
    *(("on haemodialysis", {"dialysis": "hd"}), ("CVVHDF", {"dialysis": "crrt"}), ("on CRRT", {"dialysis": "crrt"})),
    *(("HD stable", None), ("not on dialysis", None), ("creatinine 2.1", None), ("HD#3", None), ("no HD", None)),
)
ANTIMICROBIALS = {
    "ceftazidime-avibactam": ("CZA", "caz-avi", "Avycaz"),
    "meropenem-vaborbactam": ("mero-vab", "Vabomere"),
    "meropenem": ("mero", "MEM"),
    "imipenem": ("IPM", "imipenem"),
    "gentamicin": ("gent", "gentamicin"),
    "tmp-smx": ("bactrim", "SXT"),
    "cefiderocol": ("cefiderocol", "FDC"),
    "amikacin": ("amikacin", "AMK"),
    "colistin": ("colistin", "CST"),
}
RESISTANT = ("{} R", "{} resistant", "resistant to {}", "{}: R", "{} MIC >8 R", "{}-R", "{} = R")
SUSCEPTIBLE = ("{} S", "{} susceptible", "sensitive to {}", "{} (S)", "{} MIC 0.5 S", "{}-S", "{} sens")
ALLERGIES = (
    *(("PCN allergy", True), ("allergic to amoxicillin", True), ("anaphylaxis to ceftriaxone", True), ("NKDA", False)),
    *(("sulfa allergy", False), ("no PCN allergy", False)),
)
NOISE = (
    *("65M", "afebrile now", "in ICU", "s/p liver transplant", "weight 80 kg", "no fever", "not intubated", "wbc 18"),
    *("thanks", "lactate 3", "HR 110", "day 5 of admission", "no rash", "pressors off", ":pray:", "see plan"),
)
ENDS = (", ", ". ", "; ", "\n", " - ", ".\n")
GENES = ("kpc", "ndm", "vim", "imp", "oxa48")
GENE_NAMES = {"kpc": "KPC", "ndm": "NDM", "vim": "VIM", "imp": "IMP", "oxa48": "OXA-48"}
PANELS = (
    ("{}: {}\n", ("Detected", "Not detected")),
    ("{} {}, ", ("positive", "negative")),
    ("{} {}; ", ("pos", "neg")),
    ("{}{}, ", ("+", "-")),
    ("{}({}) ", ("+", "-")),
    ("{} = {}\n", ("POSITIVE", "NEGATIVE")),
    ("{} | {}\n", ("detected", "not detected")),
    ("{}: {}, ", ("P", "N")),
    ("bla{} {}. ", ("present", "absent")),
    ("{} {} ", ("pos", "neg")),
)


@dataclass(frozen=True, slots=True)
class Note:
    """A text, what it says, and what it says is not there."""

    text: str
    want: dict[str, Any]
    absent: tuple[str, ...] = ()  # mechanisms and sites said to be absent
    surface: str = "mention"
    context: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


def make_note(rng: random.Random) -> Note:
    """One note of any kind."""
    return rng.choice((_note, _note, _panel, _phone, _follow_up))(rng)


def _want(**said: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"mechanisms": [], "sites": [], "renal": None, "resistant": [], "susceptible": []}
    return {**nothing, "allergy": False, "intent": "treatment", **said}


def _note(rng: random.Random) -> Note:
    first, other = rng.sample(sorted(MECHANISMS), 2)
    site, elsewhere = rng.sample(sorted(SITES), 2)
    agent, second = rng.sample(sorted(ANTIMICROBIALS), 2)
    renal_text, renal = rng.choice(RENAL)
    allergy_text, allergy = rng.choice(ALLERGIES)
    parts = [
        rng.choice(PRESENT).format(rng.choice(MECHANISMS[first])),
        rng.choice(ABSENT).format(rng.choice(MECHANISMS[other])),
        rng.choice(SITES[site]),
        rng.choice(NO_SITE).format(rng.choice(SITES[elsewhere])),
        renal_text,
        rng.choice(RESISTANT).format(rng.choice(ANTIMICROBIALS[agent])),
        rng.choice(SUSCEPTIBLE).format(rng.choice(ANTIMICROBIALS[second])),
        allergy_text,
        *rng.sample(NOISE, 2),
    ]
    rng.shuffle(parts)
    text = "".join(part + rng.choice(ENDS) for part in parts)
    want = _want(
        mechanisms=[first], sites=[site], renal=renal, resistant=[agent], susceptible=[second], allergy=allergy
    )
    return Note(_dressed(rng, text), want, (other, elsewhere))


def _panel(rng: random.Random) -> Note:
    found = set(rng.sample(GENES, rng.choice((1, 1, 1, 2))))
    pattern, (yes, no) = rng.choice(PANELS)
    genes = rng.sample(GENES, len(GENES))
    rows = "".join(pattern.format(GENE_NAMES[g], yes if g in found else no) for g in genes)
    site = rng.choice(sorted(SITES))
    place = rng.choice(SITES[site])
    text = rng.choice((f"{place}.\n{rows}", f"Carbapenemase PCR\n{rows}\n{place}", f"CRE {place}: results\n{rows}"))
    want = _want(mechanisms=[g for g in GENES if g in found], sites=[site])
    return Note(_dressed(rng, text), want, tuple(g for g in GENES if g not in found))


def _phone(rng: random.Random) -> Note:
    first, other = rng.sample(sorted(MECHANISMS), 2)
    site = rng.choice(sorted(SITES))
    renal_text, renal = rng.choice(RENAL)
    no = rng.choice(("neg", "negative", "not detected"))
    yes = rng.choice(("pos", "positive", "detected"))
    parts = [
        f"{MECHANISMS[other][0]} {no}, {MECHANISMS[first][0]} {yes}",
        rng.choice(SITES[site]),
        renal_text,
    ]
    rng.shuffle(parts)
    text = (
        rng.choice(("pt w ", "hi ", "", "help! ")) + ", ".join(parts) + rng.choice(("", " what do i give", " thx", "?"))
    )
    return Note(_dressed(rng, text).lower(), _want(mechanisms=[first], sites=[site], renal=renal), (other,))


def _follow_up(rng: random.Random) -> Note:
    known, new = rng.sample(sorted(MECHANISMS), 2)
    site, other = rng.sample(sorted(SITES), 2)
    name, place = MECHANISMS[new][0], SITES[other][0]
    text, mechanisms, sites = rng.choice(
        (
            (f"sorry, {name} not {MECHANISMS[known][0]}", [new], [site]),
            (f"PCR back: {name}", [new], [site]),
            (f"{name} too", [known, new], [site]),
            (f"and for {place}?", [known], [other]),
            (f"also {place}", [known], [site, other]),
            (f"no {place}", [known], [site]),
            (f"{name} negative", [known], [site]),
            (f"it's {name}, {place}", [new], [other]),
        )
    )
    want = _want(mechanisms=mechanisms, sites=sites)
    absent = tuple({known, new, site, other} - {*mechanisms, *sites})
    return Note(text, want, absent, "followup", ((known,), (site,)))


def _dressed(rng: random.Random, text: str) -> str:
    text = rng.choice((str, str.lower, str.upper, str))(text)
    return rng.choice(("{}", "{}", "<@U0BOT> {}", "> {}", "*{}*", "\u201c{}\u201d", "{} \U0001f64f", "hi\n{}")).format(
        text
    )
