"""Slack's request signature (v0), checked over the raw bytes before anything else reads them."""

from __future__ import annotations

import hashlib
import hmac
import re

SKEW_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SignatureRefused(Exception):
    """The request is not Slack's, or too old; `args[0]` says why in words for whoever sets the bot up."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature Slack would send."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def check_signature(secret: str, timestamps: list[str], signatures: list[str], body: bytes, now_seconds: float) -> str:
    """The SHA-256 of the signature, by which a replay is known; raises SignatureRefused."""
    if len(timestamps) != 1 or len(signatures) != 1:
        raise SignatureRefused("X-Slack-Request-Timestamp and X-Slack-Signature must both be there, once each")
    timestamp, signature = timestamps[0], signatures[0].encode("utf-8", "surrogateescape")
    if _TIMESTAMP.fullmatch(timestamp) is None:
        raise SignatureRefused("X-Slack-Request-Timestamp is not a number of seconds")
    if abs(now_seconds - int(timestamp)) > SKEW_SECONDS:
        raise SignatureRefused("the timestamp is more than 5 minutes off: check the clock of this machine")
    if not hmac.compare_digest(sign(secret, timestamp, body).encode(), signature):
        raise SignatureRefused("the signature does not match: check SLACK_SIGNING_SECRET")
    return hashlib.sha256(signature).hexdigest()
