"""Signed bytes to a dict: JSON of the Events API, forms of commands and interactions."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import orjson

MAX_FIELDS = 64
_FORM = "application/x-www-form-urlencoded"


class Unreadable(Exception):
    """The body is not what its content type says; `args[0]` says so without quoting it."""


def read_body(raw: bytes, content_type: str) -> dict[str, Any]:
    """The body as a dict. Forms are read here because Bolt drops a command that holds the word "payload"."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    kind, _, parameters = content_type.lower().partition(";")
    kind, charset = kind.strip(), parameters.strip().removeprefix("charset=").strip('"')
    if charset not in ("", "utf-8", "us-ascii"):
        raise Unreadable("the charset must be UTF-8")
    if kind == _FORM:
        return _from_form(text)
    if kind == "application/json":
        return _object(text, "the body")
    raise Unreadable(f"the content type must be application/json or {_FORM}")


def _from_form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:  # also a bad percent-encoding
        raise Unreadable("the form cannot be read") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("a form field is given twice")
    if "payload" in fields and "command" not in fields:
        return _object(fields["payload"], "the payload field")
    return dict(fields)


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)  # refuses nesting deeper than 1,024 instead of running out of stack
    except orjson.JSONDecodeError:
        raise Unreadable(f"{what} is not JSON, or nested too deep") from None
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is not a JSON object")
    return value
