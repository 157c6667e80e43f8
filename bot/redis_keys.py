"""Every Redis key and its time to live. One hash tag each room, so that a script's keys share a Cluster slot."""

from __future__ import annotations

import re

AUDIT_LOG = "{cre:audit}:log"
AUDIT_HEADS = "{cre:audit}:heads"  # neither expires: the record is kept until it is sealed
AUDIT_ORIGIN = "{cre:audit}:origin"  # which archive this log is sealed into; kept as long as the log
AUDIT_SEALING = "{cre:audit}:sealing"  # who seals now; 50 s
AUDIT_TTL_SECONDS = 100 * 24 * 3600  # payloads and indexes, renewed by each use: longer than the live log is kept

REPLAY_TTL_SECONDS = 10 * 60
DELIVERY_TTL_SECONDS = 25 * 3600
LEASE_TTL_SECONDS = 30
THREAD_TTL_SECONDS = 24 * 3600
CONSULT_TTL_SECONDS = 7 * 24 * 3600
CONSULT_CLAIM_TTL_SECONDS = 60  # a post that has not come by then was cut short: it may be asked again
VERDICT_TTL_SECONDS = 7 * 24 * 3600
HOME_TTL_SECONDS = 400 * 24 * 3600

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TS = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadIdentifierError(ValueError):
    """An id from outside that no Slack id looks like; it must not become part of a key."""


def _checked(pattern: re.Pattern[str], kind: str, value: str) -> str:
    if pattern.fullmatch(value) is None:
        raise BadIdentifierError(f"not a {kind} id")
    return value


def admission(team: str, kind: str, name: str) -> str:
    """A claim or a limit of one workspace: `rp` replay, `dd` delivery (both SHA-256), `u`, `c`, `w` limits."""
    name = _checked(_SHA256 if kind in ("rp", "dd") else _ID, kind, name)
    return f"{{cre:adm:{_checked(_ID, 'team', team)}}}:{kind}:{name}"


def audit_payload(sha256: str) -> str:
    """The canonical bytes (zlib) of one distinct payload."""
    return f"{{cre:audit}}:p:{_checked(_SHA256, 'payload', sha256)}"


def audit_of_user(team: str, user: str) -> str:
    """A stream whose ids are those of the log's answers to one user."""
    return f"{{cre:audit}}:iu:{_checked(_ID, 'team', team)}.{_checked(_ID, 'user', user)}"


def audit_of_mechanism(mechanism: str) -> str:
    """A stream whose ids are those of the log's answers on one mechanism."""
    return f"{{cre:audit}}:im:{_checked(_ID, 'mechanism', mechanism)}"


def thread(team: str, channel: str, thread_ts: str) -> str:
    """What one thread has settled."""
    place = f"{_checked(_ID, 'channel', channel)}:{_checked(_TS, 'thread', thread_ts)}"
    return f"{{cre:th:{_checked(_ID, 'team', team)}}}:{place}"


def home(team: str, user: str, what: str) -> str:
    """What the App Home keeps of one person: `role`, or the questions `asked`."""
    return f"{{cre:home:{_checked(_ID, 'team', team)}}}:{_checked(_ID, 'user', user)}:{what}"


def consult(team: str, consult_id: str, what: str) -> str:
    """A question put to ID: `state` as posted, `taken` by whom."""
    return f"{{cre:consult:{_checked(_ID, 'team', team)}}}:{_checked(_ID, 'consult', consult_id)}:{what}"


def verdict(team: str, rid: str, user: str) -> str:
    """What one user said of one answer."""
    return f"{{cre:fb:{_checked(_ID, 'team', team)}}}:{_checked(_ID, 'request', rid)}:{_checked(_ID, 'user', user)}"
