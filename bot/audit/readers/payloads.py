"""Which entries have a payload: those that begin an answer's delivery."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handlers.delivering import OPENING

_SHA256 = re.compile(r"[0-9a-f]{64}")


def payload_of(body: Mapping[str, Any]) -> str | None:
    """The SHA-256 of what was shown; None for an entry that shows nothing."""
    if body.get("t") not in OPENING:
        return None
    ans = body.get("ans")
    sha = str(ans.get("payload_sha256")) if isinstance(ans, Mapping) else ""
    return sha if _SHA256.fullmatch(sha) else None
