"""`Choice`: which entries a search or an export is about; closed words and ids only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from handlers.review import Outcome, SlackId, Verdict
from knowledge.terms import Mechanism, Site

QUESTIONS = frozenset({"answer.prepared", "answer.shared", "query.denied", "rate.limited"})


class Choice(BaseModel):
    """All that is given must fit. `first_ms` and `last_ms` bound the store's time."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    first_ms: StrictInt = 0
    last_ms: StrictInt | None = None
    team: SlackId | None = None
    user: SlackId | None = None
    channel: SlackId | None = None
    mechanism: Mechanism | None = None
    site: Site | None = None
    outcome: Outcome | None = None
    edition: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$")] | None = None
    feedback: Verdict | None = None
    kind: Literal["questions", "all"] = "questions"

    @property
    def is_of_questions(self) -> bool:
        """Whether only questions can fit."""
        wanted = (self.mechanism, self.site, self.outcome, self.edition, self.feedback)
        return self.kind == "questions" or any(each is not None for each in wanted)

    def fits(self, body: Mapping[str, Any], told: frozenset[str] | None = None) -> bool:
        """Whether an entry is chosen. `told`: the requests with that feedback, where feedback is asked for."""
        if self.is_of_questions and body.get("t") not in QUESTIONS:
            return False
        who, src, ans = _part(body, "who"), _part(body, "src"), _part(body, "ans")
        question = _part(_part(body, "ask"), "question")
        return (
            self.team in (None, who.get("team"))
            and self.user in (None, who.get("user"))
            and self.channel in (None, src.get("channel"))
            and (self.mechanism is None or self.mechanism.value in question.get("mechanisms", ()))
            and (self.site is None or self.site.value in question.get("sites", ()))
            and self.outcome in (None, ans.get("outcome"))
            and self.edition in (None, ans.get("edition"))
            and (told is None or body.get("rid") in told)
        )

    def words(self) -> dict[str, Any]:
        """As it stands in the record of a read."""
        return dict(self.model_dump(mode="json", exclude_none=True, exclude_defaults=True))


def feedback_of(body: Mapping[str, Any]) -> str | None:
    """The verdict of a feedback entry."""
    if body.get("t") != "feedback":
        return None
    verdict = _part(body, "ans").get("feedback")
    return verdict if isinstance(verdict, str) else None


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = body.get(name)
    return part if isinstance(part, dict) else {}
