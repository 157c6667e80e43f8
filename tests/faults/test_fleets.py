"""A short form of `python -m tests.faults.fleets`: one failover, one move of the slots."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fleets import cluster, sentinel


@pytest.mark.parametrize("rounds_of", [sentinel, cluster])
async def test_nothing_is_lost_when_redis_loses_a_member(rounds_of: object, tmp_path: Path) -> None:
    """Every acknowledged entry is there once, in its chain, and nobody was refused."""
    outcome = await rounds_of(1, tmp_path)  # type: ignore[operator]  # one of the two above
    assert outcome.acknowledged
    assert (outcome.lost, outcome.duplicated, outcome.chain_faults, outcome.refused) == (0, 0, [], 0)
