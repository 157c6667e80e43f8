"""Files for auditors: JSON lines, a table that no spreadsheet takes for formulas, or FHIR; made once."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.audit.readers import fhir
from bot.audit.readers.export_words import Format
from bot.audit.rows import Row, Strange

COLUMNS = (
    "time_utc",
    "type",
    "request",
    "team",
    "user",
    "role",
    "surface",
    "channel",
    "mechanisms",
    "sites",
    "organism",
    "renal",
    "patient_identifiers_seen",
    "outcome",
    "edition",
    "knowledge_sha256",
    "payload_sha256",
    "delivery",
    "message_ts",
    "feedback",
    "writer",
    "sequence",
    "mac",
    "id",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class ExportFile:
    """A new file, readable by its owner only, never over another, never through a link; gone if it isn't finished."""

    def __init__(self, path: Path, kind: Format) -> None:
        """Raises OSError."""
        self.path = path
        self.count = 0
        self._kind = kind
        self._hash = hashlib.sha256()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        if kind is Format.CSV:
            self._put(_csv_line(COLUMNS))

    def add(self, item: Row | Strange, body: Mapping[str, Any]) -> None:
        """Write one entry."""
        match self._kind:
            case Format.JSONL:
                self._put(item.line() + b"\n")
            case Format.CSV:
                self._put(_csv_line(csv_row(item, body)))
            case Format.FHIR:
                if not isinstance(item, Row) or "ts" not in body:
                    return  # what is no entry has no meaning in FHIR; JSON lines keep it
                self._put(fhir.line(item, body))
        self.count += 1

    def finish(self) -> str:
        """Make it durable; the SHA-256 of the file."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hash.hexdigest()

    def give_up(self) -> None:
        """Remove it: half an export is none."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _put(self, content: bytes) -> None:
        self._hash.update(content)
        self._file.write(content)


def csv_row(item: Row | Strange, body: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of an entry."""
    if not isinstance(item, Row) or not body:
        return ("", "unreadable", *[""] * (len(COLUMNS) - 3), item.id)
    who, src, ask, ans, dlv = (body.get(name) or {} for name in ("who", "src", "ask", "ans", "dlv"))
    question = ask.get("question") or {}
    renal = question.get("renal") or {}
    values = (
        datetime.fromtimestamp(body.get("ts", 0) / 1000, UTC).isoformat(timespec="milliseconds"),
        body.get("t"),
        body.get("rid"),
        who.get("team"),
        who.get("user"),
        who.get("role"),
        src.get("surface"),
        src.get("channel"),
        " ".join(question.get("mechanisms", ())),
        " ".join(question.get("sites", ())),
        question.get("organism"),
        " ".join(str(renal[name]) for name in ("measure", "value") if name in renal),
        " ".join(f"{name}:{count}" for name, count in (ask.get("phi") or {}).items()),
        ans.get("outcome"),
        ans.get("edition"),
        ans.get("knowledge_sha256"),
        ans.get("payload_sha256"),
        dlv.get("status"),
        dlv.get("ts"),
        ans.get("feedback"),
        item.w,
        item.s,
        item.m,
        item.id,
    )
    return tuple("" if value is None else str(value) for value in values)


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _csv_line(values: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(map(safe_cell, values))
    return out.getvalue().encode()
