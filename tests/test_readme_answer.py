"""The answer that the README shows is the one that the bot gives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
LEFT_OUT = "[…]"


def test_the_readme_shows_the_real_answer() -> None:
    """Every line between the markers is printed by the command above it, in that order; gaps are marked."""
    block = re.search(r"<!-- ANSWER -->\n```console\n\$ ([^\n]+)\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert block is not None
    assert block[1] == '.venv/bin/cre-bot ask "kpc bacteremia"'
    printed = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "kpc bacteremia"],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
    ).stdout.splitlines()
    lines = [line.rstrip() for line in printed]
    place = 0
    for line in block[2].splitlines():
        if line != LEFT_OUT:
            assert line in lines[place:], line
            place = lines.index(line, place) + 1
    assert LEFT_OUT in block[2]
    assert "Status: Awaiting review" in block[2]
