"""`cre-bot knowledge …`: what a pharmacist does from a changed dose to "Approved", and what is refused on the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import time_machine
from typer.testing import CliRunner, Result

from bot.__main__ import app
from knowledge.files import DATA_FOLDER, content_digest
from tests.signing import copy_of_the_data

MVB = "antimicrobials/meropenem-vaborbactam.toml"
MARIA = ("--name", "Maria Example", "--role", "ID pharmacist")
JON = ("--name", "Jon Sample", "--role", "ID physician")
ROOT = DATA_FOLDER.parent.parent
TODAY = "2026-11-23T10:00:00Z"
SVG = "{http://www.w3.org/2000/svg}"
runner = CliRunner(env={"COLUMNS": "400"})  # tables that fold would part the words looked for


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("CRE_", "SLACK_")) or name in ("REDIS_URL", "PORT", "HOST"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hospital's copy of the content, named by setting."""
    copy = copy_of_the_data(tmp_path / "data")
    monkeypatch.setenv("CRE_KNOWLEDGE_DIR", str(copy))
    return copy


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Maria and Jon have keys, and the operator's file names both as `keygen` printed them."""
    tables = []
    for name, who in (("maria", MARIA), ("jon", JON)):
        result = knowledge("keygen", str(tmp_path / f"{name}.key"), *who)
        assert result.exit_code == 0
        tables.append(result.stdout.partition("\n\n")[2])
    signers = tmp_path / "signers.toml"
    signers.write_text("\n".join(tables))
    monkeypatch.setenv("CRE_SIGNERS_FILE", str(signers))
    return signers


def knowledge(*arguments: str) -> Result:
    return runner.invoke(app, ["knowledge", *arguments])


def sign(tmp_path: Path, key: str, who: tuple[str, ...], *more: str) -> Result:
    with time_machine.travel(TODAY, tick=False):
        return knowledge("sign", "--key", str(tmp_path / f"{key}.key"), *who, *more)


def told(*arguments: str) -> dict[str, Any]:
    result = knowledge(*arguments, "--json")
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "arguments", [[], ["check"], ["show"], ["diff"], ["coverage"], ["record"], ["keygen"], ["sign"], ["status"]]
)
def test_every_command_explains_itself(arguments: list[str]) -> None:
    """--help of each."""
    result = knowledge(*arguments, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_check_says_what_was_found_sound() -> None:
    """The shipped content has no fault; exit code 0."""
    result = knowledge("check")
    assert result.exit_code == 0
    assert result.stdout.startswith("Sound: edition 2026.1, 27 antimicrobials")


def test_check_names_every_fault_of_content_and_words_at_once(tmp_path: Path) -> None:
    """Faults of shape, of reference and of words, each with file, key and remedy; exit code 1; so from -m knowledge."""
    data = copy_of_the_data(tmp_path / "data")
    for name, old, new in (
        (MVB, 'drug_class = "', 'drug_klass = "'),
        ("safety_rules.toml", 'id = "rule-01"', 'idd = "rule-01"'),
        ("vocabulary/sites.toml", 'id = "cuti"', 'id = "kidney"'),
        ("recommendations.toml", '["colistin"]', '["collistin"]'),
    ):
        path = data / name
        path.write_text(path.read_text().replace(old, new, 1))
    result = knowledge("check", str(data))
    assert result.exit_code == 1
    seen = flat(result.stderr)
    for words in (
        MVB,
        "drug_klass: Extra inputs are not permitted",
        "remove the key or correct its spelling",
        "safety_rules.toml",
        "vocabulary/sites.toml",
        "id: unknown",
    ):
        assert words in seen, words
    plain = subprocess.run(
        [sys.executable, "-m", "knowledge", "check", str(data)], capture_output=True, text=True, check=False
    )
    assert plain.returncode == 1
    assert f"{MVB}: antimicrobials: drug_klass: Extra inputs are not permitted" in plain.stderr
    assert "vocabulary/sites.toml: " in plain.stderr
    assert 'antimicrobial "collistin" has no file in antimicrobials/: add the file' in plain.stderr
    assert "mvb-dur" not in plain.stderr  # an id inside a faulty file is not said to be missing too


def test_check_sees_words_without_an_antimicrobial_and_the_reverse(tmp_path: Path) -> None:
    """An antimicrobial that nobody can name would never be found out otherwise."""
    data = copy_of_the_data(tmp_path / "data")
    path = data / "vocabulary" / "antimicrobials.toml"
    path.write_text(path.read_text().replace('id = "minocycline"', 'id = "minociclin"'))
    seen = flat(knowledge("check", str(data)).stderr)
    assert 'antimicrobial "minociclin": has no file' in seen
    assert "antimicrobials/minocycline.toml" in seen


def test_python_m_knowledge_check_is_sound() -> None:
    """Without Slack, Redis or typer."""
    plain = subprocess.run([sys.executable, "-m", "knowledge", "check"], capture_output=True, text=True, check=True)
    assert plain.stdout.startswith("Sound: edition 2026.1")


def test_show_is_what_a_clinician_would_see() -> None:
    """By words and by ids the same regimens; past the review date with the banner."""
    by_words = knowledge("show", "kpc bacteremia, eGFR 40", "--on", "2026-12-01")
    by_ids = knowledge("show", "--mechanism", "kpc", "--site", "bacteremia", "--egfr", "40", "--on", "2026-12-01")
    assert by_words.exit_code == by_ids.exit_code == 0
    assert by_words.stdout == by_ids.stdout
    assert "2 g (1 g + 1 g) IV every 8 h over 3 h" in flat(by_ids.stdout)
    assert "was due for review" not in by_ids.stdout
    late = knowledge("show", "--mechanism", "kpc", "--site", "bacteremia", "--on", "2027-05-23")
    assert "This content was due for review on 22 May 2027." in flat(late.stdout)
    assert told("show", "--mechanism", "unknown", "--site", "cns")["kind"] == "not_covered"
    assert told("show", "kpc cystitis")["answer"]["status"] == "Awaiting review"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["kpc", "--mechanism", "kpc"],
        ["kpc cystitis", "--crcl", "30"],
        ["--mechanism", "kpc", "--site", "cuti", "--crcl", "30", "--egfr", "30"],
        ["--mechanism", "esbl", "--site", "cuti"],
    ],
)
def test_show_refuses_what_it_cannot_mean(arguments: list[str]) -> None:
    """Exit code 2 and a sentence."""
    result = knowledge("show", *arguments)
    assert result.exit_code == 2
    assert result.stderr.strip()


def test_diff_tells_clinical_changes_in_words(folder: Path) -> None:
    """Exit code 1 for changes, 0 for none, 2 for a folder with faults."""
    assert knowledge("diff", str(DATA_FOLDER), str(folder)).exit_code == 0
    path = folder / MVB
    path.write_text(path.read_text().replace('amount = "2"', 'amount = "3"', 1))
    result = knowledge("diff", str(DATA_FOLDER), str(folder))
    assert result.exit_code == 1
    sentence = (
        "meropenem-vaborbactam, eGFR 30-49 mL/min: was 2 g (1 g + 1 g) IV every 8 h over 3 h, "
        "is 3 g (1 g + 1 g) IV every 8 h over 3 h"
    )
    assert f"- {sentence}  [{MVB}]" in result.stdout
    assert "1 change. Check each against its source before you sign." in result.stdout
    assert "Both have the same edition number" in result.stdout
    assert told("diff", str(DATA_FOLDER), str(folder)) == {
        "from": {"edition": "2026.1", "digest": content_digest()},
        "to": {"edition": "2026.1", "digest": content_digest(folder)},
        "changes": [{"section": "Antimicrobials", "file": MVB, "text": sentence}],
    }
    path.write_text("x")
    broken = knowledge("diff", str(DATA_FOLDER), str(folder))
    assert broken.exit_code == 2
    assert "mend its faults first" in flat(broken.stderr)


def test_diff_knows_a_comment_from_a_change(folder: Path) -> None:
    """Another digest, the same content: said so, exit code 0."""
    with (folder / MVB).open("a") as file:
        file.write("# a comment\n")
    result = knowledge("diff", str(DATA_FOLDER), str(folder))
    assert result.exit_code == 0
    assert "comments, order or spacing only" in result.stdout


def test_from_an_edit_to_the_record(folder: Path) -> None:
    """Checked, shown and compared before it is recorded; each says that it is not; recorded, nothing is left to say."""
    path = folder / MVB
    path.write_text(path.read_text().replace('amount = "2"', 'amount = "3"', 1))
    checked = knowledge("check")
    assert checked.exit_code == 1
    assert "is not as recorded in SHA256SUMS" in flat(checked.stderr)
    assert "`cre-bot knowledge check`, `diff` and `record`" in flat(checked.stderr)
    note = f"Not as recorded (changed: {MVB}). No bot answers from it before `record`."
    shown = knowledge("show", "kpc bacteremia, eGFR 40")
    assert "3 g (1 g + 1 g) IV every 8 h over 3 h" in flat(shown.stdout)
    assert note in shown.stderr
    assert note in knowledge("coverage").stderr
    assert f"B: {note}" in knowledge("diff", str(DATA_FOLDER), str(folder)).stderr
    recorded = knowledge("record")
    assert recorded.exit_code == 0
    assert f"- changed: {MVB}" in recorded.stdout
    assert "edition.toml is as before: give changed content a number and dates of its own" in recorded.stdout
    assert knowledge("check").exit_code == 0
    assert knowledge("show", "kpc bacteremia").stderr == ""
    assert "Nothing to record" in knowledge("record").stdout


def test_record_refuses_what_is_faulty_or_cannot_be_written(folder: Path) -> None:
    """And leaves the list as it was; `python -m knowledge record` does the same."""
    before = (folder / "SHA256SUMS").read_bytes()
    (folder / MVB).write_text("x")
    for result in (knowledge("record"), knowledge("record", str(folder))):
        assert result.exit_code == 1
        assert "Not recorded: mend these faults first." in result.stderr
    plain = subprocess.run(
        [sys.executable, "-m", "knowledge", "record", str(folder)], capture_output=True, text=True, check=False
    )
    assert plain.returncode == 1
    assert MVB in plain.stderr
    assert (folder / "SHA256SUMS").read_bytes() == before
    (folder / MVB).write_bytes((DATA_FOLDER / MVB).read_bytes() + b"# a comment\n")
    plain = subprocess.run(
        [sys.executable, "-m", "knowledge", "record", str(folder)], capture_output=True, text=True, check=True
    )
    assert f"- changed: {MVB}" in plain.stdout


def test_check_reads_the_local_files_too(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their faults stand beside those of the edition; sound, they are named."""
    local = tmp_path / "local"
    shutil.copytree(ROOT / "deploy" / "example-hospital", local)
    monkeypatch.setenv("CRE_LOCAL_DIR", str(local))
    assert "Sound: local files of Example General Hospital" in knowledge("check").stdout
    (local / "hide.toml").write_text('[[hide]]\nantimicrobials = ["collistin"]\nreason = "x"\n')
    (folder / MVB).write_text("x")
    seen = flat(knowledge("check").stderr)
    assert MVB in seen
    assert "hide.toml" in seen


def test_coverage_as_table_json_and_picture(tmp_path: Path) -> None:
    """The same totals in all three; the picture says everything in words and is well-formed."""
    picture = tmp_path / "coverage.svg"
    table = knowledge("coverage", "--svg", str(picture))
    assert table.exit_code == 0
    found = told("coverage")
    assert len(found["cells"]) == sum(found["totals"].values()) == 80
    total = f"80 combinations: {found['totals']['preferred']} preferred"
    assert total in table.stdout
    svg = Xml.parse(picture).getroot()  # noqa: S314 (our own file)
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title", "").startswith("Coverage of edition 2026.1")
    assert total in svg.findtext(f"{SVG}desc", "")
    labels = [group.findtext(f"{SVG}title", "") for group in svg.findall(f"{SVG}g")]
    assert len(labels) == 80
    assert "KPC, bloodstream: 3 preferred, 2 alternative" in labels
    words = [" ".join(text.text or "" for text in group.findall(f"{SVG}text")) for group in svg.findall(f"{SVG}g")]
    assert words.count("not covered") == found["totals"]["not covered"]


def test_coverage_says_when_the_picture_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is not there."""
    result = knowledge("coverage", "--svg", str(tmp_path / "no" / "coverage.svg"))
    assert result.exit_code == 1
    assert "can't be written" in flat(result.stderr)


def test_a_key_is_the_reviewer_s_alone_and_never_written_over(tmp_path: Path, trusted: Path) -> None:
    """0600 from its first moment; the second `keygen` to the same file is refused and changes nothing."""
    key = tmp_path / "maria.key"
    before = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    again = knowledge("keygen", str(key), *MARIA)
    assert again.exit_code == 1
    assert key.read_bytes() == before
    assert before.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert "PRIVATE" not in trusted.read_text()


def test_a_key_with_a_passphrase(tmp_path: Path, folder: Path, trusted: Path) -> None:
    """Asked for without echo, at making and at signing; a wrong one signs nothing, the file alone is of no use."""
    secret = "two words and a lamp"
    key = tmp_path / "locked.key"
    answers = f"{secret}\n{secret}\n"
    made = runner.invoke(app, ["knowledge", "keygen", str(key), *MARIA, "--passphrase"], input=answers)
    assert made.exit_code == 0
    assert secret not in made.output
    assert key.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    trusted.write_text(made.stdout.partition("\n\n")[2])
    arguments = ["knowledge", "sign", "--key", str(key), *MARIA]
    with time_machine.travel(TODAY, tick=False):
        wrong = runner.invoke(app, arguments, input="something else\n")
        nothing_said = runner.invoke(app, arguments, input="")
        right = runner.invoke(app, arguments, input=f"{secret}\n")
    assert wrong.exit_code == nothing_said.exit_code == 1
    assert "does not open with this passphrase" in flat(wrong.stderr)
    assert right.exit_code == 0, right.output
    assert secret not in right.output
    assert "Passphrase of locked.key" in right.stderr
    assert len(list(folder.glob("signoffs/*"))) == 1


def test_from_two_signatures_to_approved_and_back(tmp_path: Path, folder: Path, trusted: Path) -> None:
    """Sign, sign, approved in every answer; one digit changed, awaiting review."""
    first = sign(tmp_path, "maria", MARIA)
    assert first.exit_code == 0
    assert "Status: Awaiting review (1 more reviewer needed)" in first.stdout
    second = sign(tmp_path, "jon", JON)
    approved = "Approved by Jon Sample, ID physician and Maria Example, ID pharmacist on 23 November 2026"
    assert f"Status: {approved}" in second.stdout
    shown = runner.invoke(app, ["ask", "kpc bacteremia"])
    assert f"Status: {approved}." in flat(shown.stdout)
    found = told("status")
    assert (found["status"], found["missing"]) == (approved, 0)
    assert [record["counts"] for record in found["signoffs"]] == [True, True]

    path = folder / MVB
    path.write_text(path.read_text().replace('amount = "2"', 'amount = "3"', 1))
    refused = runner.invoke(app, ["ask", "kpc bacteremia"])
    assert refused.exit_code == 1
    assert f"{MVB}: is not as recorded" in flat(refused.stderr)
    looked = knowledge("status")
    assert f"Not as recorded (changed: {MVB}). No bot answers from it before `record`." in looked.stderr
    assert told("status")["not_recorded"] == [MVB]
    assert knowledge("record").exit_code == 0
    result = knowledge("status")
    assert result.exit_code == 0
    assert "Status: Awaiting review (2 more reviewers needed)" in result.stdout
    assert flat(result.stdout).count("signs other content") == 2
    assert "Status: Awaiting review." in flat(runner.invoke(app, ["ask", "kpc bacteremia"]).stdout)


def other_kind_of_key(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    body = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "maria.key").write_bytes(body)


def open_to_all(tmp_path: Path) -> None:
    (tmp_path / "maria.key").chmod(0o644)


def no_key(tmp_path: Path) -> None:
    (tmp_path / "maria.key").write_text("hello")


def nothing(tmp_path: Path) -> None:
    """As it is."""


def edited_data(tmp_path: Path) -> None:
    with (tmp_path / "data" / "sites.toml").open("a") as file:
        file.write("# a comment\n")


def faulty_data(tmp_path: Path) -> None:
    (tmp_path / "data" / "sites.toml").unlink()


def no_signers(tmp_path: Path) -> None:
    (tmp_path / "signers.toml").write_text("name = 1\n")


@pytest.mark.parametrize(
    ("before", "key", "who", "more", "why"),
    [
        (nothing, "jon", MARIA, (), "this is a wrong key"),
        (nothing, "maria", ("--name", "Eve Stranger", "--role", "MD"), (), "trusts nobody called"),
        (nothing, "maria", ("--name", "Maria Example", "--role", "chief"), (), 'as "ID pharmacist", not as "chief"'),
        (nothing, "nobody", MARIA, (), "can't be read"),
        (open_to_all, "maria", MARIA, (), "can be read by others"),
        (no_key, "maria", MARIA, (), "holds no private key"),
        (other_kind_of_key, "maria", MARIA, (), "a key of another kind"),
        (nothing, "maria", MARIA, ("--date", "2026-11-24"), "is in the future"),
        (nothing, "maria", MARIA, ("--date", "2026-11-21"), "is before this edition was compiled"),
        (faulty_data, "maria", MARIA, (), "mend these faults first"),
        (edited_data, "maria", MARIA, (), "is not as recorded"),
        (no_signers, "maria", MARIA, (), "only [[signer]] tables belong here"),
    ],
)
def test_a_wrong_key_name_day_or_content_is_not_signed(
    tmp_path: Path,
    folder: Path,
    trusted: Path,
    before: Callable[[Path], None],
    key: str,
    who: tuple[str, ...],
    more: tuple[str, ...],
    why: str,
) -> None:
    """Refused with the reason, and no record is left behind."""
    before(tmp_path)
    result = sign(tmp_path, key, who, *more)
    assert result.exit_code == 1
    assert why in flat(result.stderr)
    assert list(folder.glob("signoffs/*")) == []


def test_the_same_content_is_signed_once_and_where_the_setting_says(
    tmp_path: Path, folder: Path, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record is never written over."""
    monkeypatch.setenv("CRE_SIGNOFFS_DIR", str(tmp_path / "records"))
    assert sign(tmp_path, "maria", MARIA).exit_code == 0
    (record,) = (tmp_path / "records").iterdir()
    assert record.name == f"2026.1-{content_digest(folder)[:12]}-maria-example.toml"
    assert sign(tmp_path, "maria", MARIA).exit_code == 1
    assert not (folder / "signoffs").exists()


def test_without_trusted_signers_a_signature_counts_for_nobody(
    tmp_path: Path, folder: Path, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said at signing and in the status."""
    monkeypatch.delenv("CRE_SIGNERS_FILE")
    assert "counts for nobody yet" in flat(sign(tmp_path, "maria", MARIA).stdout)
    seen = flat(knowledge("status").stdout)
    assert "CRE_SIGNERS_FILE is not set: nobody's signature counts here." in seen
    assert "no trusted signer has this name" in seen


def test_status_says_when_the_review_is_overdue() -> None:
    """From the day after the review date."""
    assert told("status", "--on", "2027-05-22")["review_overdue"] is False
    late = knowledge("status", "--on", "2027-05-23")
    assert "past it: every answer carries a banner" in flat(late.stdout)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "signer: missing"),
        ("[[signer]]\nname = 'A B'\nrole = 'MD'\n", "public_key: Field required"),
        ("[[signer]]\nname = 'A B'\nrole = 'MD'\npublic_key = 'AAAA'\n", "not an Ed25519 public key"),
        ("[[signer]\n", "not valid TOML"),
    ],
)
def test_a_faulty_signers_file_is_named_and_nothing_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, why: str
) -> None:
    """A misspelt list of signers must not pass for an empty one."""
    signers = tmp_path / "signers.toml"
    signers.write_text(body)
    monkeypatch.setenv("CRE_SIGNERS_FILE", str(signers))
    for arguments in (["knowledge", "status"], ["ask", "kpc bacteremia"]):
        result = runner.invoke(app, arguments)
        assert result.exit_code == 1
        assert why in flat(result.stderr)


def test_one_key_is_one_person_s(tmp_path: Path, trusted: Path) -> None:
    """The same public key under two names is a fault, else one person could approve alone."""
    trusted.write_text(trusted.read_text().split("\n\n")[0] + "\n" + trusted.read_text().replace("Maria", "Mario"))
    result = knowledge("status")
    assert result.exit_code == 1
    assert "is somebody else's too" in flat(result.stderr)


@pytest.mark.parametrize("command", ["--help", "check", "status", "coverage"])
def test_knowledge_commands_load_neither_slack_nor_redis(command: str) -> None:
    """They are for a pharmacist's laptop; and without a record nothing of cryptography is loaded either."""
    code = (
        "import sys\nfrom bot.__main__ import app\n"
        f"try:\n    app(['knowledge', {command!r}])\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'aiohttp', 'slack_bolt', 'slack_sdk', 'redis', 'uvloop', 'cryptography'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_list_of_signers_is_not_kept_beside_what_it_vouches_for(
    folder: Path, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can write a record could else name themselves a signer."""
    for place in (folder / "signoffs", folder.parent / "records"):
        place.mkdir()
        monkeypatch.setenv("CRE_SIGNERS_FILE", str(trusted.rename(place / "signers.toml")))
        monkeypatch.setenv("CRE_SIGNOFFS_DIR", str(folder.parent / "records"))
        assert "is in the folder that it is to vouch for" in flat(knowledge("status").stderr)
        trusted = place / "signers.toml"
