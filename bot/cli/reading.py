"""A reply for a person at a terminal: the same words as in Slack, laid out for a screen."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.cli.console import out
from handlers.layouts import View, render
from handlers.layouts.labels import Names, understood
from handlers.replies import Answered, Reply
from knowledge.answer import Answer, Branch, Citation, Line, RegimenView

LOCAL = "Local answer: not sent to Slack, not recorded in the audit log."
_RANKS = (
    ("Preferred", "preferred", "bold green"),
    ("Alternative", "alternative", "bold cyan"),
    ("Held in reserve", "reserve", "bold yellow"),
    ("Not suggested", "not_suggested", "bold red"),
)


def show_reply(reply: Reply, names: Names, on_call: str, console: Console = out) -> None:
    """Print a reply; an answer in full, everything else as its text."""
    if isinstance(reply, Answered):
        page = _Page(console)
        page.line(f"Understood: {understood(reply.parsed, names)}", "bold")
        page.answer(reply.answer)
    else:
        payload = render(reply, View(names=names, on_call=on_call))
        console.print(Text(str(payload["text"])))
    console.print()
    console.print(Text(LOCAL, style="dim"))


class _Page:
    """Numbers the citations as they come."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cited: dict[str, int] = {}

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        self._console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))

    def answer(self, answer: Answer) -> None:
        self.line(answer.status + (", past its review date" if answer.review_overdue else ""), "yellow")
        for branch in answer.branches:
            self._branch(branch)
        self._statements("Asked about", [line for view in answer.focus for line in (*view.doses, *view.reasons)])
        self._statements("Susceptibility", [answer.susceptibility])
        self._statements("Duration", answer.duration)
        self._statements("Combination", answer.combination)
        self._statements("Management", answer.management)
        self._statements("Infection control", answer.infection_control)
        self._statements("Evidence", answer.evidence)
        self._statements("Notes", answer.notes)
        for conflict in answer.conflicts:
            self.line(f"\nSources differ: {conflict.topic}", "bold magenta")
            for position in conflict.positions:
                self.line(f"{position.citation.short}: {position.says}", indent=2)
        for other in answer.others:
            self.line(f"\n{other.title} lists", "bold magenta")
            for rank, names in (
                ("preferred", other.preferred),
                ("alternative", other.alternative),
                ("not suggested", other.not_suggested),
            ):
                if names:
                    self.line(f"{rank}: {', '.join(names)}", indent=2)
            for text in (*other.conditions, *([other.caveat] if other.caveat else [])):
                self.line(f"- {text}", indent=2)
        self._statements("Educational article, awaiting review", answer.article)
        self._statements("Consult", [answer.consult])
        self._references()
        self.line(f"\nEdition {answer.edition.id}, compiled {answer.edition.compiled_on}. {answer.disclaimer}", "dim")

    def _branch(self, branch: Branch) -> None:
        if branch.label:
            self.line(f"\n{branch.label}", "bold underline")
        for title, rank, style in _RANKS:
            regimens: tuple[RegimenView, ...] = getattr(branch, rank)
            if regimens:
                self.line(f"\n{title}", style)
            for number, regimen in enumerate(regimens, start=1):
                self._regimen(number, regimen)
        self._statements("Conditions", branch.conditions)
        self._statements("Not covered", branch.not_covered)

    def _regimen(self, number: int, regimen: RegimenView) -> None:
        self.line(f"{number}. {regimen.name}{self._marks(regimen.citations)}", "bold", indent=1)
        for dose in regimen.doses:
            self.line(f"{dose.text} [{dose.band}]{self._marks(dose.citations)}", indent=4)
        lines = (*regimen.dose_notes, *regimen.conditions, *regimen.cautions, *regimen.marks, *regimen.reasons)
        for line in lines:
            self._statement(line, indent=4)

    def _statements(self, title: str, lines: Iterable[Line]) -> None:
        shown = list(lines)
        if shown:
            self.line(f"\n{title}", "bold")
        for line in shown:
            self._statement(line, indent=2)

    def _statement(self, line: Line, indent: int) -> None:
        caveat = f" ({line.caveat})" if line.caveat else ""
        self.line(f"- {line.text}{caveat}{self._marks(line.citations)}", indent=indent)

    def _marks(self, citations: Iterable[Citation]) -> str:
        numbers = [self._cited.setdefault(_reference(each), len(self._cited) + 1) for each in citations]
        return "".join(f" [{number}]" for number in sorted(set(numbers)))

    def _references(self) -> None:
        if self._cited:
            self.line("\nReferences", "bold")
        for reference, number in self._cited.items():
            self.line(f"[{number}] {reference}", "dim", indent=2)


def _reference(citation: Citation) -> str:
    dated = f" ({citation.dated})" if citation.dated else ""
    return f"{citation.short}{dated}, {citation.locator}. {citation.url}"
