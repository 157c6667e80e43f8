"""The spool: what was synced is read again, whatever happened to the end of the file; nothing grows for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit.chain import Keyring
from bot.audit.writer import frames
from bot.audit.writer.placing import Chain, Payload, Placed
from bot.audit.writer.spool import Spool, SpoolError
from bot.audit.writer.volume import outlives_restart
from bot.faults import StartError
from tests.bot.auditing import KEY, ROOT


def a_chain(writer: str = "w", count: int = 5) -> list[Placed]:
    chain = Chain(writer, Keyring([KEY]))
    return [
        chain.place({"t": "feedback", "n": n}, Payload("ab" * 32, b"packed") if n == 1 else None) for n in range(count)
    ]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool")
    spool.prepare()
    yield spool
    spool.close()


def taken_over(folder: Path) -> Spool:
    spool = Spool(folder)
    spool.take_over()
    return spool


def test_what_was_appended_is_read_again_by_the_next_owner(spool: Spool) -> None:
    """Bytes, places and the payload that rode along; not by anybody while the owner lives."""
    entries = a_chain(count=5)
    spool.append(entries[:3])
    spool.append(entries[3:])
    assert spool.entries("w", 0) == entries
    assert spool.entries("w", 1, 2) == entries[1:3]
    other = taken_over(spool.folder)
    assert other.writers() == []
    spool.close()
    assert other.take_over()
    assert other.entries("w", 0) == entries
    other.close()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_torn_end_loses_only_itself(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A file cut anywhere, with or without rubbish or zeros behind the cut: every whole entry before it is read."""
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder)
    spool.prepare()
    entries = a_chain(count=4)
    ends = [spool.held_bytes]
    for each in entries:
        spool.append([each])
        ends.append(spool.held_bytes)
    spool.close()
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    cut = data.draw(st.integers(ends[0], len(whole)))
    tail = data.draw(st.sampled_from([b"", b"\0" * 40, b"\xff" * 11]))
    path.write_bytes(whole[:cut] + tail)
    other = taken_over(folder)
    kept = sum(end <= cut for end in ends[1:])
    assert other.entries("w", 0) == entries[:kept]
    assert other.held_bytes == (ends[kept] if kept else 0)
    other.close()


def test_a_damaged_frame_in_the_middle_is_counted_and_the_rest_is_read(spool: Spool) -> None:
    """One flipped bit costs one entry, and is told."""
    entries = a_chain(count=5)
    spool.append(entries[:2])
    size = spool.held_bytes
    spool.append(entries[2:])
    spool.close()
    (path,) = spool.folder.iterdir()
    damaged = bytearray(path.read_bytes())
    damaged[size + 40] ^= 1
    path.write_bytes(damaged)
    other = Spool(spool.folder)
    (content,) = other.take_over().values()
    assert (content.damaged, content.torn_bytes) == (1, 0)
    assert [each.sequence for each in other.entries("w", 0)] == [1, 2, 4, 5]
    other.close()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_fault(rubbish: bytes) -> None:
    """Whatever stands in the folder, the start goes on."""
    assert frames.parse(frames.MAGIC + rubbish).sound_bytes <= len(rubbish) + len(frames.MAGIC)
    frames.parse(rubbish)


def test_a_file_goes_only_when_all_of_it_is_sealed(tmp_path: Path) -> None:
    """Small files: each is released once its own last entry is sealed, the one in use too."""
    spool = Spool(tmp_path, file_bytes=100)
    spool.prepare()
    for each in a_chain(count=5):
        spool.append([each])
    assert spool.files == 5
    assert spool.release({}) == 0
    assert spool.release({"w": 3, "other": 99}) == 3
    assert [each.sequence for each in spool.entries("w", 0)] == [4, 5]
    assert spool.release({"w": 5}) == 2
    assert list(tmp_path.iterdir()) == []
    spool.append(a_chain("v", 1))
    assert spool.files == 1
    spool.close()


def test_what_was_written_again_elsewhere_is_never_replayed(spool: Spool) -> None:
    """Across restarts; and it does not keep its file from being released."""
    entries = a_chain(count=5)
    spool.append(entries)
    spool.abandon("w", 2)
    assert [each.sequence for each in spool.entries("w", 0)] == [1, 2]
    spool.close()
    other = taken_over(spool.folder)
    assert [each.sequence for each in other.entries("w", 0)] == [1, 2]
    assert other.release({"w": 2}) == 1
    other.close()


def test_marks_of_the_disk(tmp_path: Path) -> None:
    """Said at half, refused at nine tenths; freed by sealing."""
    spool = Spool(tmp_path, most_bytes=4000, file_bytes=500)
    spool.prepare()
    entries = a_chain(count=200)

    def fill() -> None:
        for each in entries:
            spool.append([each])

    with structlog.testing.capture_logs() as logs, pytest.raises(SpoolError, match="FULL"):
        fill()
    assert [each["event"] for each in logs] == ["audit.spool_filling"]
    assert 3000 < spool.held_bytes < 3600
    last = spool.entries("w", 0)[-1].sequence
    spool.release({"w": last})
    spool.append(entries[last : last + 1])
    spool.close()


def test_after_a_failed_sync_the_same_entries_go_to_a_new_file(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A descriptor whose sync failed is never asked again: what it says about later data is not true."""
    entries = a_chain(count=3)
    spool.append(entries[:1])
    synced: list[int] = []

    def fails_once(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 1:
            raise OSError(5, "EIO")
        os.fsync(descriptor)

    monkeypatch.setattr("bot.audit.writer.spool._sync_data", fails_once)
    spool.append(entries[1:2])
    spool.append(entries[2:])
    assert synced.count(synced[0]) == 1
    assert spool.files == 2
    assert spool.entries("w", 0) == entries
    monkeypatch.setattr(
        "bot.audit.writer.spool._sync_data", lambda descriptor: (_ for _ in ()).throw(OSError(5, "EIO"))
    )
    with pytest.raises(SpoolError, match="EIO"):
        spool.append(entries[2:])
    assert not spool.is_writable()


def test_a_full_device_is_an_error_and_not_a_loss(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's own ENOSPC."""
    entries = a_chain(count=3)
    spool.append(entries[:1])
    real = os.open

    def full(path: Any, flags: int, mode: int = 0o777) -> int:
        return real("/dev/full" if str(path).endswith(".spool") else path, flags & ~os.O_EXCL & ~os.O_CREAT, mode)

    os.close(spool._active.descriptor) if spool._active else None
    monkeypatch.setattr("bot.audit.writer.spool.os.open", full)
    assert spool._active is not None
    spool._active.descriptor = real("/dev/full", os.O_RDWR)
    with pytest.raises(SpoolError, match="ENOSPC"):
        spool.append(entries[1:])
    assert not spool.is_writable()
    monkeypatch.undo()
    assert spool.is_writable()
    spool.append(entries[1:])
    assert spool.entries("w", 0) == entries


LIMITED = """
import resource, sys
from pathlib import Path
from bot.audit.writer.spool import Spool, SpoolError
from tests.bot.test_audit_spool import a_chain
spool = Spool(Path(sys.argv[1]))
spool.prepare()
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
kept = 0
try:
    for each in a_chain(count=200):
        spool.append([each])
        kept = each.sequence
except SpoolError as error:
    print(kept, error)
"""


def test_a_limit_on_the_size_of_files_only_starts_new_ones(tmp_path: Path) -> None:
    """RLIMIT_FSIZE in a process of its own: one file is full, the next takes it; nothing is lost or doubled."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    spool = taken_over(tmp_path)
    assert spool.files > 5
    assert spool.entries("w", 0) == a_chain(count=200)
    spool.close()


def test_a_folder_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    """With the setting's name and the remedy."""
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="CRE_SPOOL_DIR"):
        Spool(tmp_path / "file" / "spool").prepare()


@pytest.mark.parametrize(
    ("folder", "kept"),
    [("/data/spool", True), ("/run/spool", False), ("/home", False), ("/pods/spool", False), ("/with space/x", True)],
)
def test_a_volume_that_goes_with_the_container_is_known(tmp_path: Path, folder: str, kept: bool) -> None:
    """By the kernel's list of mounts: memory, a container's own layer, a pod's empty directory."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "1 0 0:1 / / rw - overlay overlay rw\n"
        "2 1 8:1 / /data rw,relatime shared:1 - ext4 /dev/vdb rw\n"
        "3 1 0:5 / /run rw - tmpfs tmpfs rw\n"
        "4 1 8:1 /var/lib/kubelet/pods/1/volumes/kubernetes.io~empty-dir/s /pods/spool rw - ext4 /dev/vda rw\n"
        "5 1 8:1 / /with\\040space rw - xfs /dev/vdc rw\n"
    )
    assert outlives_restart(Path(folder), mounts) is kept
    assert outlives_restart(Path(folder), tmp_path / "none") is None


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A link somewhere else is not followed."""
    (tmp_path / "a.spool").symlink_to("/etc/hostname")
    with structlog.testing.capture_logs() as logs:
        assert taken_over(tmp_path).files == 0
    assert [each["event"] for each in logs] == ["audit.spool_not_taken"]
