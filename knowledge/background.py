"""What is known beside an answer: each antimicrobial in full, its mechanism, tests, coverage and how sources were read.

An answer says what bears on a decision; this is what a pharmacist looks up next.
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.answer import AboutView, Answer, Citation, Line, NotCovered, RegimenView, TopicView, View
from knowledge.antimicrobials import Antimicrobial
from knowledge.citing import Library
from knowledge.content import Breakpoint, Content, RapidTest
from knowledge.provenance import Fact

_TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Note", ("note",)),
    ("Label indications", ("indication",)),
    ("Warnings", ("boxed_warning", "warning")),
    ("Contraindications and allergy", ("contraindication", "allergy")),
    ("Interactions", ("interaction",)),
    ("Reactions", ("reaction",)),
    ("Liver", ("hepatic",)),
    ("Dosing", ("dosing",)),
    ("Duration", ("duration",)),
    ("Resistance on treatment", ("resistance",)),
    ("Testing", ("testing",)),
    ("Studies", ("evidence",)),
)
_ROUTES = {"iv": "IV: ", "oral": "by mouth: "}


class WorkView(View):
    """A source: what it is and how much of it was read."""

    source: str
    short: str
    title: str
    authors: str | None
    published_in: str | None
    doi: str | None
    read_as: str
    notes: str | None


class Background(View):
    """Everything around one answer."""

    about: tuple[AboutView, ...]
    mechanism: tuple[Line, ...]
    testing: tuple[Line, ...]
    epidemiology: tuple[Line, ...]
    consultation: tuple[Line, ...]
    coverage: tuple[Line, ...]
    open_points: tuple[str, ...]
    works: tuple[WorkView, ...]


class Backgrounds:
    """Builds backgrounds; what does not depend on a question is made once."""

    def __init__(self, content: Content, library: Library) -> None:
        self._content = content
        self._library = library
        self._mechanism_names = {info.id: info.name for info in content.mechanisms}
        self._drugs = {drug.id: drug for drug in content.antimicrobials}
        self._pairs = {frozenset(drug.components): drug for drug in content.antimicrobials if drug.components}
        self._about = {drug.id: self._of(drug) for drug in content.antimicrobials}
        self.tests = (*self._facts("testing"), *(self._test(test) for test in content.rapid_tests))
        self._works = tuple(
            WorkView(
                source=source.id,
                short=source.short,
                title=source.title,
                authors=source.authors,
                published_in=", ".join(
                    str(part) for part in (source.journal, source.year, source.volume, source.pages) if part
                )
                or None,
                doi=source.doi,
                read_as=source.read_as,
                notes=source.notes,
            )
            for source in content.sources
        )

    def about_named(self, answer: Answer) -> tuple[AboutView, ...]:
        """The antimicrobials that the question names, each with where it stands in the answer."""
        return tuple(
            self._about[named].model_copy(update={"here": self._here(named, answer)})
            for named in answer.question.antimicrobials
        )

    def of(self, result: Answer | NotCovered) -> Background:
        """The background of one answer: of its regimens, its mechanism and its sites."""
        question = result.question
        views: list[RegimenView] = list(result.not_suggested)
        if isinstance(result, Answer):
            views = [*result.focus, *result.preferred, *result.elsewhere, *result.alternative, *result.reserve, *views]
        ids = [*question.antimicrobials, *(one for view in views for one in self._records(view))]
        infos = [i for i in self._content.mechanisms if i.id in question.mechanisms or not question.mechanisms]
        return Background(
            about=tuple(self._about[one] for one in dict.fromkeys(ids)),
            mechanism=(
                *(self._library.line(fact) for info in infos for fact in info.facts),
                *self._facts("mechanism"),
            ),
            testing=self.tests,
            epidemiology=(*self._facts("epidemiology"), *self._facts("mortality")),
            consultation=self._facts("consultation"),
            coverage=tuple(
                Line(text=f"{site.name}: {text}", citations=(self._guidance("what it covers"),))
                for site in self._content.sites
                if site.id in question.sites or not question.sites
                for text in (*site.coverage, *((site.note,) if site.note else ()))
            ),
            open_points=tuple(item.text for item in self._content.not_verified),
            works=self._works,
        )

    def _records(self, view: RegimenView) -> Iterable[str]:
        if len(view.antimicrobials) > 1:
            yield self._pairs[frozenset(view.antimicrobials)].id
        yield from view.antimicrobials

    def _here(self, named: str, answer: Answer) -> Line | None:
        """How the leading guidance lists it for this question; None where no regimen was asked for."""
        told = []
        cited = []
        parts = self._drugs[named].components or (named,)
        for branch in answer.branches:
            lists = (
                ("preferred", branch.preferred),
                ("an alternative", branch.alternative),
                ("likely active, held back", branch.reserve),
                ("not suggested", branch.not_suggested),
            )
            found = [(word, v) for word, views in lists for v in views if v.antimicrobials == parts]
            if not found:  # listed as one of two
                found = [
                    (f"{word} as {v.name}", v) for word, views in lists for v in views if named in v.antimicrobials
                ][:1]
            each = [f"{view.name}: {word}" if len(found) > 1 else word for word, view in found]  # a route each
            word = "; ".join(each) or f"not listed by {answer.edition.guidance}"
            cited += [citation for _, view in found for citation in view.citations[:1]]
            told.append(f"{branch.label}: {word}" if branch.label else word)
        if not told:
            return None
        text = "; ".join(told)
        return Line(text=f"For this question: {text}", citations=tuple(dict.fromkeys(cited)) or (self._guidance(),))

    def _of(self, drug: Antimicrobial) -> AboutView:
        named = [fact for fact in self._content.facts if fact.topic == "testing" and drug.id in fact.antimicrobials]
        topics = [("What it works against", [self._activity(drug, index) for index in range(len(drug.activity))])]
        limits = [point for point in self._content.breakpoints if drug.id in point.antimicrobials]
        topics.append(("Susceptible at or below", [self._limit(point) for point in limits]))
        for title, wanted in _TOPICS:
            facts: list[Fact] = [fact for fact in drug.facts if fact.topic in wanted]
            if "dosing" in wanted:
                facts += drug.renal.notes
            if "testing" in wanted:
                facts += named
            topics.append((title, [self._library.line(fact) for fact in facts]))
        return AboutView(
            antimicrobial=drug.id,
            name=drug.name,
            brands=drug.brands,
            drug_class=drug.drug_class,
            topics=tuple(TopicView(title=title, lines=tuple(lines)) for title, lines in topics if lines),
        )

    def _activity(self, drug: Antimicrobial, index: int) -> Line:
        one = drug.activity[index]
        against = self._mechanism_names[one.mechanism] if one.mechanism else "Whatever the mechanism"
        text = f"{against}: {one.activity}. {one.text}"
        return Line(text=text, citations=self._library.cite(one), caveat=one.caveat)

    def _limit(self, point: Breakpoint) -> Line:
        route = _ROUTES[point.route.value] if point.route else ""
        limit = f"{point.susceptible_at_or_below} microgram/mL" if point.susceptible_at_or_below else ""
        text = route + "; ".join(part for part in (limit, point.note) if part)
        return Line(text=text, citations=self._library.cite(point), caveat=point.caveat)

    def _test(self, test: RapidTest) -> Line:
        cleared = "cleared" if test.us_cleared else "not cleared"
        text = (
            f"{test.name} finds {', '.join(test.targets)} ({test.technology}; {test.specimen}; "
            f"{cleared} in the US by a table of January 2021, menus may have changed)"
        )
        return Line(text=text, citations=self._library.cite(test), caveat=test.caveat)

    def _facts(self, topic: str) -> tuple[Line, ...]:
        return tuple(self._library.line(fact) for fact in self._content.facts if fact.topic == topic)

    def _guidance(self, locator: str = "Questions 3.1-3.8") -> Citation:
        return self._library.cite_source(self._content.edition.guidance, locator)
