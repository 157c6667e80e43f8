"""What never changes a reading (case, spaces, order, courtesy, Slack's markup), and what always does ("not")."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.parsed import Parsed
from tests.fuzz.notes import MECHANISMS, SITES, make_note
from tests.fuzz.safety import labelled
from tests.handlers.understanding.reader import read

read("KPC")  # compiles the vocabulary, so that no example pays for it
NOTES = [make_note(random.Random(seed)) for seed in range(400)]  # noqa: S311  # fixed test messages
CLINICAL = [n for n in labelled() if n.want["intent"] not in ("help", "out_of_scope") and len(n.text.split()) > 1]
ANY = st.sampled_from([*NOTES, *CLINICAL])
POLITE = (
    *(
        "hi! {}",
        "hello team, {}",
        "Dear colleagues,\n{}",
        "good morning. {}",
        "{} thanks",
        "{}\nthank you!",
        "{} \U0001f64f",
    ),
    *(
        "please help:\n{}",
        "{}\nmany thanks in advance",
        "sorry to bother you. {}",
        "quick question: {}",
        "{} \U0001f64f",
    ),
)
MENTIONED = ("<@U0BOT> {}", "{} <@U0BOT>", "<@U0BOT>\n{}", "\u200b{}", "<@U0BOT>  {} <@U0BOT>")
MARKED = ("*{}*", "_{}_", "`{}`", "```{}```", "> {}", "\u201c{}\u201d", "<!here> {}", "*_{}_*")


def meaning(parsed: Parsed) -> tuple[Any, ...]:
    """What a message means, in an order that does not depend on the text."""
    flat = {k: tuple(sorted(v)) if isinstance(v, list) else v for k, v in parsed.flat().items()}
    return flat, frozenset(parsed.doubts), frozenset(parsed.negated), parsed.scope_reason, parsed.renal_denied


def bare(text: str) -> str:
    """A text without its mention, so that one can be put anywhere."""
    return text.replace("<@U0BOT>", "").strip()


PLAIN = [n for n in (*NOTES, *CLINICAL) if not set("*_`~<>") & set(bare(n.text))]


@given(ANY, st.data())
@settings(max_examples=250)
def test_case_never_matters(note: Any, data: st.DataObject) -> None:
    """Any mix of capitals is read like the text as typed."""
    text = bare(note.text)
    capitals = data.draw(st.sampled_from((str.lower, str.upper, str.swapcase, str.title)))
    changed = capitals(text)
    if changed.casefold() == text.casefold() and "<" not in text and "&" not in text and ":" not in text:
        assert meaning(read(changed, note.surface, *note.context)) == meaning(read(text, note.surface, *note.context))


@given(ANY, st.sampled_from(("  ", "   ", "\u00a0", " \u200b", "\u2009")))
@settings(max_examples=250)
def test_spacing_never_matters(note: Any, space: str) -> None:
    """Wider, thinner and invisible spaces between words are one space."""
    text = bare(note.text)
    changed = text.replace(" ", space)
    assert meaning(read(changed, note.surface, *note.context)) == meaning(read(text, note.surface, *note.context))


@given(ANY, st.sampled_from(MENTIONED))
@settings(max_examples=250)
def test_the_place_of_the_mention_never_matters(note: Any, pattern: str) -> None:
    """The bot may be mentioned first, last, twice or not at all."""
    text = bare(note.text)
    changed = pattern.format(text)
    assert meaning(read(changed, note.surface, *note.context)) == meaning(read(text, note.surface, *note.context))


@given(ANY, st.sampled_from(POLITE))
@settings(max_examples=250)
def test_courtesy_never_matters(note: Any, pattern: str) -> None:
    """Greetings and thanks around a clinical message change nothing."""
    text = bare(note.text)
    changed = pattern.format(text)
    assert meaning(read(changed, note.surface, *note.context)) == meaning(read(text, note.surface, *note.context))


@given(
    st.sampled_from([n for n in (*NOTES, *CLINICAL) if not set("*_`~<>") & set(bare(n.text))]), st.sampled_from(MARKED)
)
@settings(max_examples=250)
def test_slack_formatting_never_matters(note: Any, pattern: str) -> None:
    """Bold, italic, code, quotes and a channel alert are read like plain text."""
    text = bare(note.text)
    changed = pattern.format(text)
    assert meaning(read(changed, note.surface, *note.context)) == meaning(read(text, note.surface, *note.context))


FINDINGS = (
    *("KPC positive", "NDM not detected", "VAP", "no meningitis", "CrCl 33", "gent R", "amikacin S", "PCN allergy"),
    *("prior osteomyelitis", "E. coli", "on HD", "VIM negative", "urosepsis", "sulfa allergy", "65M", "no fever"),
)


@given(
    st.lists(st.sampled_from(FINDINGS), min_size=2, max_size=8, unique=True),
    st.randoms(),
    st.sampled_from((". ", "; ", "\n")),
)
@settings(max_examples=250)
def test_the_order_of_independent_findings_never_matters(parts: list[str], rng: random.Random, end: str) -> None:
    """Findings each said in a sentence of its own may come in any order."""
    if "on HD" in parts and "CrCl 33" in parts:
        parts.remove("CrCl 33")
    shuffled = list(parts)
    rng.shuffle(shuffled)
    assert meaning(read(end.join(shuffled))) == meaning(read(end.join(parts)))


@given(
    st.sampled_from(sorted(MECHANISMS)), st.sampled_from(sorted(SITES)), st.data(),
    st.sampled_from(("{m} {s}", "{s} with {m}", "{s}. {m}", "{m}, {s}", "{s}\n{m}", "CRE {s}: {m}", "{s}, {m} gene")),
    st.sampled_from(("not {}", "no {}", "it is not {}", "negative for {}", "without {}", "not a {}")),
)  # fmt: skip
@settings(max_examples=400)
def test_not_before_a_mechanism_always_changes_the_reading(
    mechanism: str, site: str, data: st.DataObject, pattern: str, no: str
) -> None:
    """With "not" before it, a mechanism is no longer read as present: it is left out, or asked about."""
    name = data.draw(st.sampled_from(MECHANISMS[mechanism]))
    place = data.draw(st.sampled_from(SITES[site]))
    said = read(pattern.format(m=name, s=place))
    denied = read(pattern.format(m=no.format(name), s=place))
    assert mechanism in said.flat()["mechanisms"]
    assert mechanism not in denied.flat()["mechanisms"]
    assert meaning(said) != meaning(denied)


@given(
    st.sampled_from(sorted(SITES)), st.data(),
    st.sampled_from(("KPC. {}", "KPC\n{}", "{}. KPC positive", "KPC detected; {}")),
    st.sampled_from(("not {}", "no {}", "no evidence of {}", "this is not {}", "without {}")),
)  # fmt: skip
@settings(max_examples=250)
def test_not_before_a_site_always_changes_the_reading(site: str, data: st.DataObject, pattern: str, no: str) -> None:
    """With "not" before it, a site is left out, and the mechanism beside it stays."""
    place = data.draw(st.sampled_from(SITES[site]))
    said, denied = read(pattern.format(place)), read(pattern.format(no.format(place)))
    assert said.flat()["sites"] == [site]
    assert denied.flat()["sites"] == []
    assert denied.flat()["mechanisms"] == ["kpc"]
