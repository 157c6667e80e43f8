"""The labelled messages: as many as agreed are read right, and none names a mechanism or antimicrobial in error."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.understanding.reader import read

QUERIES = Path(__file__).parents[2] / "queries"
KEYS = ("mechanisms", "sites", "must_ask")
FIELDS = (*KEYS, "renal", "resistant", "susceptible", "allergy", "organism", "intent")
LISTS = {*KEYS, "resistant", "susceptible"}


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (QUERIES / name).read_text(encoding="utf-8").splitlines() if line]


def said(row: dict[str, Any]) -> dict[str, Any]:
    context = row["context"]
    parsed = read(row["text"], row["surface"], tuple(context.get("mechanisms", ())), tuple(context.get("sites", ())))
    return parsed.flat()


def same(field: str, got: dict[str, Any], want: dict[str, Any]) -> bool:
    return bool(sorted(got[field]) == sorted(want[field]) if field in LISTS else got[field] == want[field])


@pytest.fixture(scope="module", params=["dev.jsonl", "own.jsonl"])
def read_rows(request: pytest.FixtureRequest) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(row, said(row)) for row in rows(request.param)]


def test_mechanism_site_and_what_to_ask_are_right(read_rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """At least 98 % of messages have mechanisms, sites and questions back all right."""
    wrong = [row["id"] for row, got in read_rows if not all(same(key, got, row["expect"]) for key in KEYS)]
    assert len(wrong) <= 0.02 * len(read_rows), wrong


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_right(field: str, read_rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Each field is right in at least 97 % of messages."""
    wrong = [row["id"] for row, got in read_rows if not same(field, got, row["expect"])]
    assert len(wrong) <= 0.03 * len(read_rows), wrong


def test_no_mechanism_or_antimicrobial_is_invented(read_rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """No message gets a mechanism or a reported antimicrobial that its writer did not mean."""
    for field in ("mechanisms", "resistant", "susceptible"):
        invented = [row["id"] for row, got in read_rows if set(got[field]) - set(row["expect"][field])]
        assert not invented, field


def test_needless_questions_are_rare(read_rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """A question back where none is needed comes in at most 3 % of messages, doubts included."""
    needless = 0
    for row, got in read_rows:
        context = row["context"]
        parsed = read(
            row["text"], row["surface"], tuple(context.get("mechanisms", ())), tuple(context.get("sites", ()))
        )
        answered = not row["expect"]["must_ask"] and row["expect"]["intent"] not in ("help", "out_of_scope")
        needless += answered and bool(got["must_ask"] or parsed.doubts)
    assert needless <= 0.03 * len(read_rows)


def cpu_ms(text: str, times: int) -> float:
    """The least CPU time of several readings, in milliseconds."""
    spent = []
    for _ in range(times):
        started = time.thread_time()
        read(text)
        spent.append((time.thread_time() - started) * 1000)
    return min(spent)


def test_twice_the_text_costs_no_more_than_thrice() -> None:
    """Linear time: measured side by side, so that a slow machine is slow on both. Speed itself is a bench's matter."""
    for unit in ("KPC bacteremia not NDM, mero R ", "klebseilla pnuemonia ", "qwertyuiop asdfghjkl ", "not ", "IMP: "):
        half, whole = ((unit * 2000)[:length] for length in (1900, 3800))
        assert cpu_ms(whole, 7) <= 3 * cpu_ms(half, 7) + 0.2, unit
