"""Ed25519 for sign-offs: keys are made and read here, signatures made and verified; nothing else in the bot signs.

`cryptography` is loaded by the functions, not with the module: a bot without sign-off records never loads it.
"""

from __future__ import annotations

import binascii
import os
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bot.settings import Settings
from knowledge.errors import KnowledgeDataError
from knowledge.files import DATA_FOLDER
from knowledge.governance.signing import ReviewRules, Signer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC_KEY_BYTES = 32
_LOCKED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


class KeyFileError(Exception):
    """A key file that can't be used; the message says why and what to do."""


def verify(public_key: bytes, said: bytes, signature: bytes) -> bool:
    """Whether base64 `signature` is by base64 `public_key` over exactly `said`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
        key.verify(b64decode(signature, validate=True), said)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def review_rules(settings: Settings) -> ReviewRules:
    """Who may approve here, and how many are needed; raises KnowledgeDataError when the signers file is faulty."""
    signers = read_signers(settings.signers_file) if settings.signers_file else ()
    data = settings.knowledge_dir or DATA_FOLDER
    for folder in (data, settings.signoffs_dir or data):
        if settings.signers_file and settings.signers_file.resolve().is_relative_to(folder.resolve()):
            where = f"CRE_SIGNERS_FILE ({settings.signers_file.name}): is in the folder that it is to vouch for"
            raise KnowledgeDataError((f"{where}: move it to where only the operator can write",))
    return ReviewRules(signers, settings.reviewers_needed, settings.signoffs_dir, verify)


def read_signers(path: Path) -> tuple[Signer, ...]:
    """The trusted signers of a TOML file, each with name, role and public key."""
    where = f"CRE_SIGNERS_FILE ({path.name})"
    try:
        found = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise KnowledgeDataError(
            (f"{where}: can't be read ({error.strerror}): correct the path or its rights",)
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeDataError((f"{where}: not valid TOML ({error}): correct the place named",)) from None
    entries = found.pop("signer", [])
    faults = [f"{where}: {key}: unknown: only [[signer]] tables belong here" for key in found]
    if not isinstance(entries, list) or not entries:
        faults.append(f"{where}: signer: missing: add a [[signer]] table for each person who may approve")
        entries = []
    signers: list[Signer] = []
    for number, entry in enumerate(entries, 1):
        signer = _signer(f"{where}: signer number {number}", entry, faults)
        if signer is not None and any(each.public_key == signer.public_key for each in signers):
            faults.append(f"{where}: signer number {number}: public_key: is somebody else's too: a key is one person's")
        elif signer is not None:
            signers.append(signer)
    if faults:
        raise KnowledgeDataError(tuple(faults))
    return tuple(signers)


def _signer(where: str, entry: Any, faults: list[str]) -> Signer | None:
    try:
        signer = Signer.model_validate(entry)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            key = ".".join(map(str, fault["loc"])) or "the entry"
            faults.append(f"{where}: {key}: {fault['msg']}: needs name, role and public_key, as `keygen` prints them")
        return None
    try:
        size = len(b64decode(signer.public_key, validate=True))
    except binascii.Error:
        size = 0
    if size != PUBLIC_KEY_BYTES or signer.public_key != b64encode(b64decode(signer.public_key)).decode():
        faults.append(f"{where}: public_key: not an Ed25519 public key: copy the line that `keygen` printed")
        return None
    return signer


def make_key(path: Path, passphrase: str | None = None) -> str:
    """Write a new private key, readable by its owner only, never over a file; returns the public key.

    With a passphrase the file is of no use to whoever copies it.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    locked: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        locked = serialization.BestAvailableEncryption(passphrase.encode())
    body = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
    except FileExistsError:
        raise KeyFileError(f"{path} exists already: name a new file; a key is never written over") from None
    except OSError as error:
        raise KeyFileError(f"{path} can't be written ({error.strerror}): name another folder") from None
    return public_key(key)


def read_key(path: Path, ask: Callable[[], str]) -> Ed25519PrivateKey:
    """The private key of a file that only its owner can read; `ask` gives the passphrase of a key that has one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileError(f"{path} can be read by others: chmod 600 it, or make a new key if somebody did")
        body = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path} can't be read ({error.strerror}): check the path") from None
    locked = _LOCKED in body
    try:
        key = load_pem_private_key(body, password=ask().encode() if locked else None)
    except (ValueError, TypeError):  # TypeError: a passphrase in a way that PKCS 8 does not use
        why = (
            "does not open with this passphrase: try again"
            if locked
            else "holds no private key: make one with `keygen`"
        )
        raise KeyFileError(f"{path} {why}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a key of another kind: make an Ed25519 key with `keygen`")
    return key


def public_key(key: Ed25519PrivateKey) -> str:
    """The public half, as it stands in the signers file."""
    return b64encode(key.public_key().public_bytes_raw()).decode()


def sign(key: Ed25519PrivateKey, said: bytes) -> str:
    """The signature, in base64."""
    return b64encode(key.sign(said)).decode()
