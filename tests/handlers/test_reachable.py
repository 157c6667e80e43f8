"""Nothing of the data is there for nobody: a question reaches every id, and low trust never lacks its caveat."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from handlers.layouts import View, render
from handlers.layouts.labels import Names
from handlers.layouts.modals import article_modal, details_modal
from handlers.replies import Answered, parsed_from
from handlers.responding import respond
from knowledge.antimicrobials import RenalNote
from knowledge.article import Statement
from knowledge.base import KnowledgeBase
from knowledge.content import Content
from knowledge.provenance import Fact
from knowledge.question import Question
from knowledge.recommendations import Entry
from knowledge.terms import Comedication, Intent, Mechanism, Site, Verification
from knowledge.wording import band_text, dose_text

COMPONENTS = re.compile(r" \([^()]*\+[^()]*\)")


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load()


@pytest.fixture(scope="module")
def content(knowledge: KnowledgeBase) -> Content:
    return knowledge.content


@pytest.fixture(scope="module")
def pages(knowledge: KnowledgeBase) -> list[str]:
    """What Slack shows for some 200 questions: the message, the details and the article."""
    view = View(names=Names.of(knowledge), on_call="ID", shareable=True)
    return [page for question in questions(knowledge) for page in shown(knowledge, view, question)]


def questions(knowledge: KnowledgeBase) -> Iterator[Question]:
    for mechanism in Mechanism:
        for site in Site:
            yield Question(mechanisms=(mechanism,), sites=(site,))
        yield Question(mechanisms=(mechanism,), intent=Intent.EVIDENCE)
    for site in Site:
        yield Question(sites=(site,), intent=Intent.DURATION)
        for mechanism in (Mechanism.KPC, Mechanism.NDM):
            yield Question(mechanisms=(mechanism,), sites=(site,), intent=Intent.COMBINATION)
    for drug in knowledge.antimicrobial_names:
        yield Question(antimicrobials=(drug,), intent=Intent.DOSE)
        yield Question(antimicrobials=(drug,), intent=Intent.EVIDENCE)
    yield Question(intent=Intent.EVIDENCE)
    yield Question(intent=Intent.INFECTION_CONTROL)
    for organism in ("Escherichia coli", "Proteus mirabilis"):
        yield Question(mechanisms=(Mechanism.NDM,), sites=(Site.CUTI,), organism=organism)
    yield Question(
        mechanisms=(Mechanism.NON_CARBAPENEMASE,), sites=(Site.CIAI,), comedications=(Comedication.VALPROATE,)
    )


def shown(knowledge: KnowledgeBase, view: View, question: Question) -> Iterator[str]:
    reply = respond(parsed_from(question), knowledge)
    yield plain(render(reply, view)["blocks"])
    if isinstance(reply, Answered):
        yield plain(details_modal(reply.answer, knowledge.background(reply.answer)))
        article = knowledge.content.article
        yield plain(
            article_modal(
                article.label,
                article.flaws,
                knowledge.article_statements,
                knowledge.article_references,
                reply.answer,
            )
        )


def plain(payload: object) -> str:
    text = json.dumps(payload, ensure_ascii=False).replace("\\n", "\n").replace('\\"', '"')
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def statements(content: Content) -> Iterator[Fact | Statement]:
    yield from content.facts
    yield from content.article.statements
    for mechanism in content.mechanisms:
        yield from mechanism.facts
    for drug in content.antimicrobials:
        yield from (*drug.facts, *drug.renal.notes)


def missing(pages: list[str], wanted: dict[str, str]) -> list[str]:
    """Ids whose words stand on no page."""
    return [one for one, words in wanted.items() if not any(words in page for page in pages)]


def test_every_fact_note_and_statement_is_reached(content: Content, pages: list[str]) -> None:
    """General facts, those of mechanisms and antimicrobials, kidney notes, the article's 21 statements."""
    wanted = {one.id: f"{one.text} _(Caveat: {one.caveat})_" if one.caveat else one.text for one in statements(content)}
    assert len(wanted) > 240
    assert missing(pages, wanted) == []


def test_every_dose_and_kidney_row_is_reached(content: Content, pages: list[str]) -> None:
    """Guidance and label doses and every band; the article's doses stand in its own words.

    A dose that guidance and label share is one line, which names the components where either does.
    """
    pages = [COMPONENTS.sub("", page) for page in pages]
    wanted: dict[str, str] = {}
    for drug in content.antimicrobials:
        wanted |= {dose.id: COMPONENTS.sub("", dose_text(dose)) for dose in drug.doses if dose.kind != "article"}
        for number, row in enumerate(drug.renal.rows):
            caveat = f" _(Caveat: {row.caveat})_" if row.caveat else ""
            wanted[f"{drug.id} {number}"] = COMPONENTS.sub("", f"{band_text(row.band)}: {dose_text(row)}{caveat}")
    assert missing(pages, wanted) == []


def test_every_row_is_reached_with_its_entries(content: Content, pages: list[str]) -> None:
    """What each source and edition lists: its conditions and note, and why it advises against."""
    wanted: dict[str, str] = {}
    for row in content.rows:
        words = [*row.conditions, *([row.note] if row.note else [])]
        if row.not_covered and Mechanism.UNKNOWN in row.mechanisms:
            words = [row.locator]  # the gap is said in our words and cited to the row
        for entry in (*row.preferred, *row.alternative, *row.reserve, *row.not_suggested):
            words += _words(entry, leading=row.source == content.edition.guidance)
        wanted |= {f"{row.id} {number}": text for number, text in enumerate(words)}
    assert {key.split()[0] for key in wanted} == {row.id for row in content.rows}
    assert missing(pages, wanted) == []


def _words(entry: Entry, *, leading: bool) -> list[str]:
    return [*entry.conditions, *([entry.reason] if leading and entry.reason else [])]


def test_every_conflict_is_reached_with_all_its_positions(content: Content, pages: list[str]) -> None:
    """Topic, what each source says with its caveat, and how it is shown."""
    wanted: dict[str, str] = {}
    for conflict in content.conflicts:
        wanted[conflict.id] = conflict.topic
        wanted[f"{conflict.id} how"] = conflict.how_shown
        for number, one in enumerate(conflict.positions):
            wanted[f"{conflict.id} {number}"] = f"{one.says} _(Caveat: {one.caveat})_" if one.caveat else one.says
    assert missing(pages, wanted) == []


def test_limits_tests_activity_coverage_and_gaps_are_reached(content: Content, pages: list[str]) -> None:
    """Breakpoints, rapid tests, activity against each mechanism, what is covered, what was not verified."""
    wanted: dict[str, str] = {}
    for number, point in enumerate(content.breakpoints):
        limit = f"{point.susceptible_at_or_below} microgram/mL" if point.susceptible_at_or_below else point.note
        wanted[f"breakpoint {number}"] = limit or ""
    wanted |= {f"test {test.name}": f"{test.name} finds {', '.join(test.targets)}" for test in content.rapid_tests}
    for drug in content.antimicrobials:
        wanted |= {f"{drug.id} {n}": f"{one.activity}. {one.text}" for n, one in enumerate(drug.activity)}
    for site in content.sites:
        wanted |= {f"{site.id} {n}": f"{site.name}: {text}" for n, text in enumerate(site.coverage)}
    wanted |= {f"open {n}": item.text for n, item in enumerate(content.not_verified)}
    wanted |= {f"flaw {n}": flaw for n, flaw in enumerate(content.article.flaws)}
    wanted |= {f"printed {n}": one.as_printed for n, one in enumerate(content.article.references)}
    assert all(wanted.values())
    assert missing(pages, wanted) == []


def test_every_source_is_reached_with_how_it_was_read(content: Content, pages: list[str]) -> None:
    """Each work that the data cites: by its short name, and how much of it was read."""
    wanted = {source.id: f"*{source.short}.*" for source in content.sources}
    wanted |= {f"{source.id} read": f"Read: {source.read_as}"[:200].rstrip(".") for source in content.sources}
    assert missing(pages, wanted) == []


def test_low_trust_never_stands_without_its_caveat(content: Content, pages: list[str]) -> None:
    """Wherever the words of a D statement stand, its caveat follows at once."""
    low = [one for one in statements(content) if one.verification is Verification.D]
    assert low
    for one in low:
        for page in pages:
            for after in page.split(one.text)[1:]:
                assert after.startswith(f" _(Caveat: {one.caveat})_") or _same_text_elsewhere(content, one), one.id


def _same_text_elsewhere(content: Content, one: Fact | Statement | RenalNote) -> bool:
    """Another statement in the same words, better read, needs no caveat."""
    return any(
        other.text.startswith(one.text) for other in statements(content) if other.verification is not Verification.D
    )
