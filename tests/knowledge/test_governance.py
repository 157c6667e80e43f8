"""The status of an edition is computed from signatures over exactly its content; nothing else can raise it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.signing import verify
from handlers.layouts import View, render
from handlers.layouts.labels import Names
from handlers.replies import parsed_from
from handlers.responding import respond
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.files import DataFiles, content_digest
from knowledge.governance.coverage import MECHANISMS, SITES, Cover, coverage, totals
from knowledge.governance.recording import record
from knowledge.governance.signing import ReviewRules, Signer, SignOff, statement
from knowledge.question import Question
from knowledge.terms import Mechanism, Site
from tests.signing import DAY, EDITION, Reviewer, approve, copy_of_the_data, put

MARIA = Reviewer("Maria Example", "ID pharmacist")
JON = Reviewer("Jon Sample", "ID physician")
APPROVED = "Approved by Jon Sample, ID physician and Maria Example, ID pharmacist on 23 November 2026"
KPC_BLOOD = Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_the_data(tmp_path / "data")


def rules(*signers: Signer, needed: int = 2) -> ReviewRules:
    return ReviewRules(signers or (MARIA.signer(), JON.signer()), needed=needed, verify=verify)


def status(folder: Path, given: ReviewRules | None = None) -> str:
    return KnowledgeBase.load(folder, given or rules()).status


def reasons(folder: Path, given: ReviewRules | None = None) -> list[str]:
    reviewed = KnowledgeBase.load(folder, given or rules()).review
    assert reviewed is not None
    return [verdict.why for verdict in reviewed.verdicts]


def page(knowledge: KnowledgeBase, on: date) -> str:
    reply = respond(parsed_from(KPC_BLOOD), knowledge, on=on)
    payload = render(reply, View(names=Names.of(knowledge), on_call="pager 4242"))
    return f"{payload['text']}\n{payload['blocks']}"


def test_the_shipped_content_awaits_review() -> None:
    """Nobody has signed it, whoever is trusted."""
    assert KnowledgeBase.load().status == "Awaiting review"
    assert KnowledgeBase.load(None, rules()).status == "Awaiting review"


def test_two_trusted_reviewers_approve_exactly_this_content(folder: Path) -> None:
    """One is not enough; with the second the status names both and the day, in every answer."""
    approve(folder, MARIA)
    assert status(folder) == "Awaiting review"
    approve(folder, JON)
    knowledge = KnowledgeBase.load(folder, rules())
    assert knowledge.status == APPROVED
    assert knowledge.answer(KPC_BLOOD).status == APPROVED
    assert knowledge.answer(Question(mechanisms=(Mechanism.UNKNOWN,), sites=(Site.CNS,))).status == APPROVED
    assert page(knowledge, DAY).count(APPROVED) == 2  # blocks and text


def test_one_changed_digit_drops_the_status(folder: Path) -> None:
    """2 g becomes 3 g after sign-off: awaiting review, and the record says which content it was for."""
    approve(folder, MARIA, JON)
    signed = content_digest(folder)
    drug = folder / "antimicrobials" / "meropenem-vaborbactam.toml"
    drug.write_text(drug.read_text().replace('amount = "2"', 'amount = "3"', 1))
    with pytest.raises(KnowledgeDataError, match="is not as recorded"):
        status(folder)
    record(folder)
    assert status(folder) == "Awaiting review"
    assert reasons(folder) == [f"signs other content (edition 2026.1, digest {signed[:12]}), not this one"] * 2
    assert "Awaiting review" in page(KnowledgeBase.load(folder, rules()), DAY)
    drug.write_text(drug.read_text().replace('amount = "3"', 'amount = "2"', 1))
    record(folder)
    assert status(folder) == APPROVED


@pytest.mark.parametrize("change", ["vocabulary/sites.toml", "edition.toml", "sources.toml"])
def test_any_other_change_drops_it_too(folder: Path, change: str) -> None:
    """A word of the vocabulary, a comment: all of it was reviewed, so all of it counts."""
    approve(folder, MARIA, JON)
    with (folder / change).open("a") as file:
        file.write("# a comment\n")
    record(folder)
    assert status(folder) == "Awaiting review"


def test_nobody_is_trusted_by_default(folder: Path) -> None:
    """Without the operator's list, and without a way to verify, signatures count for nothing."""
    approve(folder, MARIA, JON)
    assert KnowledgeBase.load(folder).status == "Awaiting review"
    unverified = ReviewRules((MARIA.signer(), JON.signer()))
    assert status(folder, unverified) == "Awaiting review"


def tampered(**changes: object) -> Callable[[SignOff], SignOff]:
    return lambda record: record.model_copy(update=changes)


@pytest.mark.parametrize(
    ("by", "change", "why"),
    [
        (Reviewer("Jon Sample", "ID physician"), tampered(), "of another key, or the record was changed"),
        (JON, tampered(signed_on=date(2026, 11, 24)), "of another key, or the record was changed"),
        (JON, tampered(signature="AAAA"), "of another key, or the record was changed"),
        (JON, tampered(reviewer="Maria Example", role="ID pharmacist"), "of another key, or the record was changed"),
        (JON, tampered(role="chief of everything"), "trusted as ID physician, not as chief of everything"),
        (JON, tampered(edition="2026.2"), "signs other content (edition 2026.2"),
        (JON, tampered(digest="0" * 64), "signs other content (edition 2026.1, digest 000000000000)"),
        (Reviewer("Eve Stranger", "ID physician"), tampered(), "no trusted signer has this name"),
    ],
)
def test_wrong_keys_tampered_records_and_strangers_do_not_count(
    folder: Path, by: Reviewer, change: Callable[[SignOff], SignOff], why: str
) -> None:
    """Each is named with its reason, and the other reviewer's approval alone is not enough."""
    approve(folder, MARIA)
    put(folder, change(by.sign_off(content_digest(folder))), "second")
    assert status(folder) == "Awaiting review"
    assert any(why in reason for reason in reasons(folder))


def test_the_same_reviewer_twice_is_one_reviewer(folder: Path) -> None:
    """Also with a second key, another day and another spelling."""
    second = Reviewer("MARIA Example", "ID pharmacist")
    digest = content_digest(folder)
    put(folder, MARIA.sign_off(digest), "a")
    put(folder, second.sign_off(digest, DAY + timedelta(days=1)), "b")
    given = rules(MARIA.signer(), second.signer(), JON.signer())
    assert status(folder, given) == "Awaiting review"
    assert reasons(folder, given) == ["", "this reviewer is counted already: another one is needed"]


def test_dates_outside_the_edition_s_life_do_not_count(folder: Path) -> None:
    """Before it was compiled, after its review date (expired), after the last day of a key."""
    digest = content_digest(folder)
    put(folder, MARIA.sign_off(digest, date(2026, 11, 21)), "a")
    put(folder, JON.sign_off(digest, date(2027, 5, 23)), "b")
    assert [reason.split(" (")[0] for reason in reasons(folder)] == [
        "dated before this edition was compiled",
        "dated after this edition's review date",
    ]
    put(folder, MARIA.sign_off(digest), "a")
    put(folder, JON.sign_off(digest), "b")
    left = rules(MARIA.signer(), JON.signer(until=DAY - timedelta(days=1)))
    assert reasons(folder, left) == ["", "signed after this key's last day (2026-11-22)"]
    assert status(folder, left) == "Awaiting review"
    assert status(folder, rules(MARIA.signer(), JON.signer(until=DAY))) == APPROVED


def test_what_is_no_record_counts_for_nothing_and_stops_nothing(folder: Path) -> None:
    """The bot still answers; the status says what is wrong with the file."""
    approve(folder, MARIA, JON)
    records = folder / "signoffs"
    (records / "x1.toml").write_text("approved = true")
    (records / "x2.toml").write_text('[signoff]\nstatus = "Approved"\n')
    (records / "x3.toml").write_bytes(b"\xff")
    (records / "x4.toml").write_text("signoff = 3\n")
    assert status(folder) == APPROVED
    assert [why.split(" ")[0] for why in reasons(folder)] == ["", "", "not", "not", "not", "not"]


def test_how_many_are_needed_is_the_hospital_s_choice(folder: Path) -> None:
    """One reviewer or three; never none."""
    approve(folder, MARIA)
    assert status(folder, rules(needed=1)) == "Approved by Maria Example, ID pharmacist on 23 November 2026"
    approve(folder, JON)
    assert status(folder, rules(needed=3)) == "Awaiting review"
    assert (
        status(folder, rules(MARIA.signer(), needed=0))
        == "Approved by Maria Example, ID pharmacist on 23 November 2026"
    )


def test_records_may_be_in_a_folder_of_the_hospital(folder: Path, tmp_path: Path) -> None:
    """Then those beside the data are not read."""
    approve(folder, MARIA, JON)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    given = ReviewRules((MARIA.signer(), JON.signer()), folder=elsewhere, verify=verify)
    assert status(folder, given) == "Awaiting review"
    (folder / "signoffs").rename(elsewhere / "signoffs")
    assert status(folder, ReviewRules(given.signers, folder=elsewhere / "signoffs", verify=verify)) == APPROVED


def test_a_statement_can_be_read_in_one_way_only() -> None:
    """A line break in a field could forge another field, so it is refused."""
    assert statement(EDITION, "ab", "Jon", "MD", DAY).decode().splitlines() == [
        "cre-bot sign-off, version 1",
        "edition: 2026.1",
        "digest: ab",
        "reviewer: Jon",
        "role: MD",
        "date: 2026-11-23",
    ]
    with pytest.raises(ValueError, match="not printable"):
        SignOff(edition=EDITION, digest="0" * 64, reviewer="Jon\nrole: x", role="MD", signed_on=DAY, signature="AAAA")


def test_past_the_review_date_every_answer_carries_a_banner(folder: Path) -> None:
    """Approved or not; on the last day it does not yet."""
    approve(folder, MARIA, JON)
    knowledge = KnowledgeBase.load(folder, rules())
    banner = "This content was due for review on 22 May 2027."
    assert banner not in page(knowledge, date(2027, 5, 22))
    late = page(knowledge, date(2027, 5, 23))
    assert late.count(banner) == 2
    assert APPROVED in late


def test_what_is_signed_is_what_was_read(folder: Path) -> None:
    """The files are read once: a change behind the reader's back is neither in the content nor in its digest."""
    files = DataFiles.of(folder)
    digest = content_digest(folder)
    drug = folder / "antimicrobials" / "meropenem-vaborbactam.toml"
    drug.write_text(drug.read_text().replace('amount = "2"', 'amount = "3"', 1))
    assert content_digest(folder) != digest
    knowledge = KnowledgeBase.load(files)
    assert knowledge.digest == digest
    assert knowledge.content == KnowledgeBase.load().content


def test_the_coverage_table_adds_up() -> None:
    """8 mechanisms by 10 sites, each cell what the answer offers."""
    cells = coverage(KnowledgeBase.load())
    assert len(cells) == len(MECHANISMS) * len(SITES) == 80
    assert sum(totals(cells).values()) == 80
    at = {(cell.mechanism, cell.site): cell for cell in cells}
    assert at[Mechanism.KPC, Site.BACTEREMIA].text == "3 preferred, 2 alternative"
    assert at[Mechanism.VIM, Site.BACTEREMIA].cover is Cover.ELSEWHERE
    assert at[Mechanism.VIM, Site.SSTI].text == "2 alternative only"
    for site in SITES:
        assert at[Mechanism.UNKNOWN, site].cover is Cover.NOT_COVERED
    for mechanism in MECHANISMS:
        assert at[mechanism, Site.CNS].cover is at[mechanism, Site.ENDOCARDITIS].cover is Cover.NOT_COVERED
    for cell in cells:
        assert (cell.cover is Cover.PREFERRED) == (cell.preferred > 0)
