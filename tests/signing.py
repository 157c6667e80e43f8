"""Reviewers with keys of their own, a signers file, and records: for every test of the status."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.signing import public_key, sign
from knowledge.files import DATA_FOLDER, content_digest
from knowledge.governance.signing import Signer, SignOff, statement

EDITION = "2026.1"
DAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Reviewer:
    """Somebody who can sign."""

    name: str
    role: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def signer(self, until: date | None = None) -> Signer:
        """As the operator trusts them."""
        return Signer(name=self.name, role=self.role, public_key=public_key(self.key), until=until)

    def sign_off(self, digest: str, on: date = DAY, edition: str = EDITION) -> SignOff:
        """A record signed with this key."""
        signature = sign(self.key, statement(edition, digest, self.name, self.role, on))
        return SignOff(
            edition=edition, digest=digest, reviewer=self.name, role=self.role, signed_on=on, signature=signature
        )


def copy_of_the_data(to: Path) -> Path:
    """The shipped data, to change and sign."""
    return Path(shutil.copytree(DATA_FOLDER, to))


def put(folder: Path, record: SignOff, name: str = "") -> Path:
    """Write a record where the loader looks for it."""
    records = folder / "signoffs"
    records.mkdir(exist_ok=True)
    path = records / f"{name or record.reviewer.split()[0].lower()}.toml"
    values = [f"{key} = {json.dumps(value)}" for key, value in record if isinstance(value, str)]
    path.write_text("\n".join(["[signoff]", *values, f"signed_on = {record.signed_on}", ""]))
    return path


def signers_file(path: Path, *reviewers: Reviewer) -> Path:
    """The operator's file of trusted signers."""
    tables = []
    for reviewer in reviewers:
        public = b64encode(reviewer.key.public_key().public_bytes_raw()).decode()
        tables.append(f'[[signer]]\nname = "{reviewer.name}"\nrole = "{reviewer.role}"\npublic_key = "{public}"\n')
    path.write_text("\n".join(tables))
    return path


def approve(folder: Path, *reviewers: Reviewer) -> None:
    """Every reviewer signs the folder as it stands."""
    for reviewer in reviewers:
        put(folder, reviewer.sign_off(content_digest(folder)))
