"""The MAC keys of the audit log: made once, read by every replica, rotated without a break."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
import structlog

from bot.audit.chain import GENESIS, Keyring, mac_of
from bot.faults import StartError

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def test_the_mac_covers_writer_sequence_and_the_exact_bytes() -> None:
    """As the contract writes it: anybody with the key can check it."""
    body = b'{"a":1}'
    assert mac_of(OLD, "w", 3, body) == hmac.new(OLD, b"cre-audit-1\nw\n3\n" + body, hashlib.sha256).hexdigest()
    ring = Keyring([OLD])
    mac = ring.mac("w", 3, body)
    assert ring.holds(mac, ring.current, "w", 3, body)
    for writer, sequence, other in (("v", 3, body), ("w", 4, body), ("w", 3, b'{"a":2}')):
        assert not ring.holds(mac, ring.current, writer, sequence, other)
    assert not ring.holds(GENESIS, ring.current, "w", 3, body)


def test_two_keys_live_during_a_rotation() -> None:
    """The new one signs, both verify, an unknown one never does; no key is ever printed."""
    before, after = Keyring([OLD]), Keyring([NEW, OLD])
    mac = before.mac("w", 1, b"x")
    assert after.holds(mac, before.current, "w", 1, b"x")
    assert after.current != before.current
    assert after.knows(before.current)
    assert not before.holds(after.mac("w", 1, b"x"), after.current, "w", 1, b"x")
    assert OLD.hex() not in repr(after) + str(vars(after).keys()) + after.current


def test_without_a_setting_a_key_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    """0400, with a word on how to do better; the next start reads the same one."""
    with structlog.testing.capture_logs() as logs:
        first = Keyring.open(None, tmp_path / "data")
        second = Keyring.open(None, tmp_path / "data")
    (path,) = (tmp_path / "data").iterdir()
    assert path.stat().st_mode & 0o777 == 0o400
    assert first.current == second.current
    assert [each["event"] for each in logs] == ["audit.key_made"]
    assert path.read_text().split()[-1] not in str(logs)


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "names no file"), ("# nothing\n", "no key"), ("secret\n", "no key"), ("ff\n", "no key")],
)
def test_a_key_file_that_is_set_must_be_right(tmp_path: Path, text: str | None, problem: str) -> None:
    """Named with its remedy, never quoted, never made in its place."""
    path = tmp_path / "keys"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StartError, match=problem) as refused:
        Keyring.open(path, tmp_path)
    assert "secret" not in str(refused.value)
    assert refused.value.faults[0].remedy.endswith("openssl rand -hex 32")


def test_a_key_file_that_others_can_read_is_told(tmp_path: Path) -> None:
    """It works, with a warning."""
    path = tmp_path / "keys"
    path.write_text(f"{NEW.hex()}  # since May\n{OLD.hex()}\n")
    path.chmod(0o644)
    with structlog.testing.capture_logs() as logs:
        ring = Keyring.open(path, tmp_path)
    assert ring.current == Keyring([NEW]).current
    assert ring.knows(Keyring([OLD]).current)
    assert [each["event"] for each in logs] == ["audit.key_readable_by_others"]
