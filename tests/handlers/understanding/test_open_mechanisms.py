"""A mechanism that is asked for, awaited, guessed, taken back or another's is asked about; innocent words are not."""

from __future__ import annotations

import pytest

from tests.handlers.understanding.reader import read

REQUESTED = (
    "sent to state lab for {}", "could you add on {} pls", "lab forgot to set up {}", "trying to rule {} in or out",
    "pls send {} before caz-avi", "asked micro for {} twice, no reply", "needs {} confirmation first",
    "turnaround for {} PCR from positive bottles?", "was {} ever checked", "{} should be checked",
)  # fmt: skip
AWAITED = (
    "before {} is back what is your choice", "until we know about {} stay put", "will switch once {} resulted",
    "carba-R on the machine, {} in an hour", "{} o/s", "{} oustanding from ref lab", "too early to say {}",
    "haven't had {} back", "we don't test {} here",
)  # fmt: skip
GUESSED = (
    "gut feeling {}", "smells like {}", "the lab suspects {}", "referring hospital thinks {}", "{} on the cards",
    "people are saying {}", "wouldn't be surprised if it's {}", "it hinges on whether {} is there", "{}?", "?? {} ??",
    "looks a bit like {}?", "{} anyone? can't log in", "{} vs porin mutant, WGS to decide", "{} +/- ?? lab undecided",
)  # fmt: skip
UNHEARD = (
    "lateral flow for {} smudged, uninterpretable", "awaiting manual confirm and {}", "molecular {} at 4pm hopefully",
    "{} add-on requested yesterday", "the letter says '{} ??' with nothing else", "wrote {} with a question mark",
    "rapid panel for {} not on our menu", "{} workup ongoing", "{} under process", "WGS for {} takes 10 days",
    "carbapenemase panel ({} etc) ordered STAT", "is there a {} result on file?", "whether it's {} or something else",
    "nobody has told me about {}", "nothing on the system re {}", "the report doesn't say anything about {}",
    "our panel doesn't cover {}", "the report is cut off after {}",
)  # fmt: skip
DENIED = (
    "{}, IMP, GES - no to all", "everything negative, that includes {}", "Not, as first reported, {}",
    "no carbapenemase genes at all, {} or otherwise", "came back negitive, the {} one",
    "the panel was blank, {} and all",
    "reported as no carbapenemase, so {} is out", "{} from the old chart no longer applies - new isolate neg",
    "old {} carriage, this kleb is neg", "that {} positive was under the wrong MRN, ours is negative",
    "{} :thumbsdown:",
    "{} [ ] pos [x] neg", "scratch that {}, I misread it", "no longer called {}, final = AmpC",
    "letter says {}, the lab has since corrected that to AmpC",
)  # fmt: skip
SOMEBODYS = (
    "the {} flagged in our group chat belonged to the man in bed 7", "wrong pt!! the {} msg was for mr in 20",
    "please remove the {} flag", "the lab have taken back the {} call", "the preliminary {} was overturned today",
    "he had {} in Nov. This Kleb is negative on PCR", "{} in the old notes. Current isolate is pan-sensitive",
    "it was the donor, not our recipient, who had {}", "the {} is the man in the next bay",
    "{} was the lady in bed 9",
    "the {} kleb belongs to the other Mr Khan", "the {} one is my other pt",
)  # fmt: skip
CONTRADICTED = (
    "a verbal that {} was pos and then a written that it wasn't", "{} pos on strip, neg on PCR, lab rechecking",
    "their lab called it {}, ours couldn't reproduce it", "possible {}, Carba NP pos only", "{}: ______",
    "{} pos on LFA but neg PCR", "Xpert says {} pos but Carba-5 says neg",
    "discrepant: first bottle {} pos, second neg",
)  # fmt: skip
INNOCENT = (
    "{} gene positive, other resistance genes negative. bacteremia", "{}?? what do i use", "it's {} but where from??",
    "what if it's {}, bacteremia", "and if {}?", "just {}, no other genes. bacteremia", "cza for {} VAP?",
    "{} bacteremia anyone?", "new pt with {} bacteremia", "{} UTI, send him home on what?", "{}: yes, in blood",
    "grew {} on Monday, bacteremia", "do {} patients need isolation?", "{} confirmed before transfer, bacteremia",
    "rounds in the morning, {} bacteremia", "his {} bacteremia cleared up on cza, how long?",
    "is it {}? Yes, PCR today",
)  # fmt: skip


@pytest.mark.parametrize(
    "said", [*REQUESTED, *AWAITED, *GUESSED, *UNHEARD, *DENIED, *SOMEBODYS, *CONTRADICTED], ids=str
)
@pytest.mark.parametrize("name", ["KPC", "OXA-48"])
def test_what_nobody_states_is_not_taken_as_present(said: str, name: str) -> None:
    """Neither alone nor beside the site and the organism of the case."""
    ident = {"KPC": "kpc", "OXA-48": "oxa48"}[name]
    for text in (said.format(name), f"CRE bacteraemia, E. coli. {said.format(name)}"):
        assert ident not in read(text).flat()["mechanisms"], text


@pytest.mark.parametrize("said", INNOCENT)
def test_innocent_words_leave_the_mechanism(said: str) -> None:
    """The same words, said of something else or asking what to do."""
    assert read(said.format("NDM")).flat()["mechanisms"] == ["ndm"]


@pytest.mark.parametrize(
    ("text", "mechanisms"),
    [
        ("KPC/NDM/VIM: +/-/-", ["kpc"]), ("KPC/NDM/VIM -/-/+ blood", ["vim"]), ("KPC | NDM = - | +", ["ndm"]),
        ("KPC, NDM +/-", []), ("KPC +/-", []), ("KPC/NDM/VIM: +/-", []),
        ("correction: OXA-48, KPC negative", ["oxa48"]),
    ],
)  # fmt: skip
def test_a_row_of_signs_has_one_for_each_name(text: str, mechanisms: list[str]) -> None:
    """As many signs as names; any other number is asked about."""
    assert read(text).flat()["mechanisms"] == mechanisms


def test_another_patient_in_the_thread_starts_anew() -> None:
    """What the thread settled is not of the patient now asked about."""
    found = read("thanks. different pt: pneumonia, CrCl 20", "followup", ("ndm",), ("bacteremia",))
    assert (found.flat()["mechanisms"], found.flat()["sites"]) == ([], ["pneumonia"])
    assert found.must_ask == ("mechanism",)
    same = read("CrCl is 20 today", "followup", ("ndm",), ("bacteremia",))
    assert (same.flat()["mechanisms"], same.flat()["sites"]) == (["ndm"], ["bacteremia"])
