"""A minute of fuzzing in every test run; `make fuzz` runs for longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("arguments", [("--seconds", "40"), ("--guided", "--seconds", "15")], ids=["random", "guided"])
def test_nothing_raises_invents_or_takes_long(arguments: tuple[str, ...]) -> None:
    """Random and bred inputs: no exception, no name that was not typed, none that costs long.

    The limit of 10 ms is proven by `make fuzz` on a quiet machine; a shared one inflates CPU time, so here it is wider.
    """
    command = [sys.executable, "-m", "tests.fuzz", "--limit-ms", "40", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=170)
    print(ran.stdout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
