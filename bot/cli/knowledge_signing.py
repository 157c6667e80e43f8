"""`knowledge keygen`, `sign` and `status`: who approves which content, and what is still missing."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import orjson
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from bot.cli.console import BAD_USAGE, FAILED, OK, err, out, show_faults
from bot.cli.knowledge_reading import placed, tell_edits
from bot.settings import Settings
from bot.signing import KeyFileError, make_key, public_key, read_key, read_signers, review_rules, sign
from knowledge.base import KnowledgeBase
from knowledge.content import Edition
from knowledge.errors import KnowledgeDataError
from knowledge.files import DATA_FOLDER, SIGN_OFF_FOLDER, DataFiles
from knowledge.governance.checking import check
from knowledge.governance.signing import Review, Signer, SignOff, statement


def make_key_pair(file: Path, name: str, role: str, passphrase: str | None) -> int:
    """A new key file, and the lines for the operator's signers file."""
    try:
        signer = Signer(name=name, role=role, public_key="AAAA")
        public = make_key(file, passphrase)
    except ValidationError as error:
        return _refused(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}", BAD_USAGE)
    except KeyFileError as error:
        return _refused(str(error))
    out.print(Text(f"Private key: {file}. It is yours alone: never send it, never put it in git."), soft_wrap=True)
    out.print("Give these lines to whoever runs the bot, for the file that CRE_SIGNERS_FILE names:\n")
    print(f"[[signer]]\nname = {_quoted(signer.name)}\nrole = {_quoted(signer.role)}\npublic_key = {_quoted(public)}")
    return OK


def sign_content(
    settings: Settings, key_file: Path, name: str, role: str, on: date, *, today: date, ask: Callable[[], str]
) -> int:
    """A record that this reviewer approves exactly this content; `ask` is called for the passphrase of a locked key."""
    folder = settings.knowledge_dir or DATA_FOLDER
    try:
        files = DataFiles.of(folder)
        check(files)
        knowledge = KnowledgeBase.load(files)
        signers = read_signers(settings.signers_file) if settings.signers_file else ()
    except KnowledgeDataError as error:
        show_faults("Not signed: mend these faults first.", map(placed, error.faults))
        return FAILED
    edition, digest = knowledge.content.edition, knowledge.digest
    try:
        key = read_key(key_file, ask)
        draft = SignOff(edition=edition.id, digest=digest, reviewer=name, role=role, signed_on=on, signature="AAAA")
    except KeyFileError as error:
        return _refused(f"Not signed: {error}")
    except ValidationError as error:
        return _refused(f"Not signed: {error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}", BAD_USAGE)
    objection = _day_objection(on, today, edition) or _key_objection(draft, public_key(key), signers, settings)
    if objection:
        return _refused(f"Not signed: {objection}")
    said = statement(edition.id, digest, draft.reviewer, draft.role, on)
    record = draft.model_copy(update={"signature": sign(key, said)})
    records = settings.signoffs_dir or folder / SIGN_OFF_FOLDER
    slug = re.sub(r"[^a-z0-9]+", "-", draft.reviewer.casefold()).strip("-") or "reviewer"
    path = records / f"{edition.id}-{digest[:12]}-{slug}.toml"
    try:
        records.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
            file.write(_record_text(record))
    except FileExistsError:
        return _refused(f"Not signed: {path} exists already, a record of this reviewer for this content.")
    except OSError as error:
        return _refused(f"Not signed: {path} can't be written ({error.strerror}): set CRE_SIGNOFFS_DIR.")
    out.print(Text(f"Signed, in {path}:\n"), soft_wrap=True)
    out.print(Text(said.decode()), soft_wrap=True)
    if settings.redis_url is not None:
        from bot.cli.audit_signing import note_signed

        note_signed(settings, edition.id, digest, public_key(key))
    if not signers:
        out.print(Text("\nCRE_SIGNERS_FILE is not set here, so this signature counts for nobody yet.", style="yellow"))
        return OK
    after = KnowledgeBase.load(folder, review_rules(settings))
    out.print(Text(f"\nStatus: {_stands(after)}", style="bold"), soft_wrap=True)
    return OK


def _day_objection(on: date, today: date, edition: Edition) -> str:
    if on > today:
        return f"{on} is in the future: sign on the day of the review."
    if on < edition.compiled_on:
        return f"{on} is before this edition was compiled ({edition.compiled_on})."
    if on > edition.review_due_on:
        return f"this edition was due for review on {edition.review_due_on}: review it, set new dates, then sign."
    return ""


def _key_objection(draft: SignOff, public: str, signers: tuple[Signer, ...], settings: Settings) -> str:
    if not signers:
        return ""
    file = settings.signers_file.name if settings.signers_file else ""
    mine = [signer for signer in signers if signer.name == draft.reviewer]
    if not mine:
        return f'{file} trusts nobody called "{draft.reviewer}": check the name, or have the public key added.'
    if not any(signer.public_key == public for signer in mine):
        return f'this is a wrong key: it is not the one that {file} trusts for "{draft.reviewer}".'
    if not any(signer.public_key == public and signer.role == draft.role for signer in mine):
        return f'{file} trusts "{draft.reviewer}" as "{mine[0].role}", not as "{draft.role}".'
    return ""


def show_status(settings: Settings, on: date, *, as_json: bool) -> int:
    """What stands, record by record."""
    try:
        knowledge = KnowledgeBase.load(settings.knowledge_dir, review_rules(settings), edited=True)
    except KnowledgeDataError as error:
        show_faults("The status cannot be told.", map(placed, error.faults))
        return FAILED
    edition, reviewed = knowledge.content.edition, _review_of(knowledge)
    overdue = on > edition.review_due_on
    if as_json:
        told = {
            "edition": edition.id,
            "digest": knowledge.digest,
            "compiled_on": edition.compiled_on,
            "review_due_on": edition.review_due_on,
            "review_overdue": overdue,
            "status": knowledge.status,
            "reviewers_needed": reviewed.needed,
            "missing": reviewed.missing,
            "not_recorded": [edit.file for edit in knowledge.edits],
            "signoffs": [
                {
                    "file": verdict.file,
                    "reviewer": verdict.record.reviewer if verdict.record else None,
                    "role": verdict.record.role if verdict.record else None,
                    "signed_on": verdict.record.signed_on if verdict.record else None,
                    "counts": verdict.counts,
                    "why": verdict.why,
                }
                for verdict in reviewed.verdicts
            ],
        }
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return OK
    out.print(Text(f"Status: {_stands(knowledge)}", style="bold"), soft_wrap=True)
    out.print(f"Edition {edition.id}, compiled {edition.compiled_on}", soft_wrap=True)
    out.print(f"Digest  {knowledge.digest}", soft_wrap=True)
    tell_edits(knowledge.edits)
    late = "; past it: every answer carries a banner" if overdue else ""
    out.print(f"Review due {edition.review_due_on}{late}", style="yellow" if overdue else "", soft_wrap=True)
    if settings.signers_file is None:
        out.print(Text("CRE_SIGNERS_FILE is not set: nobody's signature counts here.", style="yellow"), soft_wrap=True)
    out.print(_records(reviewed) if reviewed.verdicts else "No sign-off records.")
    return OK


def _review_of(knowledge: KnowledgeBase) -> Review:
    return knowledge.review or Review((), 1)


def _stands(knowledge: KnowledgeBase) -> str:
    missing = _review_of(knowledge).missing
    more = f" ({missing} more reviewer{'s' if missing != 1 else ''} needed)" if missing else ""
    return f"{knowledge.status}{more}"


def _records(reviewed: Review) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("record", "reviewer", "date", "counts", "why not"):
        table.add_column(column, overflow="fold")
    for verdict in reviewed.verdicts:
        record = verdict.record
        who, day = (f"{record.reviewer}, {record.role}", record.signed_on.isoformat()) if record else ("", "")
        table.add_row(*map(Text, (verdict.file, who, day, "yes" if verdict.counts else "no", verdict.why)))
    return table


def _record_text(record: SignOff) -> str:
    lines = [f"{name} = {_quoted(value)}" for name, value in record if isinstance(value, str)]
    return "\n".join(["[signoff]", *lines, f"signed_on = {record.signed_on.isoformat()}", ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string without control characters is a TOML string


def _refused(message: str, code: int = FAILED) -> int:
    err.print(Text(message, style="red"), soft_wrap=True)
    return code
