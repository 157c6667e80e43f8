"""Try one input: it must not fail, invent a name, or cost more than its share of CPU."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from handlers.parsed import Parsed
from handlers.understanding import understand
from handlers.understanding.normalise import normalise, unwrap
from knowledge.terms import Mechanism
from knowledge.vocabulary import WORD, Kind, Vocabulary
from tests.fuzz.inputs import Input

LIMIT_MS = 10.0
_KEPT = 300  # slowest inputs tried again at the end
_LATER, _PAUSE = 6, 20.0  # how often, and after how many seconds each, what is over the limit is tried again
_CLASSES = frozenset({Mechanism.UNKNOWN, Mechanism.MBL, Mechanism.NON_CARBAPENEMASE})  # said of tests, too


@dataclass(slots=True)
class Findings:
    """What trying showed so far."""

    tried: int = 0
    worst_ms: float = 0.0
    worst_length: int = 0
    over_at_first: int = 0  # inputs over the limit when they were tried, other work of the machine included
    slow: list[str] = field(default_factory=list)  # inputs over the limit even at their best, tried again at the end
    failed: list[str] = field(default_factory=list)  # inputs that raised, with what
    invented: list[str] = field(default_factory=list)  # inputs read with a name that does not stand in them

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.slow or self.failed or self.invented)


class Trier:
    """Tries inputs on one vocabulary and keeps the findings; `settle` when all are tried."""

    def __init__(self, vocabulary: Vocabulary, limit_ms: float = LIMIT_MS) -> None:
        self._vocabulary = vocabulary
        self.limit_ms = limit_ms
        self._names: dict[str, list[frozenset[str]]] = {}
        for term in vocabulary.terms:
            if term.kind in (Kind.MECHANISM, Kind.ANTIMICROBIAL, Kind.AMBIGUOUS):
                for ident in (term.id, *term.candidates):
                    forms = [frozenset(WORD.findall(form)) for form in term.forms]
                    self._names.setdefault(ident, []).extend(forms)
        self._names["imipenem"].append(frozenset({"imp"}))  # IMP in an antibiogram
        self._names["colistin"].append(frozenset({"coli"}))  # "tige, coli S" in an antibiogram
        self._names["levofloxacin"].append(frozenset({"levo"}))
        self.findings = Findings()
        self._slowest: list[tuple[float, Input]] = []

    def attempt(self, given: Input) -> None:
        """Read one input and note what is wrong with it."""
        findings = self.findings
        findings.tried += 1
        try:
            spent, parsed = self._read(given)
        except Exception as error:
            findings.failed.append(f"{type(error).__name__}: {given!r}")
            return
        findings.over_at_first += spent > self.limit_ms
        self._slowest.append((spent, given))
        if len(self._slowest) > 2 * _KEPT:
            self._slowest = sorted(self._slowest, key=lambda one: -one[0])[:_KEPT]
        if self._invents(given, parsed):
            findings.invented.append(repr(given))

    def settle(self) -> Findings:
        """Try the slowest again, best of twenty: what stays over the limit is slow of itself, not by the machine.

        A virtual machine can be half as fast for minutes: what is over the limit is tried again after a while.
        """
        findings = self.findings
        best: dict[int, tuple[float, Input]] = {}
        for number, (_, given) in enumerate(sorted(self._slowest, key=lambda one: -one[0])[:_KEPT]):
            try:
                best[number] = self._best(given), given
            except Exception:  # noqa: S112  # noted when it was tried
                continue
        for _ in range(_LATER):
            over = [number for number, (spent, _) in best.items() if spent > self.limit_ms]
            if not over:
                break
            time.sleep(_PAUSE)
            for number in over:
                spent, given = best[number]
                best[number] = min(spent, self._best(given)), given
        for spent, given in best.values():
            if spent > findings.worst_ms:
                findings.worst_ms, findings.worst_length = spent, len(given.text)
            if spent > self.limit_ms:
                findings.slow.append(repr(given))
        return findings

    def _best(self, given: Input) -> float:
        return min(self._read(given)[0] for _ in range(20))

    def _read(self, given: Input) -> tuple[float, Parsed]:
        started = time.thread_time_ns()
        parsed = understand(given.text, given.surface, given.context, self._vocabulary)
        parsed.flat()
        return (time.thread_time_ns() - started) / 1e6, parsed

    def _invents(self, given: Input, parsed: Parsed) -> bool:
        """A mechanism or antimicrobial read from words none of which is its name: never by likeness."""
        question = parsed.question
        read = {m.value for m in question.mechanisms if m not in _CLASSES and m not in given.context.mechanisms}
        read |= {*question.resistant, *question.susceptible, *question.antimicrobials}
        if not read:
            return False
        words = set(WORD.findall(normalise(unwrap(given.text))))
        return any(not any(form <= words for form in self._names.get(ident, ())) for ident in read)
