"""The signal: it stays quiet over chance and speaks when a mechanism is asked about clearly more."""

from __future__ import annotations

import random
from math import exp

import pytest

from handlers.insights import HISTORY_WEEKS, LEAST_COUNT, signals


def poisson(mean: float, chance: random.Random) -> int:
    """A count that varies by chance only."""
    count, product, limit = 0, chance.random(), exp(-mean)
    while product > limit:
        count, product = count + 1, product * chance.random()
    return count


@pytest.mark.parametrize("mean", [0.2, 0.5, 1, 2, 5, 10, 20])
def test_chance_alone_rarely_gives_a_signal(mean: float) -> None:
    """5,000 weeks whose counts vary by chance alone: fewer than one in a hundred gives a signal."""
    chance = random.Random(f"quiet {mean}")  # noqa: S311 - the same weeks each time
    weeks = {str(n): [poisson(mean, chance) for _ in range(HISTORY_WEEKS + 1)] for n in range(5000)}
    assert len(signals(weeks)) < 50


@pytest.mark.parametrize(("before", "now"), [(0.5, 8), (2, 14), (5, 22), (10, 34), (20, 56)])
def test_a_clear_rise_is_found(before: float, now: float) -> None:
    """Nine of ten clear rises are found."""
    chance = random.Random(f"rise {before}")  # noqa: S311 - the same weeks each time
    weeks = {
        str(n): [*(poisson(before, chance) for _ in range(HISTORY_WEEKS)), poisson(now, chance)] for n in range(1000)
    }
    assert len(signals(weeks)) > 850


def test_figures_of_a_signal_can_be_checked_by_hand() -> None:
    """Mean 4, no spread: the square root of the mean stands in; threshold 4 + 3 x 2 x root of (1 + 1/8)."""
    (found,) = signals({"ndm": [4] * 8 + [11], "kpc": [4] * 8 + [10]})
    assert (found.mechanism, found.count, found.mean) == ("ndm", 11, 4.0)
    assert found.threshold == pytest.approx(10.364, abs=0.001)


def test_a_short_record_and_few_questions_say_nothing() -> None:
    """Three weeks before are too few; four questions are too few, even of a mechanism never asked about before."""
    assert signals({"ndm": [0, 0, 0, 50]}) == ()
    assert signals({"ndm": [0] * 8 + [LEAST_COUNT - 1]}) == ()
    assert [each.mechanism for each in signals({"ndm": [0] * 8 + [LEAST_COUNT]})] == ["ndm"]
