"""What other services rely on: the README's example, the JSON Schema, and the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path

import pytest

from knowledge import Answer, KnowledgeBase, NotCovered, Question
from knowledge.schema import printed, schemas
from tests.questions import every_allergy, every_cell, every_intent, every_pairwise

ROOT = Path(__file__).parents[2]
BYTES = """
from handlers.layouts import View, render
from handlers.layouts.labels import Names
from handlers.replies import parsed_from
from handlers.responding import respond
from knowledge import KnowledgeBase
from tests.knowledge.test_services import digest_of, some_questions
import hashlib, json
knowledge = KnowledgeBase.load()
view = View(names=Names.of(knowledge), on_call="ID", shareable=True)
total = hashlib.sha256()
for question in some_questions():
    total.update(digest_of(knowledge, question))
    total.update(json.dumps(render(respond(parsed_from(question), knowledge), view)).encode())
print(total.hexdigest())
"""


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


def some_questions() -> list[Question]:
    """Some 400 of every kind."""
    drugs = ("meropenem-vaborbactam", "ceftazidime-avibactam", "cefiderocol", "aztreonam", "fosfomycin", "minocycline")
    return [
        *islice(every_cell(), 0, None, 40),
        *islice(every_intent(), 0, None, 8),
        *islice(every_allergy(), 0, None, 150),
        *islice(every_pairwise(drugs), 0, None, 3),
    ]


def digest_of(knowledge: KnowledgeBase, question: Question) -> bytes:
    """Of the answer and its background, as JSON."""
    result = knowledge.answer(question)
    said = result.model_dump_json() + knowledge.background(result).model_dump_json()
    return hashlib.sha256(said.encode()).digest()


def test_the_example_of_the_readme_runs_and_prints_what_it_says() -> None:
    """Copied from the README, run, compared line by line."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- SERVICE -->\n```python\n(.*?)```.*?```text\n(.*?)```", text, re.DOTALL)
    assert block is not None
    out = subprocess.run([sys.executable, "-c", block[1]], capture_output=True, check=True, text=True, cwd=ROOT).stdout
    assert out.splitlines() == block[2].splitlines()


def test_the_schema_is_the_committed_one() -> None:
    """`python -m knowledge schema > tests/knowledge/schema.json` after a change on purpose."""
    assert printed() == (Path(__file__).parent / "schema.json").read_text(encoding="utf-8")


def test_the_command_prints_the_schema() -> None:
    """The four models, as JSON."""
    out = subprocess.run(
        [sys.executable, "-m", "knowledge", "schema"], capture_output=True, check=True, text=True, cwd=ROOT
    ).stdout
    assert set(json.loads(out)) == set(schemas()) == {"Question", "Answer", "NotCovered", "Background"}


def test_questions_and_answers_survive_json(knowledge: KnowledgeBase) -> None:
    """A question read back is the same question; an answer has the fields that its schema requires."""
    for question in islice(chain(every_cell(), every_intent()), 0, None, 97):
        assert Question.model_validate_json(question.model_dump_json()) == question
        result = knowledge.answer(question)
        assert isinstance(result, Answer | NotCovered)
        assert set(schemas()[type(result).__name__]["required"]) <= set(result.model_dump(mode="json"))


def test_the_package_is_typed() -> None:
    """`py.typed` is there, so a type checker of another service reads our types."""
    assert (ROOT / "knowledge" / "py.typed").is_file()


def test_the_same_question_gives_the_same_bytes_under_any_hash_seed() -> None:
    """Answers, backgrounds and Slack payloads of some 400 questions under two seeds of Python's hashing."""
    found = {
        subprocess.run(
            [sys.executable, "-c", BYTES],
            capture_output=True,
            check=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(found) == 1


def test_threads_change_nothing() -> None:
    """One knowledge base, fresh and shared by eight threads, in two orders: each question has its own one answer."""
    questions = some_questions()
    alone = KnowledgeBase.load()
    expected = [digest_of(alone, question) for question in questions]
    shared = KnowledgeBase.load()
    with ThreadPoolExecutor(8) as pool:
        backwards = list(pool.map(lambda question: digest_of(shared, question), reversed(questions)))
        forwards = list(pool.map(lambda question: digest_of(shared, question), questions))
    assert backwards[::-1] == expected
    assert forwards == expected
