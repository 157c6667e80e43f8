"""`Answer` and `NotCovered`: complete and safe models that a renderer only lays out; any service gets them as JSON."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, computed_field

from knowledge.question import Question
from knowledge.terms import Mechanism, Phenotype, Route, Site, Strength, Verification


class View(BaseModel):
    """Frozen output model."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Citation(View):
    """Where a line comes from, how it was read, and how old it is."""

    source: str
    short: str
    locator: str
    url: str
    dated: str | None
    strength: Strength | None = None
    verification: Verification | None = None  # None: only named, in a conflict or as a second source

    def __hash__(self) -> int:
        return hash((self.source, self.locator))  # cheap; equal citations share both


class Line(View):
    """One statement with its citations. A `caveat` is shown wherever the text is."""

    text: str
    citations: tuple[Citation, ...]
    caveat: str | None = None

    def __hash__(self) -> int:
        return hash(self.text)  # cheap; equal lines share it


class DoseLine(Line):
    """A dose for one kidney band. `measure` is what the band is measured by; never converted."""

    kind: Literal["guidance", "label", "renal", "article"]
    band: str
    measure: str | None


class LocalLine(View):
    """A statement of the hospital itself: no citation of literature, but who says so and since when."""

    kind: Literal["restriction", "formulary", "hidden", "note", "antibiogram", "contact"]
    text: str
    label: Literal["Local"] = "Local"
    hospital: str
    owner: str
    dated: date
    role: Literal["id_on_call", "microbiology", "pharmacy"] | None = None  # of a contact


class RegimenView(View):
    """One regimen with everything that must travel with it."""

    regimen: str
    name: str
    antimicrobials: tuple[str, ...]
    route: Route | None = None
    branch: str | None = None
    doses: tuple[DoseLine, ...] = ()
    dose_notes: tuple[Line, ...] = ()
    renal_table: tuple[DoseLine, ...] = ()
    renal_measure: str | None = None
    read_table: bool = False  # no dose could be chosen, so the whole table belongs beside the regimen
    conditions: tuple[Line, ...] = ()
    cautions: tuple[Line, ...] = ()
    marks: tuple[Line, ...] = ()
    reasons: tuple[Line, ...] = ()
    citations: tuple[Citation, ...] = ()
    local: tuple[LocalLine, ...] = ()  # restrictions and stock of the hospital; never a reason to give it


class NotOffered(View):
    """A regimen of the guidance that the hospital does not offer: named with its rank and who says so, no dose."""

    regimen: str
    name: str
    antimicrobials: tuple[str, ...]
    route: Route | None = None
    branch: str | None = None
    listed_as: Literal["preferred", "alternative", "reserve", "named", "elsewhere"]
    citations: tuple[Citation, ...]
    local: LocalLine


class Branch(View):
    """The regimens for one reading of the question; `label` is None when there is only one reading."""

    label: str | None
    mechanisms: tuple[Mechanism, ...]
    sites: tuple[Site, ...]
    phenotype: Phenotype | None = None
    not_covered: tuple[Line, ...] = ()
    preferred: tuple[RegimenView, ...] = ()
    alternative: tuple[RegimenView, ...] = ()
    reserve: tuple[RegimenView, ...] = ()
    not_suggested: tuple[RegimenView, ...] = ()
    conditions: tuple[Line, ...] = ()
    not_offered: tuple[NotOffered, ...] = ()


class PositionView(View):
    """What one source says in a conflict."""

    says: str
    citation: Citation
    caveat: str | None = None


class ConflictView(View):
    """A topic on which sources differ, newest guidance first."""

    id: str
    topic: str
    positions: tuple[PositionView, ...]
    how_shown: str
    pressing: bool = False  # the laboratory's report meets it: shown whatever the room


class OtherGuidance(View):
    """What another edition, guideline or the article lists for the same question, as its own."""

    title: str
    dated: str | None
    preferred: tuple[str, ...]
    alternative: tuple[str, ...]
    not_suggested: tuple[str, ...]
    conditions: tuple[str, ...]
    citation: Citation
    caveat: str | None


class TopicView(View):
    """Statements of one kind."""

    title: str
    lines: tuple[Line, ...]


class AboutView(View):
    """Everything known of one antimicrobial, or of a pair given together."""

    antimicrobial: str
    name: str
    brands: tuple[str, ...]
    drug_class: str
    here: Line | None = None  # where it stands in the answer to a question that names it
    topics: tuple[TopicView, ...]


class EditionView(View):
    """Which content answered."""

    id: str
    digest: str
    compiled_on: date
    review_due_on: date
    guidance: str
    guidance_dated: str
    basis: str
    overlay_digest: str | None = None  # of the hospital's own files, where there are any


class LocalView(View):
    """What the hospital adds to this answer, whose it is and until when it holds."""

    hospital: str
    owner: str
    dated: date
    review_due_on: date
    review_overdue: bool
    contacts: tuple[LocalLine, ...] = ()
    lines: tuple[LocalLine, ...] = ()  # notes and antibiogram


class Frame(View):
    """What every reply of the knowledge carries, covered or not."""

    question: Question
    infection_control: tuple[Line, ...]
    notes: tuple[Line, ...]
    consult: Line
    edition: EditionView
    status: str
    review_overdue: bool
    disclaimer: str
    local: LocalView | None = None


class NotCovered(Frame):
    """The sources say nothing that may be offered as a regimen: infectious-diseases consultation."""

    reasons: tuple[Line, ...]
    implications: tuple[Line, ...] = ()
    conditional: tuple[Line, ...] = ()
    testing: tuple[Line, ...] = ()  # how to find the mechanism, where it is not known
    not_suggested: tuple[RegimenView, ...] = ()
    ask_site: bool = False


class Answer(Frame):
    """A complete answer. `preferred` … `not_suggested` flatten the branches, each regimen naming its branch."""

    branches: tuple[Branch, ...] = ()
    focus: tuple[RegimenView, ...] = ()  # the doses asked about by name
    about: tuple[AboutView, ...] = ()  # the antimicrobials that the question names
    elsewhere: tuple[RegimenView, ...] = ()  # listed by other guidance only, where the leading one lists nothing
    susceptibility: Line
    duration: tuple[Line, ...] = ()
    combination: tuple[Line, ...] = ()
    management: tuple[Line, ...] = ()
    evidence: tuple[Line, ...] = ()
    conflicts: tuple[ConflictView, ...] = ()
    others: tuple[OtherGuidance, ...] = ()
    article: tuple[Line, ...] = ()
    not_offered: tuple[NotOffered, ...] = ()  # hidden by the hospital: of all branches, named or listed elsewhere

    @computed_field  # type: ignore[prop-decorator]  # mypy does not know a property under another decorator
    @property
    def preferred(self) -> tuple[RegimenView, ...]:
        """Preferred regimens of all branches, in order."""
        return tuple(r for b in self.branches for r in b.preferred)

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def alternative(self) -> tuple[RegimenView, ...]:
        """Alternatives of all branches, in order."""
        return tuple(r for b in self.branches for r in b.alternative)

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def reserve(self) -> tuple[RegimenView, ...]:
        """Regimens likely active but held back."""
        return tuple(r for b in self.branches for r in b.reserve)

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def not_suggested(self) -> tuple[RegimenView, ...]:
        """What not to use here, each with its reasons."""
        return tuple(r for b in self.branches for r in b.not_suggested)

    def as_json(self) -> dict[str, Any]:
        """The answer as JSON-able data, the same for every caller."""
        return self.model_dump(mode="json")
