"""What must never happen, over generated messages: a wrong mechanism, a wrong antimicrobial, a missed negation."""

from __future__ import annotations

import string
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.parsed import Context, DoubtKind
from handlers.understanding import understand
from handlers.understanding.normalise import MAX_LENGTH
from knowledge.vocabulary import WORD, Kind
from tests.handlers.understanding.reader import flat, read, vocabulary
from tests.handlers.understanding.test_labelled import rows

MECHANISMS = {"kpc": "KPC", "ndm": "NDM", "vim": "VIM", "imp": "IMP-4", "oxa48": "OXA-48", "mbl": "MBL"}
SITES = {
    "pneumonia": "VAP",
    "bacteremia": "bacteremia",
    "cuti": "pyelonephritis",
    "cns": "meningitis",
    "ssti": "cellulitis",
}
ABSENT = (
    "no {}", "not {}", "{} negative", "{} neg", "{} not detected", "{}: not detected",
    "negative for {}", "{} ruled out", "{} (-)",
    "{} -ve", "without {}", "{} PCR negative", "{} was not found", "never grew {}",
    "{} excluded", "{} absent", "{} undetected",
    "no evidence of {}", "isn't {}", "didn't detect {}", "{} came back negative",
    "{} is negative", "{} gene not detected",
)  # fmt: skip
POLITE = ("", "hi, ", "please help: ", "quick question - ", "Dear colleagues, ")


def typos(word: str) -> set[str]:
    """Every string one edit away."""
    letters = string.ascii_lowercase
    found = {word[:i] + word[i + 1 :] for i in range(len(word))}
    found |= {word[:i] + letter + word[i + 1 :] for i in range(len(word)) for letter in letters}
    found |= {word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in letters}
    found |= {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return found - {word}


def names(kind: Kind) -> list[tuple[str, str]]:
    return [(term.id, form) for term in vocabulary().of(kind) for form in term.forms if not term.reported_only]


def test_every_name_of_a_mechanism_is_read() -> None:
    """Each form of each mechanism gives that mechanism."""
    for ident, form in names(Kind.MECHANISM):
        assert flat(f"{form} bacteremia")["mechanisms"] == (ident,), form


def test_every_name_of_an_antimicrobial_is_read() -> None:
    """Each form of each antimicrobial, reported R, gives that antimicrobial and no other."""
    for ident, form in names(Kind.ANTIMICROBIAL):
        assert read(f"KPC bacteremia, {form} R").question.resistant == (ident,), form


def test_a_mistyped_mechanism_is_never_taken_for_one() -> None:
    """One typing error in a mechanism's name gives a doubt, a question back or nothing: never a mechanism."""
    every = {
        tuple(WORD.findall(form)) for term in vocabulary().terms for form in term.forms if term.kind is not Kind.PLAIN
    }
    for ident, form in names(Kind.MECHANISM):
        if " " in form and len(form) > 12:
            continue
        for typed in typos(form):
            words = tuple(WORD.findall(typed))
            if any(words[i:j] in every for i in range(len(words)) for j in range(i + 1, len(words) + 1)):
                continue
            found = flat(f"{typed} bacteremia")["mechanisms"]
            assert not found, (ident, typed)


def test_a_mistyped_antimicrobial_is_never_taken_for_one() -> None:
    """One typing error in an antimicrobial's name never gives an antimicrobial; long names give "did you mean"."""
    every = {tuple(WORD.findall(form)) for term in vocabulary().terms for form in term.forms}
    for ident, form in names(Kind.ANTIMICROBIAL):
        if not form.isalpha() or len(form) < 4:
            continue
        for typed in typos(form):
            if (typed,) in every or " " in typed:
                continue
            parsed = read(f"KPC bacteremia, {typed} R")
            assert not parsed.question.resistant, typed
            if len(form) >= 8 and (typed[:-1],) not in every:
                doubts = [d for d in parsed.doubts if d.kind is DoubtKind.DID_YOU_MEAN]
                assert any(ident in d.candidates for d in doubts) or not doubts, typed


@pytest.mark.parametrize("cue", ABSENT)
def test_a_mechanism_said_to_be_absent_is_left_out(cue: str) -> None:
    """No way of saying "negative" leaves the mechanism standing, alone or beside one that is present."""
    for (ident, name), (site, place), polite in product(MECHANISMS.items(), SITES.items(), POLITE):
        other, present = ("ndm", "NDM") if ident != "ndm" else ("kpc", "KPC")
        assert ident not in flat(f"{polite}{cue.format(name)}. CRE {place}")["mechanisms"]
        both = flat(f"{polite}{present} positive, {cue.format(name)}, {place}")
        assert both["mechanisms"] == (other,), (cue, name)
        assert both["sites"] == (site,)


@pytest.mark.parametrize(
    "cue", ["no {}", "not {}", "{} ruled out", "without {}", "no evidence of {}", "{} excluded", "no signs of {}"]
)
def test_a_site_said_to_be_absent_is_left_out(cue: str) -> None:
    """A site ruled out is no site, and does not take the true one with it."""
    for (site, place), (other, absent) in product(SITES.items(), SITES.items()):
        if site != other:
            assert flat(f"KPC {place}, {cue.format(absent)}")["sites"] == (site,)


def test_two_mechanisms_are_both_read() -> None:
    """Every pair of named mechanisms is read as the pair, in either order and with any joiner."""
    for (one, first), (two, second) in product(MECHANISMS.items(), MECHANISMS.items()):
        if one == two or "mbl" in (one, two):
            continue
        for joiner in (" and ", " + ", "/", ", ", " & "):
            assert flat(f"{first}{joiner}{second} bacteremia")["mechanisms"] == tuple(sorted((one, two))), joiner


@pytest.mark.parametrize(
    "said", ["on HD", "HD MWF", "iHD", "on dialysis", "gets haemodialysis", "ESRD on hemodialysis"]
)
def test_dialysis_is_not_missed(said: str) -> None:
    """Each way of saying intermittent dialysis is read."""
    assert flat(f"KPC bacteremia {said}, what dose of cefiderocol")["renal"] == {"dialysis": "hd"}


BASE = (
    "KPC bacteremia CrCl 40",
    "NDM E. coli pyelonephritis, gent R",
    "no KPC, OXA-48 VAP on CRRT",
    "MBL meningitis, penicillin allergy",
)


@given(st.sampled_from(BASE), st.data())
def test_case_spacing_and_wrapping_never_matter(base: str, data: st.DataObject) -> None:
    """Capitals, spaces, mentions, markup and courtesy do not change what is understood."""
    want = flat(base)
    cased = "".join(data.draw(st.sampled_from((c.lower(), c.upper()))) for c in base)
    spaced = cased.replace(" ", data.draw(st.sampled_from((" ", "  ", "   ", "\u00a0"))))
    wrapped = data.draw(
        st.sampled_from(("{}", "<@U0BOT> {}", "{} <@U0BOT>", "*{}*", "_{}_", "`{}`", "hi! {}", "{} please", "> {}"))
    )
    assert flat(wrapped.format(spaced)) == want


@given(st.text(max_size=300), st.sampled_from(("slash", "mention", "followup")))
@settings(max_examples=300)
def test_any_text_is_read_without_failing(text: str, surface: str) -> None:
    """Whatever is typed gives a result, the same each time, and its flat form."""
    parsed = understand(text, surface, Context(), vocabulary())
    assert parsed == understand(text, surface, Context(), vocabulary())
    assert set(parsed.flat()) == set(flat("KPC"))


FORMS = [form for term in vocabulary().terms for form in term.forms]
GLUE = [
    " ",
    ", ",
    ". ",
    ": ",
    "-",
    "+",
    "/",
    "\n",
    "?",
    " (",
    ") ",
    "|",
    "&amp;",
    "<@U1>",
    "~",
    "*",
    "->",
    "12",
    " 3.5 ",
    "’",
    "\u200b",
    "😀",
]


@given(st.lists(st.one_of(st.sampled_from(FORMS), st.sampled_from(GLUE)), max_size=40))
@settings(max_examples=300)
def test_any_mix_of_known_words_is_read_without_failing(parts: list[str]) -> None:
    """Our own words in any order never fail either."""
    read("".join(parts)).flat()


def test_too_long_a_text_is_not_read() -> None:
    """Over the limit nothing is read, and both questions are asked."""
    parsed = read("KPC bacteremia " * 400)
    assert parsed.too_long
    assert parsed.length > MAX_LENGTH
    assert parsed.flat()["mechanisms"] == []
    assert parsed.must_ask == ("mechanism", "site")


def test_a_whole_consult_note_is_read() -> None:
    """The longest labelled message: history, medicines, laboratory and all. Its labels are tested with the others."""
    longest = max((row["text"] for row in rows("own.jsonl")), key=len)
    assert len(longest) > 3500
    assert not read(longest).too_long


def test_a_text_of_nothing_but_results_is_not_read() -> None:
    """Within the length, but with a finding in every few characters: no note, and not guessed at."""
    parsed = read(("KPC bacteremia " * 300)[:MAX_LENGTH])
    assert parsed.too_long
    assert parsed.length <= MAX_LENGTH
    assert parsed.flat()["mechanisms"] == []


@pytest.mark.parametrize(
    "secret", ["Ficticia", "00123456", "555-0142", "someone@example.org", "01/02/1950", "Elm Street", "room 512"]
)
def test_no_word_of_the_message_is_kept(secret: str) -> None:
    """The result holds our own labels only."""
    parsed = read(
        f"Ms Ficticia Sample MRN 00123456 DOB 01/02/1950 555-0142 someone@example.org 12 Elm Street {secret} KPC HAP"
    )
    assert secret.lower() not in repr(parsed).lower()
    assert {"name", "record_number", "birth_date", "phone", "email"} <= {kind for kind, _ in parsed.identifiers}


@pytest.mark.parametrize("typed", ["klsbeiella pneumoniae", "klebsiella pumoniae", "Kklebsiella pneumoniae"])
def test_a_corrected_word_is_no_part_of_a_mechanism(typed: str) -> None:
    """An organism read through a typing error does not become the enzyme that is named after it."""
    assert "kpc" not in flat(f"{typed} carbapenemase producing organism in blood")["mechanisms"]


def test_a_text_too_dense_to_be_read_safely_is_not_read() -> None:
    """A real table of genes is; the same name a hundred times, or a finding in every other word, is not."""
    table = "".join(f"isolate {n}: KPC neg, NDM pos, VIM neg, IMP neg, OXA-48 neg. " for n in range(1, 13))
    assert not read(table).too_long
    assert read("KPC bacteremia. " * 90).too_long
    assert read("pneumonia UTI " * 120).too_long
