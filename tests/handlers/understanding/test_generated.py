"""Generated notes: independent findings in any order, with noise between them; each is read as it was written."""

from __future__ import annotations

import random
from typing import Any

from tests.handlers.understanding.reader import read

MESSAGES = 3000
MECHANISMS = {
    "kpc": ("KPC", "KPC-2", "blaKPC"),
    "ndm": ("NDM", "NDM-1", "New Delhi MBL"),
    "vim": ("VIM", "vim-1"),
    "oxa48": ("OXA-48", "oxa48", "OXA-181"),
    "imp": ("IMP-4", "blaIMP"),
}
PRESENT = (
    "{}",
    "{} positive",
    "{}+",
    "{} detected",
    "pos for {}",
    "{} producer",
    "PCR: {} detected",
    "it's {}",
    "grew {}",
)
ABSENT = (
    *(
        "no {}",
        "not {}",
        "{} negative",
        "{} neg",
        "{} not detected",
        "negative for {}",
        "{} ruled out",
        "{} (-)",
        "{} -ve",
    ),
    *(
        "without {}",
        "{} PCR negative",
        "{} was not found",
        "{} excluded",
        "isn't {}",
        "{}: not detected",
        "never had {}",
    ),
)
SITES = {
    "pneumonia": ("VAP", "pneumonia"),
    "bacteremia": ("bacteremia", "BSI", "CLABSI"),
    "cuti": ("pyelo", "urosepsis"),
    "cns": ("meningitis",),
    "ssti": ("cellulitis", "wound infection"),
    "bone_joint": ("osteomyelitis", "PJI"),
    "ciai": ("cIAI", "cholangitis"),
    "endocarditis": ("endocarditis",),
}
NO_SITE = ("no {}", "not {}", "{} ruled out", "no evidence of {}", "prior {}", "{} last year", "h/o {}", "{} resolved")
RENAL: tuple[tuple[str, dict[str, Any] | None], ...] = (
    ("CrCl 33", {"crcl": 33}),
    ("eGFR=21", {"egfr": 21}),
    ("on HD", {"dialysis": "hd"}),
    ("CVVHDF", {"dialysis": "crrt"}),
    ("HD stable", None),
    ("not on dialysis", None),
    ("creatinine 2.1", None),
)
ANTIMICROBIALS = {
    "ceftazidime-avibactam": "CZA",
    "meropenem-vaborbactam": "mero-vab",
    "meropenem": "mero",
    "imipenem": "IPM",
    "gentamicin": "gent",
    "tmp-smx": "bactrim",
}
RESISTANT = ("{} R", "{} resistant", "resistant to {}", "{}: R", "{} MIC >8 R")
SUSCEPTIBLE = ("{} S", "{} susceptible", "sensitive to {}", "{} (S)", "{} MIC 0.5 S")
ALLERGIES = (("PCN allergy", True), ("allergic to amoxicillin", True), ("NKDA", False), ("sulfa allergy", False))
NOISE = (
    "65M",
    "afebrile now",
    "in ICU",
    "s/p liver transplant",
    "weight 80 kg",
    "no fever",
    "not intubated",
    "wbc 18",
    "thanks",
)


def message(rng: random.Random) -> tuple[str, dict[str, Any]]:
    """One note and what it says."""
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
        rng.choice(RESISTANT).format(ANTIMICROBIALS[agent]),
        rng.choice(SUSCEPTIBLE).format(ANTIMICROBIALS[second]),
        allergy_text,
        *rng.sample(NOISE, 2),
    ]
    rng.shuffle(parts)
    text = "".join(part + rng.choice((", ", ". ", "; ", "\n", " - ")) for part in parts)
    want = {
        "mechanisms": [first],
        "sites": [site],
        "renal": renal,
        "resistant": [agent],
        "susceptible": [second],
        "allergy": allergy,
        "intent": "treatment",
    }
    return rng.choice((str, str.lower, str.upper))(text), want


def test_findings_are_read_whatever_stands_around_them() -> None:
    """No wrong mechanism, antimicrobial, site or kidney function; no negation missed; few are asked back."""
    rng = random.Random(20260101)  # noqa: S311  # a fixed sequence of test messages
    asked = 0
    for _ in range(MESSAGES):
        text, want = message(rng)
        parsed = read(text)
        got = parsed.flat()
        assert set(got["mechanisms"]) <= set(want["mechanisms"]), text
        for field in ("sites", "renal", "resistant", "susceptible", "allergy", "intent"):
            assert got[field] == want[field], (field, text)
        if got["mechanisms"] != want["mechanisms"] or parsed.doubts:
            assert "mechanism" in parsed.must_ask or parsed.doubts, text
            asked += 1
    assert asked <= 0.01 * MESSAGES
