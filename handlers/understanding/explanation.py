"""Why a message was read as it was, in words a pharmacist can follow; for the command line, never for Slack."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.parsed import Context, Doubt, DoubtKind, Parsed
from handlers.understanding.attribution import Bearer, Bearers
from handlers.understanding.homonyms import resolve_homonyms
from handlers.understanding.lexicon import Match, Reading, compile_lexicon, match_forms, split
from handlers.understanding.mechanism.signs import find_signs
from handlers.understanding.normalise import normalise, unwrap
from handlers.understanding.reading import understand
from handlers.understanding.spelling import check_spelling, compile_speller
from handlers.understanding.standing import FAMILY, Standing
from handlers.understanding.statements import Statement, judge
from knowledge.vocabulary import Kind, Vocabulary

_STANDINGS = {
    Standing.PRESENT: "present", Standing.ABSENT: "negative", Standing.AWAITED: "awaited",
    Standing.UNKNOWN: "not known", Standing.SUSPECTED: "suspected", Standing.PAST: "past",
}  # fmt: skip
_BEARERS = {
    Bearer.OTHER: "somebody else's", Bearer.RAISED: "talked about", Bearer.GUESSED: "guessed",
    Bearer.OWN: "this patient's",
}  # fmt: skip
_SAYING = {
    Bearer.OTHER: ("other",), Bearer.RAISED: ("raised",), Bearer.GUESSED: ("guessed",),
    Bearer.OWN: ("own", "corrected"),
}  # fmt: skip
_FIELDS = {
    Kind.BYSTANDER: "other gene", Kind.TEST: "test", Kind.PORIN: "porin", Kind.PLACE: "site", Kind.OUTSIDER: "organism",
    Kind.CRE: "resistance", Kind.KIDNEY: "kidney function", Kind.INTENT: "asked", Kind.SCOPE: "whom it is about",
    Kind.ALLERGY_CUE: "allergy", Kind.OTHER_ANTIMICROBIAL: "antimicrobial", Kind.AMBIGUOUS: "antimicrobial",
    Kind.REPORT: "susceptibility",
}  # fmt: skip
_SHOWN = frozenset({*FAMILY, *_FIELDS, Kind.ANTIMICROBIAL, Kind.COMEDICATION, Kind.ROUTE, Kind.PHENOTYPE, Kind.WEEKLY})


@dataclass(frozen=True, slots=True)
class Step:
    """Some words, what they were read as, how that stands, and the words that said so."""

    words: str
    field: str
    value: str
    standing: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A parse with its steps, the typing errors read through, and the reasons to ask or decline."""

    parsed: Parsed
    steps: tuple[Step, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()  # as typed, as read
    reasons: tuple[str, ...] = ()


def explain(text: str, surface: str, context: Context, vocabulary: Vocabulary) -> Explanation:
    """Understand a message and tell how."""
    parsed = understand(text, surface, context, vocabulary)
    if parsed.too_long:
        return Explanation(parsed, reasons=("Nothing was read: more text, or more findings, than is read at once.",))
    lexicon = compile_lexicon(vocabulary)
    reading = split(normalise(unwrap(text)))
    check_spelling(reading, lexicon.unknown(reading.words), compile_speller(vocabulary))
    match_forms(reading, lexicon)
    resolve_homonyms(reading, lexicon, bool(context.sites))
    statements = judge(reading, Bearers(reading))
    stated = {statement.match.first: statement for statement in statements}
    signs = find_signs(reading, statements)
    steps = tuple(
        _step(reading, match, stated.get(match.first), signs, parsed)
        for match in reading.matches
        if match.kind in _SHOWN
    )
    corrections = tuple(
        (typed, reading.words[number])
        for number, typed in sorted(reading.corrected.items())
        if (match := reading.at[number]) is not None and match.kind in (Kind.SITE, Kind.ORGANISM, Kind.OUTSIDER)
    )
    return Explanation(parsed, steps, corrections, _reasons(parsed))


def _step(
    reading: Reading, match: Match, statement: Statement | None, signs: dict[int, bool | None], parsed: Parsed
) -> Step:
    words = reading.text[reading.starts[match.first] : reading.ends[match.last]]
    field = _FIELDS.get(match.kind, match.kind.value)
    if match.first in signs:
        sign = signs[match.first]
        said = "contradictory" if sign is None else _STANDINGS[Standing.PRESENT if sign else Standing.ABSENT]
        return Step(words, field, match.id, said, "the sign beside it")
    if statement is not None and statement.bearer in _BEARERS and statement.standing is Standing.PRESENT:
        return Step(words, field, match.id, _BEARERS[statement.bearer], _said_by(reading, match, statement.bearer))
    if statement is not None and not statement.silent:
        standing_word = "contradictory" if statement.clash else _STANDINGS[statement.standing]
        cue = statement.cue
        because = f'"{reading.phrase(cue)}"' if cue is not None else ""
        return Step(words, field, match.id, standing_word, because)
    if match.kind is Kind.ANTIMICROBIAL:
        question = parsed.question
        for ids, said in ((question.resistant, "reported R"), (question.susceptible, "reported S")):
            if match.id in ids:
                return Step(words, field, match.id, said)
        return Step(words, field, match.id, "named" if match.id in question.antimicrobials else "")
    return Step(words, field, match.id)


def _said_by(reading: Reading, match: Match, bearer: Bearer) -> str:
    """The nearest word that says whose the finding is."""
    bearers = [m for m in reading.of(Kind.BEARER) if m.id.split("_")[0] in _SAYING[bearer]]
    if bearer in (Bearer.OTHER, Bearer.RAISED, Bearer.GUESSED):
        bearers += [m for m in reading.of(Kind.INTENT) if m.id in ("infection_control", "evidence", "evidence_mention")]
    near = min(bearers, key=lambda m: min(abs(m.last - match.first), abs(m.first - match.last)), default=None)
    return f'"{reading.phrase(near)}"' if near is not None else "the question mark"


def _reasons(parsed: Parsed) -> tuple[str, ...]:
    reasons = []
    if parsed.scope_reason is not None:
        reasons.append(f"Declined: out of scope ({parsed.scope_reason.value.replace('_', ' ')}).")
    for doubt in parsed.doubts:
        reasons.append(_doubt(doubt))
    if "mechanism" in parsed.must_ask and not any(doubt.field == "mechanism" for doubt in parsed.doubts):
        negative = ", ".join(m.value for m in parsed.negated)
        suspected = ", ".join(m.value for m in parsed.suspected)
        why = "none was named, and none said to be unknown"
        if negative:
            why = f"only negative ones were reported ({negative})"
        elif suspected:
            why = f"{suspected} is named, but not as found"
        reasons.append(f"Asks for the mechanism: {why}.")
    if "site" in parsed.must_ask:
        reasons.append("Asks for the site: no site of infection now; past, excluded and colonised ones do not count.")
    if parsed.renal_denied:
        reasons.append("Dialysis was mentioned as not being given.")
    return tuple(reasons)


def _doubt(doubt: Doubt) -> str:
    names = ", ".join(doubt.candidates)
    if doubt.kind is DoubtKind.CONTRADICTION and len(doubt.candidates) > 1:
        return f"Asks which holds: {names} are named apart, and nothing says that they stand together."
    if doubt.kind is DoubtKind.CONTRADICTION:
        return f"Asks about {names}: the message can be read as reporting it present and as reporting it absent."
    if doubt.kind is DoubtKind.UNSETTLED:
        return f"{doubt.candidates[0]} is named, but not plainly as found."
    if doubt.kind is DoubtKind.DID_YOU_MEAN:
        return f"Asks whether {names} was meant: a word is near that name, and such names are never corrected."
    return f"Asks which antimicrobial was meant: the name can mean {names}, or something else."
