"""The JSON Schema of what other services send and get: a question in, an answer or a stated gap out."""

from __future__ import annotations

import json
from typing import Any

from knowledge.answer import Answer, NotCovered
from knowledge.background import Background
from knowledge.question import Question


def schemas() -> dict[str, dict[str, Any]]:
    """By name: `Question` as it is read; `Answer`, `NotCovered` and `Background` as they are written."""
    return {
        "Question": Question.model_json_schema(mode="validation"),
        **{model.__name__: model.model_json_schema(mode="serialization") for model in (Answer, NotCovered, Background)},
    }


def printed() -> str:
    """All of them as one JSON text with sorted keys."""
    return json.dumps(schemas(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
