"""Whether a folder lies on a disk that outlives the container."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
_PASSING = {"tmpfs", "ramfs", "overlay"}  # memory, or the writable layer of a container


def outlives_restart(folder: Path, mounts: Path = MOUNTS) -> bool | None:
    """False: it goes with the container (or the machine's memory). None: this system does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    path = folder.resolve()
    best: tuple[int, bool] | None = None
    for line in lines:
        fields, _, rest = line.partition(" - ")
        parts = fields.split()
        if len(parts) < 5 or not rest:
            continue
        root, point = _plain(parts[3]), Path(_plain(parts[4]))
        if path.is_relative_to(point):
            passing = rest.split()[0] in _PASSING or "empty-dir" in root
            if best is None or len(point.parts) >= best[0]:
                best = (len(point.parts), not passing)
    return None if best is None else best[1]


def _plain(text: str) -> str:
    """Mount points write a space as \\040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
