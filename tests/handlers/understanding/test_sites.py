"""Sites the patient has now: not what is past, another's, imaged clear or only talked about."""

from __future__ import annotations

import pytest

from tests.handlers.understanding.reader import read


@pytest.mark.parametrize(
    "said",
    [
        "abdo CT neg", "CT belly normal", "MRI spine: nil", "had a pneumonia w/ the same bug 6 wk ago, resolved",
        "had a UTI on admission, finished abx 2 weeks ago", "cystitis last month was ESBL and is sorted",
        "cystitis in January, treated. Now septic", "wound looks clean and dry, not infected",
        "neighbour has a pneumonia",
        "the other pt had the pneumonia, mine is septic", "VAP bundle in place", "CAUTI rates are up", "on G-CSF",
        "our CNS (clinical nurse specialist) asks", "bone pain from pegfilgrastim", "SSTI none", "BCx NG",
        "endocarditis prophylaxis as usual", "wound healed months ago", "wounds fine",
        "on the resp step-down ward", "mero-vab is licensed for cUTI", "the trials were mostly pneumonia",
    ],
)  # fmt: skip
def test_what_is_not_now_or_not_the_patients_is_no_site(said: str) -> None:
    """Beside a site that is: only that one."""
    assert read(f"KPC cholangitis. {said}").flat()["sites"] == ["ciai"]


@pytest.mark.parametrize(
    ("said", "site"),
    [
        ("2 out of 2 sets growing", "bacteremia"), ("K. pneumoniae in 3/4 bottles", "bacteremia"),
        ("subphrenic collection", "ciai"), ("collection in the pelvis", "ciai"),
        ("walled off necrosis with gas", "ciai"),
        ("tricuspid veg", "endocarditis"), ("chronic OM of the femur", "bone_joint"), ("THR infected", "bone_joint"),
        ("new bilat infiltrates", "pneumonia"), ("LLL collapse/consolidation", "pneumonia"), ("u.t.i.", "uti"),
        ("groin abscess", "ssti"), ("?HAP", "pneumonia"),
        ("blood cultures 2/2, still waiting on the PCR", "bacteremia"),
        ("11 mm veg on the mitral valve", "endocarditis"), ("DFU infected", "ssti"),
        ("sepsis ?source", "unknown"), ("no focus found", "unknown"),
        ("CRE colonised before, no fever, UTI now", "uti"), ("KPC UTI, CRE colonised before", "uti"),
    ],
)  # fmt: skip
def test_sites_as_wards_write_them(said: str, site: str) -> None:
    """Anatomy, devices, bottles and doubt."""
    assert read(f"KPC, {said}").flat()["sites"] == [site]


def test_an_intensive_unit_is_no_urinary_infection_beside_a_site() -> None:
    """ITU is the unit in Britain and a urinary infection in Brazil: the second only where no other is named."""
    assert read("faecal peritonitis, KPC. ITU. gent?").flat()["sites"] == ["ciai"]
    assert read("cardiothoracic ITU, KPC").flat()["sites"] == []
    assert read("paciente com ITU por KPC").flat()["sites"] == ["uti"]
