"""The vocabulary is sound as data, and an unsound one is refused with every fault named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeDataError
from knowledge.files import DATA_FOLDER, VOCABULARY_FOLDER
from knowledge.terms import Mechanism, Site
from knowledge.vocabulary import Kind, load_vocabulary


def test_every_mechanism_and_site_can_be_typed() -> None:
    """Each mechanism and site of the field has its forms; "unknown" is said by cues instead."""
    vocabulary = load_vocabulary()
    assert {t.id for t in vocabulary.of(Kind.MECHANISM)} == set(Mechanism) - {Mechanism.UNKNOWN}
    assert {t.id for t in vocabulary.of(Kind.SITE)} == set(Site) - {Site.UNKNOWN}


def test_every_antimicrobial_can_be_typed() -> None:
    """The 26 antimicrobials have forms, each with the class its allergy counts for where it has one."""
    ids = {t.id for t in load_vocabulary().of(Kind.ANTIMICROBIAL)}
    assert len(ids) == 26
    assert {"ceftazidime-avibactam", "tmp-smx", "pivmecillinam", "gepotidacin", "omadacycline"} <= ids


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """Each fault comes with its file, its key and what to do."""
    words = tmp_path / VOCABULARY_FOLDER
    shutil.copytree(DATA_FOLDER / VOCABULARY_FOLDER, words)
    (words / "zz-broken.toml").write_text("[[mechanism]\n", encoding="utf-8")
    (words / "zz-faulty.toml").write_text(
        '[[mechanism]]\nid = "kpx"\nforms = ["kpx"]\n[[site]]\nid = "cns"\nforms = ["VAP", "kpc", "bactériémie"]\n'
        '[[antimicrobial]]\nid = "x"\nform = ["x"]\n[[nonsense]]\nid = "x"\n[[ambiguous]]\nid = "y"\nforms = ["yyy"]\n',
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeDataError) as raised:
        load_vocabulary(tmp_path)
    said = str(raised.value)
    for part in (
        "zz-broken.toml: not readable", "id: unknown; use one of", '"VAP" is not plain', "bactériémie",
        '"kpc" already belongs to vocabulary/mechanisms.toml',
        "[[nonsense]] is not a table", "candidates: missing", "form: Extra inputs", "forms: Field required",
    ):  # fmt: skip
        assert part in said
    assert len(raised.value.faults) >= 9


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """No files is a fault, not an empty vocabulary."""
    with pytest.raises(KnowledgeDataError, match="no vocabulary files"):
        load_vocabulary(tmp_path)
