"""From a ranked regimen to what is shown of it: doses, conditions, cautions, marks for this patient, and why not."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.answer import Citation, Line, RegimenView
from knowledge.antimicrobials import Antimicrobial
from knowledge.citing import Library
from knowledge.content import Content
from knowledge.dosing import Dosing, doses_for, ruled_out
from knowledge.provenance import Fact
from knowledge.question import Question
from knowledge.ranking import Listed, Rank
from knowledge.terms import BETA_LACTAM_CLASSES, AllergyClass, Mechanism, Route, Site
from knowledge.wording import band_text

_ROUTES = {Route.IV: " IV", Route.ORAL: " oral"}
_BETA_LACTAMS = BETA_LACTAM_CLASSES


class Regimens:
    """Builds regimen views from the content; holds no state of a question."""

    def __init__(self, content: Content, library: Library) -> None:
        self._content = content
        self._library = library
        self.drugs = {drug.id: drug for drug in content.antimicrobials}
        self._pairs = {frozenset(drug.components): drug for drug in content.antimicrobials if drug.components}
        self._no_dose = {drug: rule for rule in content.rules for drug in rule.no_dose}
        self._kidney_limited = {
            drug.id for drug in self.drugs.values() if any(row.rules_out for row in drug.renal.rows)
        }
        self._site_names = {site.id: site.short for site in content.sites}
        edition = content.edition
        self.susceptibility = Line(
            text=edition.susceptibility, citations=library.because(edition.susceptibility_because)
        )

    def pairs(self) -> list[tuple[str, ...]]:
        """Antimicrobials that the data knows as given together."""
        return [drug.components for drug in self._pairs.values()]

    def record(self, antimicrobials: tuple[str, ...]) -> Antimicrobial:
        """The data of one antimicrobial or of a pair given together."""
        if len(antimicrobials) == 1:
            return self.drugs[antimicrobials[0]]
        return self._pairs[frozenset(antimicrobials)]

    def view(
        self,
        listed: Listed,
        question: Question,
        mechanism: Mechanism | None,
        sites: tuple[Site, ...],
        branch: str | None = None,
    ) -> RegimenView:
        """The regimen as shown. Not suggested: reasons, and never a dose."""
        antimicrobials, route = listed.key
        drug = self.record(antimicrobials)
        offered = listed.rank is not Rank.NOT_SUGGESTED
        conditions = self._conditions(listed, offered)
        reasons = () if offered else self._reasons(listed, question, sites)
        dosing = self._dosing(drug, route, sites, question) if offered else Dosing()
        cautions = self._cautions(antimicrobials, mechanism, sites) if offered else ()
        marks = self.marks(antimicrobials, question) if offered else ()
        lines: list[Line] = [*conditions, *reasons, *dosing.doses, *dosing.notes, *cautions, *marks]
        rows = self._library.cite_all(row for row, _ in listed.entries)
        return RegimenView(
            regimen=" + ".join(antimicrobials),
            name=drug.name + (_ROUTES[route] if route else ""),
            antimicrobials=antimicrobials,
            route=route,
            branch=branch,
            doses=dosing.doses,
            dose_notes=dosing.notes,
            renal_table=dosing.table,
            renal_measure=dosing.measure,
            read_table=dosing.read_table,
            conditions=conditions,
            cautions=cautions,
            marks=marks,
            reasons=reasons,
            citations=tuple(dict.fromkeys((*rows, *_citations(lines)))),
        )

    def routes(self, antimicrobials: tuple[str, ...], sites: tuple[Site, ...]) -> tuple[Route | None, ...]:
        """The routes that have doses of their own at these sites: a regimen each. Else (None,): any route."""
        doses = self.record(antimicrobials).doses
        here = [dose.route for dose in doses if not sites or not dose.sites or set(sites) & set(dose.sites)]
        return tuple(dict.fromkeys(here)) or (None,)

    def _dosing(self, drug: Antimicrobial, route: Route | None, sites: tuple[Site, ...], question: Question) -> Dosing:
        rule = self._no_dose.get(drug.id)
        if rule is not None:
            text = (
                "No dose is given here: the guidance leaves it to the international polymyxin consensus. Ask pharmacy."
            )
            return Dosing(notes=(Line(text=text, citations=self._library.because(rule.because)),))
        return doses_for(drug, route, sites, question.renal, self._library)

    def _conditions(self, listed: Listed, offered: bool) -> tuple[Line, ...]:
        lines = [self.susceptibility] if offered else []
        for row, entry in listed.entries:
            cited = self._library.cite(row) + self._library.because(entry.because)
            texts = list(entry.conditions)
            if entry.organisms:
                texts.append(f"{', '.join(entry.organisms)} only")
            if row.phenotype_text:
                texts.append(row.phenotype_text)
            lines += [Line(text=text, citations=cited, caveat=row.caveat) for text in texts]
        return _unique(lines)

    def ruled_out_by_kidneys(
        self, antimicrobials: tuple[str, ...], question: Question, sites: tuple[Site, ...]
    ) -> tuple[Line, ...]:
        """What the label says where it contraindicates the regimen at the kidney function given."""
        return tuple(
            Line(
                text=f"{row.text or 'Contraindicated'}: {band_text(row.band)}",
                citations=self._library.cite(row),
                caveat=row.caveat,
            )
            for antimicrobial in self._kidney_limited.intersection(antimicrobials)
            for row in ruled_out(self.drugs[antimicrobial], sites, question.renal)
        )

    def _reasons(self, listed: Listed, question: Question, sites: tuple[Site, ...]) -> tuple[Line, ...]:
        lines = [Line(text=one.reason, citations=self._library.because(rule.because)) for rule, one in listed.forbidden]
        lines += [Line(text=text, citations=self.susceptibility.citations) for text in listed.patient]
        lines += self.ruled_out_by_kidneys(listed.key[0], question, sites)
        for row, entry in listed.entries:
            if entry.reason:
                cited = self._library.because(entry.because) or self._library.cite(row)
                lines.append(Line(text=entry.reason, citations=cited, caveat=row.caveat))
        if not lines and listed.entries:
            cited = self._library.cite_all(row for row, _ in listed.entries)
            if listed.not_everywhere:
                there = {site for row, _ in listed.entries for site in row.sites}
                missing = ", ".join(self._site_names[site] for site in sites if site not in there)
                text = f"The guidance does not list it for {missing}" if missing else "Not listed for every site given"
            else:
                text = "Not suggested by the guidance"
            lines.append(Line(text=text, citations=cited))
        return _unique(lines)

    def _cautions(
        self, antimicrobials: tuple[str, ...], mechanism: Mechanism | None, sites: tuple[Site, ...]
    ) -> tuple[Line, ...]:
        return tuple(
            self._library.line(fact)
            for fact in self._facts(antimicrobials)
            if fact.always
            and (not fact.mechanisms or mechanism in fact.mechanisms)
            and (not fact.sites or set(sites) & set(fact.sites))
        )

    def marks(self, antimicrobials: tuple[str, ...], question: Question) -> tuple[Line, ...]:
        """What this patient's reported susceptibilities, allergies and co-medication mean for the regimen."""
        return (
            *self._susceptibility_marks(antimicrobials, question),
            *self._allergy_marks(antimicrobials, question),
            *self._interaction_marks(antimicrobials, question),
        )

    def _susceptibility_marks(self, antimicrobials: tuple[str, ...], question: Question) -> list[Line]:
        lines = []
        cited = self.susceptibility.citations
        reported = [a for a in antimicrobials if a in question.susceptible]
        if reported:
            whole = len(reported) == len(antimicrobials)
            text = "Reported susceptible" if whole else f"Reported susceptible: {self._names(reported)}"
            lines.append(Line(text=text, citations=cited))
        resistant = [a for a in antimicrobials if a in question.resistant]
        if resistant and len(antimicrobials) == 1:
            lines.append(Line(text="Reported resistant", citations=cited))
        elif resistant:
            tests = [fact for fact in self.record(antimicrobials).facts if fact.topic == "testing"]
            told = f" ({tests[0].text.rstrip('.')})" if tests else ""
            text = f"Reported resistant alone: {self._names(resistant)}. The pair is tested together{told}"
            lines.append(Line(text=text, citations=self._library.cite_all(tests) or cited))
        return lines

    def _allergy_marks(self, antimicrobials: tuple[str, ...], question: Question) -> list[Line]:
        """What the source says of each reported allergy, equal statements told once; else that it says nothing."""
        classes = {c for a in antimicrobials for c in self.drugs[a].allergy_classes}
        told: dict[Line, list[str]] = {}
        silent: list[str] = []
        for allergy in question.allergies:
            said = [fact for fact in self._facts(antimicrobials) if allergy in _widened(fact.allergy)]
            for fact in said:
                told.setdefault(self._library.line(fact), []).append(_words(allergy))
            if not said and _related(allergy, classes):
                silent.append(_words(allergy))
        lines = [
            line.model_copy(update={"text": f"Allergy reported ({', '.join(words)}): {line.text}"})
            for line, words in told.items()
        ]
        if silent:
            text = f"Allergy reported ({', '.join(silent)}): not covered by the sources for this drug. Ask pharmacy"
            lines.append(Line(text=text, citations=self._about(antimicrobials)))
        return lines

    def _interaction_marks(self, antimicrobials: tuple[str, ...], question: Question) -> list[Line]:
        return [
            line.model_copy(update={"text": f"With {comedication.value}: {line.text}"})
            for comedication in question.comedications
            for fact in self._facts(antimicrobials)
            if comedication in fact.comedication
            for line in (self._library.line(fact),)
        ]

    def _facts(self, antimicrobials: tuple[str, ...]) -> Iterable[Fact]:
        """Facts of the pair and of each of its antimicrobials."""
        records = [self.drugs[a] for a in antimicrobials]
        if len(antimicrobials) > 1:
            records.insert(0, self.record(antimicrobials))
        return [fact for record in records for fact in record.facts]

    def _about(self, antimicrobials: tuple[str, ...]) -> tuple[Citation, ...]:
        drug = self.record(antimicrobials)
        return self._library.cite_all([*drug.facts, *drug.doses, *drug.activity][:1])

    def _names(self, ids: Iterable[str]) -> str:
        return ", ".join(self.drugs[i].name for i in ids)


def _widened(classes: Iterable[AllergyClass]) -> set[AllergyClass]:
    """A statement on any beta-lactam class also speaks to "beta-lactam" not named further, and the reverse."""
    known = set(classes)
    if AllergyClass.BETA_LACTAM in known:
        return known | set(_BETA_LACTAMS)
    return known | {AllergyClass.BETA_LACTAM} if known & set(_BETA_LACTAMS) else known


def _related(allergy: AllergyClass, classes: set[AllergyClass]) -> bool:
    return allergy in classes or (allergy in _BETA_LACTAMS and bool(classes & set(_BETA_LACTAMS)))


def _words(allergy: AllergyClass) -> str:
    return allergy.value.replace("_", "-")


def _unique(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple({line.text: line for line in lines}.values())


def _citations(lines: Iterable[Line]) -> list[Citation]:
    return [citation for line in lines for citation in line.citations]
