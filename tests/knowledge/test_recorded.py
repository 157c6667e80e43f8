"""Nobody answers from a byte that was not recorded: every changed, missing or strange file is refused and named."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from knowledge import KnowledgeBase, KnowledgeDataError
from knowledge.files import DATA_FOLDER, RECORD, DataFiles
from knowledge.governance.recording import edition_advice, record
from knowledge.recorded import edits
from knowledge.vocabulary import load_vocabulary
from tests.signing import copy_of_the_data

MVB = "antimicrobials/meropenem-vaborbactam.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_the_data(tmp_path / "data")


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(KnowledgeDataError) as caught:
        KnowledgeBase.load(folder)
    return caught.value.faults


def test_100_flipped_bits_anywhere_are_refused_with_the_file_named(folder: Path) -> None:
    """Any bit of any data file, vocabulary and the list itself included; 25 of the list, for it is small."""
    chance = random.Random(20261123)  # noqa: S311 (a fixed seed, not a secret)
    files = [*sorted(folder.rglob("*.toml")), folder / RECORD]
    weights = [path.stat().st_size for path in files]
    refused = 0
    for path in (*chance.choices(files, weights, k=75), *[folder / RECORD] * 25):
        body = path.read_bytes()
        at = chance.randrange(len(body))
        path.write_bytes(body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :])
        name = path.relative_to(folder).as_posix()
        told = [edit.fault for edit in edits(DataFiles.of(folder))]
        if name == RECORD:
            line = body[:at].count(b"\n")
            named = body.decode().splitlines()[line].partition("  ")[2]
            assert any(fault.startswith((f"{named}: ", f"{RECORD}: line {line + 1} ")) for fault in told), told
        else:
            assert told[0].startswith(f"{name}: is not as recorded in {RECORD}: put the recorded file back"), told
        refused += set(told) <= set(faults(folder))
        if name.startswith("vocabulary/"):
            with pytest.raises(KnowledgeDataError, match=name):
                load_vocabulary(folder)
        path.write_bytes(body)
    assert refused == 100
    assert KnowledgeBase.load(folder).edits == ()


def test_where_the_place_can_be_told_it_is(folder: Path) -> None:
    """A bit that breaks a key is told with the key, beside the file that is not as recorded."""
    path = folder / MVB
    path.write_bytes(path.read_bytes().replace(b"drug_class", b"drug_blass", 1))
    found = faults(folder)
    assert any(fault.startswith(f"{MVB}: antimicrobials: drug_blass: Extra inputs") for fault in found), found
    assert any(fault.startswith(f"{MVB}: is not as recorded") for fault in found), found


def test_100_broken_references_are_refused_with_their_place(folder: Path) -> None:
    """Recorded or not: an id that leads nowhere is named with its file."""
    chance = random.Random(20261124)  # noqa: S311 (a fixed seed, not a secret)
    pattern = re.compile(
        r'(?<=\W)(?:source|because|conflicts|agrees_with|antimicrobials|components) = \[?"([a-z0-9_+-]+)"'
    )
    places = [
        (path, match.span(1))
        for path in sorted(folder.rglob("*.toml"))
        if path.parent.name != "vocabulary"
        for match in pattern.finditer(path.read_text())
    ]
    for path, (start, end) in chance.sample(places, 100):
        text = path.read_text()
        path.write_text(text[:end] + "x" + text[end:])
        name = path.relative_to(folder).as_posix()
        with pytest.raises(KnowledgeDataError) as caught:
            KnowledgeBase.load(folder, edited=True)
        broken = text[start:end] + "x"
        told = caught.value.faults
        assert any(broken in fault and fault.startswith((name, "facts/")) for fault in told), (name, broken, told)
        path.write_text(text)


def test_strange_missing_and_renamed_files_are_named(folder: Path) -> None:
    """Each with what to do."""
    (folder / "vocabulary" / "more.toml").write_text('[[site]]\nid = "cuti"\nforms = ["kidney thing"]\n')
    (folder / "sites.toml").rename(folder / "places.toml")
    found = "\n".join(faults(folder))
    for told in (
        "vocabulary/more.toml: is not recorded in SHA256SUMS: remove it or, if this is meant,",
        "places.toml: is not recorded in SHA256SUMS",
        "sites.toml: is recorded in SHA256SUMS and missing: put it back or, if this is meant,",
    ):
        assert told in found, told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (None, "SHA256SUMS: missing: put the recorded list back"),
        (b"", "SHA256SUMS: line 1 is no digest, two spaces and a file name"),
        (b"\xff\n", "SHA256SUMS: line 1 is no digest"),
        (b"twice", "SHA256SUMS: line 2 names edition.toml again"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(folder: Path, body: bytes | None, told: str) -> None:
    """No list is not an empty one."""
    path = folder / RECORD
    if body is None:
        path.unlink()
    elif body == b"twice":
        path.write_bytes((b"0" * 64 + b"  edition.toml\n") * 2)
    else:
        path.write_bytes(body)
    assert any(fault.startswith(told) for fault in faults(folder))


def test_guides_and_sign_offs_are_not_data(folder: Path) -> None:
    """They may come and change: sign-offs vouch for the digest by themselves."""
    (folder / "README.md").write_text("x")
    (folder / "signoffs").mkdir(exist_ok=True)
    (folder / "signoffs" / "x.toml").write_text("x")
    assert KnowledgeBase.load(folder).digest == KnowledgeBase.load().digest


def test_edited_content_can_be_looked_at_and_says_so(folder: Path) -> None:
    """For `show`, `diff` and `status`; the bot never loads so."""
    path = folder / MVB
    path.write_text(path.read_text().replace('amount = "2"', 'amount = "3"', 1))
    assert [edit.file for edit in KnowledgeBase.load(folder, edited=True).edits] == [MVB]


def test_recording_takes_sound_content_only(folder: Path) -> None:
    """Then it loads; the list is what `sha256sum` reads; a second time there is nothing to do."""
    path = folder / MVB
    before, list_before = path.read_text(), (folder / RECORD).read_bytes()
    path.write_text(before.replace('amount = "2"', 'amount = "3.0"', 1))
    with pytest.raises(KnowledgeDataError, match="String should match"):
        record(folder)
    assert (folder / RECORD).read_bytes() == list_before
    path.write_text(before.replace('amount = "2"', 'amount = "3"', 1))
    found = record(folder)
    assert [edit.file for edit in found] == [MVB]
    assert "edition.toml is as before" in edition_advice(found)
    assert KnowledgeBase.load(folder).digest != KnowledgeBase.load().digest
    assert record(folder) == ()
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--quiet", "--strict", RECORD], cwd=folder, check=True)


def test_git_never_changes_a_byte_of_the_data() -> None:
    """No conversion of line ends, whatever the machine's setting."""
    root = DATA_FOLDER.parent.parent
    assert "knowledge/data/** -text" in (root / ".gitattributes").read_text().splitlines()


def test_holding_files_against_the_record_costs_the_start_nothing_to_speak_of() -> None:
    """Under 20 ms of processor time."""
    files = DataFiles.of()
    best = min(_seconds(files) for _ in range(3))
    assert best < 0.02


def _seconds(files: DataFiles) -> float:
    start = time.thread_time()
    edits(files)
    return time.thread_time() - start
