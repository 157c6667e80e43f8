"""A fault anywhere in the data is refused at load, with the file, the key and the remedy named; all faults at once."""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeDataError
from knowledge.files import DATA_FOLDER, content_digest
from knowledge.loading import load_content

MVB = "antimicrobials/meropenem-vaborbactam.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped data to break."""
    copy = tmp_path / "data"
    shutil.copytree(DATA_FOLDER, copy)
    return copy


@pytest.fixture
def edit(folder: Path) -> Callable[[str, str, str], None]:
    def change(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text()
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1))

    return change


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(KnowledgeDataError) as caught:
        load_content(folder)
    return caught.value.faults


def test_the_shipped_data_loads_fast() -> None:
    """In less than half a second of processor time."""
    best = min(_load_seconds() for _ in range(3))
    assert best < 0.5


def _load_seconds() -> float:
    start = time.thread_time()
    load_content()
    return time.thread_time() - start


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (MVB, 'id = "meropenem-vaborbactam"', 'id = "meropenem-vaborbactam', "not valid TOML"),
        (MVB, 'drug_class = "', 'drug_clas = "', "drug_clas: Extra inputs are not permitted: remove the key"),
        (MVB, 'drug_class = "', 'drug_clas = "', "drug_class: Field required: add the key"),
        (MVB, 'mechanism = "kpc"', 'mechanism = "kcp"', "activity.0.mechanism: Input should be"),
        (MVB, 'amount = "4"', 'amount = "4.0"', "doses.0.steps.0.amount: String should match"),
        (MVB, 'amount = "4"', 'amount = ".4"', "write it in the form that the pattern allows"),
        (MVB, 'amount = "4", unit = "g"', 'amount = "4", unit = "units"', "doses.0.steps.0.unit"),
        (MVB, "every_hours = 8", 'every_hours = "often"', "every_hours"),
        (MVB, 'id = "mvb-dur"', 'id = "mvb-ae"', '"mvb-ae" is used 2 times'),
        (MVB, 'source = "cmr2020_t9"', 'source = "cmr2020"', 'source "cmr2020" is not in sources.toml'),
        (MVB, 'verification = "C"', 'verification = "D"', "verification D needs a caveat"),
        (MVB, 'id = "meropenem-vaborbactam"', 'id = "mero-vabor"', "the file is named"),
        ("recommendations.toml", '["colistin"]', '["collistin"]', 'antimicrobial "collistin" has no file'),
        ("recommendations.toml", '["kpc-26-order"]', '["kpc-26-ordre"]', 'no entry has the id "kpc-26-ordre"'),
        (
            "recommendations.toml",
            'sites = ["cystitis"]\npref',
            'sites = ["cns"]\npref',
            "cystitis is not in the row's own",
        ),
        (
            "recommendations.toml",
            '["ceftazidime-avibactam", "aztreonam"]',
            '["aztreonam", "colistin"]',
            "given together",
        ),
        (
            "safety_rules.toml",
            '["tet-01"]',
            '["tet-99"]',
            'safety_rules.toml: rule-03: because: no entry has the id "tet-99"',
        ),
        (
            "conflicts.toml",
            'source = "droracle2025"',
            'source = "droracle2026"',
            'source "droracle2026" is not in sources.toml',
        ),
        ("article.toml", '"conf-01"', '"conf-99"', 'conflicts: no entry has the id "conf-99"'),
        ("article.toml", "[article]", "[[article]]", "must be one table"),
        ("edition.toml", "2026-11-22", '"soon"', "compiled_on"),
        ("edition.toml", '"mech-08"', '"mech-88"', 'susceptibility_because: no entry has the id "mech-88"'),
        ("sites.toml", 'id = "ssti"', 'id = "ciai"', 'id "ciai" is used 2 times'),
        ("mechanisms.toml", 'id = "imp"', 'id = "vim"', 'mechanism "imp" is not described'),
        ("sources.toml", "[[source]]", "[[sources]]", "sources: unknown table"),
        ("breakpoints.toml", 'route = "iv"', 'route = "im"', "route"),
    ],
)
def test_each_kind_of_fault_is_named(
    folder: Path, edit: Callable[[str, str, str], None], name: str, old: str, new: str, told: str
) -> None:
    """What is wrong, in which file, at which key, and what to do."""
    edit(name, old, new)
    found = faults(folder)
    assert any(told in fault for fault in found), found
    assert any(fault.startswith(name.split("/")[0]) for fault in found), found


def test_an_unused_source_is_a_fault(folder: Path) -> None:
    """A source that no statement cites is either forgotten or left over."""
    with (folder / "sources.toml").open("a") as sources:
        sources.write(
            '\n[[source]]\nid = "nobody2020"\nshort = "x"\ntitle = "x"\nurl = "https://example.org"\n'
            'kind = "review"\ntier = "tertiary"\nread_as = "abstract"\n'
        )
    assert faults(folder) == ('sources.toml: source "nobody2020" is cited nowhere: remove it or cite it',)


def test_missing_files_and_strange_files_are_named(folder: Path) -> None:
    """A file that is gone, and one that nothing reads."""
    (folder / "conflicts.toml").unlink()
    (folder / "conflict.toml").write_text("")
    shutil.rmtree(folder / "facts")
    (folder / "article.toml").write_bytes(b"\xff\xfe")
    told = "\n".join(faults(folder))
    assert "conflicts.toml: missing: add the file" in told
    assert "conflict.toml: no such data file is known" in told
    assert "facts/: holds no .toml file" in told
    assert "article.toml: byte 0 is not UTF-8" in told


def test_no_folder_is_one_clear_fault(tmp_path: Path) -> None:
    """A wrong path says so."""
    assert "no such folder" in faults(tmp_path / "nowhere")[0]


def test_every_fault_is_told_at_once(folder: Path, edit: Callable[[str, str, str], None]) -> None:
    """Five faults in three files: five lines, not the first one only."""
    edit(MVB, 'drug_class = "', 'drug_klass = "')
    edit(MVB, 'mechanism = "kpc"', 'mechanism = "kcp"')
    edit("sites.toml", 'short = "CNS"', "short = 3")
    edit("safety_rules.toml", 'id = "rule-01"', 'idd = "rule-01"')
    found = faults(folder)
    assert len(found) == 6, found
    assert {fault.split(":")[0] for fault in found} == {MVB, "sites.toml", "safety_rules.toml"}
    with pytest.raises(KnowledgeDataError, match="6 faults"):
        load_content(folder)


def test_any_changed_bit_changes_the_digest(folder: Path) -> None:
    """100 single bits anywhere, vocabulary included: 100 digests, none of them the first."""
    chance = random.Random(4)  # noqa: S311
    first = content_digest(folder)
    seen = set()
    files = sorted(folder.rglob("*.toml"))
    for _ in range(100):
        path = chance.choice(files)
        body = path.read_bytes()
        at = chance.randrange(len(body))
        path.write_bytes(body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :])
        seen.add(content_digest(folder))
        path.write_bytes(body)
    assert first not in seen
    assert content_digest(folder) == first


def test_the_digest_is_of_the_content_not_of_what_is_said_about_it(folder: Path) -> None:
    """Sign-off records and guides do not change it; a renamed, moved or added data file does."""
    first = content_digest(folder)
    assert re.fullmatch(r"[0-9a-f]{64}", first)
    (folder / "signoffs").mkdir(exist_ok=True)
    (folder / "signoffs" / "2026.1.toml").write_text("x = 1\n")
    (folder / "GUIDE.md").write_text("how to change a dose")
    assert content_digest(folder) == first
    (folder / "facts" / "testing.toml").rename(folder / "facts" / "tests.toml")
    assert content_digest(folder) != first


def test_the_shipped_digest_needs_no_argument() -> None:
    """The default folder is the shipped data."""
    assert content_digest() == content_digest(DATA_FOLDER)
