"""Values that settings are made of, each with a parser whose error says how to write it right."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.redis_address import parse_address

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]{0,200})?")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,63}")
_LIMIT = re.compile(r"(\d{1,6})\s*/\s*(s|sec|second|min|minute|h|hour|d|day)(?:\s+burst\s+(\d{1,6}))?")
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}


@dataclass(frozen=True, slots=True)
class Limit:
    """So many questions in so many seconds, of which `burst` may come at once."""

    count: int
    per_seconds: int
    burst: int

    @classmethod
    def parse(cls, value: object) -> Limit:
        """Read "20/min burst 10"; without "burst" all of the count may come at once."""
        if isinstance(value, Limit):
            return value
        found = _LIMIT.fullmatch(value.strip().lower()) if isinstance(value, str) else None
        if found is None:
            raise ValueError('write a limit like "20/min burst 10" (units: s, min, hour, day)')
        count, unit, burst = int(found[1]), found[2], int(found[3] or found[1])
        if count < 1 or burst < 1:
            raise ValueError("a limit and its burst are at least 1; to stop all questions, stop the bot")
        return cls(count, _SECONDS[unit], burst)

    @property
    def interval_us(self) -> int:
        """Microseconds after which one more question is allowed."""
        return max(1, self.per_seconds * 1_000_000 // self.count)

    def __str__(self) -> str:
        unit = {1: "s", 60: "min", 3600: "hour", 86400: "day"}.get(self.per_seconds, f"{self.per_seconds} s")
        return f"{self.count}/{unit} burst {self.burst}"


def check_channel(value: str | None) -> str | None:
    """A channel's id; a name would be taken for another channel once it is renamed."""
    if value is not None and not _CHANNEL.fullmatch(value):
        raise ValueError('write the id of a channel, like "C0123ABCD", not its name')
    return value


def parse_ids(value: object) -> object:
    """Read "C1,C2" to a set of Slack ids."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(_ID.fullmatch(part) for part in parts):
        raise ValueError('write Slack ids separated by commas, like "C0123ABCD,C0456EFGH", not names')
    return frozenset(parts)


def parse_people(value: object) -> object:
    """Read "T1:U1,T1:U2" to a set of pairs of workspace and user."""
    if not isinstance(value, str):
        return value
    parts = [part.strip().partition(":") for part in value.split(",") if part.strip()]
    if not all(_ID.fullmatch(team) and _ID.fullmatch(user) and user[0] in "UW" for team, _, user in parts):
        raise ValueError('write workspace and user ids like "T0123ABCD:U0456EFGH,T0123ABCD:U0789JKLM", not names')
    return frozenset((team, user) for team, _, user in parts)


def parse_secret(*prefixes: str) -> Callable[[object], object]:
    """A parser for a secret that starts with one of the prefixes; an empty value counts as not set."""

    def parse(value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        text = text.strip()
        if not text:
            return None
        if prefixes and not text.startswith(prefixes):
            raise ValueError(f"starts with {' or '.join(prefixes)}; the value given does not")
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("holds a space or a character that no Slack secret has; copy it again")
        return SecretStr(text)

    return parse


def parse_redis_url(value: object) -> object:
    """A Redis URL; the value itself is never repeated, it may hold a password."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not text.strip():
        return None
    return SecretStr(parse_address(text).url)


def parse_bucket(value: object) -> object:
    """A bucket for checkpoints, like s3://bucket/prefix."""
    if not isinstance(value, str) or not value.strip():
        return None
    if not _BUCKET.fullmatch(value.strip()):
        raise ValueError("write s3://bucket or s3://bucket/prefix, in the letters that S3 allows")
    return value.strip()


def check_api_url(value: str) -> str:
    """The Web API base, with its closing slash."""
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("write an http(s) address without user, query or fragment, like https://slack.com/api/")
    if is_slack_host(parts.hostname) and parts.scheme != "https":
        raise ValueError("Slack itself is reached over https only")
    return value.strip().rstrip("/") + "/"


def is_slack_host(host: str | None) -> bool:
    """Whether a host is Slack's own (commercial or government)."""
    return host is not None and any(host == own or host.endswith("." + own) for own in ("slack.com", "slack-gov.com"))


def host_name() -> str:
    """This machine's name in the letters a replica name may have."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname())[:63] or "replica"
