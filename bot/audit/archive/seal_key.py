"""`SealKeys`: the Ed25519 key that signs digests, and the public keys whose signatures count.

The file holds PEM blocks: at most one private key, which signs; public keys beside it are trusted too, so that a key
can be replaced. A host that only verifies needs public blocks alone, and then can't forge a digest.
"""

from __future__ import annotations

import hashlib
import os
import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

FILE_NAME = "seal.key"
_BLOCK = re.compile(rb"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)
_log = structlog.get_logger(__name__)


class SealKeyError(Exception):
    """The key file can't be used; the message says why and what to do."""


class SealKeys:
    """Signs with the private key, if there is one; verifies with every public key."""

    def __init__(self, private: Ed25519PrivateKey | None, public: tuple[Ed25519PublicKey, ...]) -> None:
        own = (private.public_key(),) if private else ()
        self._private = private
        self._public = {key_id(key): key for key in (*own, *public)}

    @property
    def signs(self) -> bool:
        return self._private is not None

    @property
    def signer(self) -> str:
        """The id of the key that signs."""
        if self._private is None:
            raise SealKeyError("the key file holds no private key: this host can verify, not seal")
        return key_id(self._private.public_key())

    def sign(self, said: bytes) -> str:
        """The signature, in base64."""
        if self._private is None:
            raise SealKeyError("the key file holds no private key: this host can verify, not seal")
        return b64encode(self._private.sign(said)).decode()

    def knows(self, key: str) -> bool:
        """Whether a key of that id is trusted here."""
        return key in self._public

    def verify(self, key: str, said: bytes, signature: str) -> bool:
        """Whether the trusted key of that id signed exactly these bytes."""
        try:
            self._public[key].verify(b64decode(signature, validate=True), said)
        except (KeyError, InvalidSignature, BadBase64, ValueError):
            return False
        return True

    def public_pem(self) -> bytes:
        """Every trusted key as a public block: what a host that only verifies is given."""
        blocks = (key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in self._public.values())
        return b"".join(blocks)


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the public key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def load_seal_keys(setting: Path | None, folder: Path, *, make: bool) -> SealKeys | None:
    """The keys of the setting, else of `seal.key` in `folder`; made there (0400, with a warning) when `make`.

    None when there is no file and none is to be made. Raises SealKeyError.
    """
    path = setting or folder / FILE_NAME
    if setting is None and not path.exists():
        if not make:
            return None
        _make(path)
    return read_seal_keys(path)


def read_seal_keys(path: Path) -> SealKeys:
    """The keys of one file."""
    try:
        content = path.read_bytes()
        rights = path.stat().st_mode
    except OSError as error:
        raise SealKeyError(f"{path} can't be read ({error.strerror}): check the path and its rights") from None
    private: list[Ed25519PrivateKey] = []
    public: list[Ed25519PublicKey] = []
    for block in _BLOCK.findall(content):
        try:
            key = load_pem_private_key(block, None) if b"PRIVATE" in block else load_pem_public_key(block)
        except (ValueError, TypeError):
            raise SealKeyError(f"{path} holds a block that is no key: write Ed25519 keys as PEM") from None
        if isinstance(key, Ed25519PrivateKey):
            private.append(key)
        elif isinstance(key, Ed25519PublicKey):
            public.append(key)
        else:
            raise SealKeyError(
                f"{path} holds a key of another kind: make one with `openssl genpkey -algorithm ed25519`"
            )
    if len(private) > 1 or not (private or public):
        raise SealKeyError(f"{path} holds {len(private)} private keys: one signs; older ones stay as public keys")
    if private and rights & 0o007:
        raise SealKeyError(f"{path} can be read by others: chmod 400 it, or make a new key if somebody did")
    if private and rights & 0o077:  # a group may be how a container gets its secrets
        _log.warning("audit.seal_key_readable_by_others", path=str(path), remedy=f"chmod 0400 {path}")
    return SealKeys(private[0] if private else None, tuple(public))


def _make(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    body = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return  # another replica was first
    except OSError as error:
        raise SealKeyError(f"{path} can't be written ({error.strerror}): set CRE_SEAL_KEY_FILE") from None
    remedy = "fine for a trial; for a record that must convince others keep the key elsewhere: CRE_SEAL_KEY_FILE"
    _log.warning("audit.seal_key_made", path=str(path), remedy=remedy)
