"""A hospital's own files: they add, restrict and hide under their own name, and can loosen nothing."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge.answer import Answer, NotCovered
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeDataError
from knowledge.files import DATA_FOLDER
from knowledge.loading import load_content
from knowledge.overlay import NOTHING_LEFT
from knowledge.overlay_loading import load_overlay
from knowledge.question import Question
from knowledge.terms import Intent, Mechanism, Site

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "deploy" / "example-hospital"
KPC_BLOOD = Question(mechanisms=(Mechanism.KPC,), sites=(Site.BACTEREMIA,))
KPC_LUNG = Question(mechanisms=(Mechanism.KPC,), sites=(Site.PNEUMONIA,))
NDM_BLOOD = Question(mechanisms=(Mechanism.NDM,), sites=(Site.BACTEREMIA,))
KPC_CUTI = Question(mechanisms=(Mechanism.KPC,), sites=(Site.CUTI,))
HOSPITAL = """[hospital]
name = "St Invented's"
owner = "pharmacy"
dated = 2026-10-01
review_due_on = 2027-10-01
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Local files by name (without .toml); the hospital's own is there unless given."""

    def written(**files: str) -> Path:
        for name, text in {"hospital": HOSPITAL, **files}.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return written


def faults_of(folder: Path, data: Path | None = None) -> str:
    with pytest.raises(KnowledgeDataError) as caught:
        KnowledgeBase.load(data, local=folder)
    return "\n".join(caught.value.faults)


def answered(folder: Path, question: Question, on: date | None = None) -> Answer:
    result = KnowledgeBase.load(local=folder).answer(question, on=on)
    assert isinstance(result, Answer)
    return result


def marks_of(answer: Answer, antimicrobial: str) -> list[str]:
    views = (*answer.preferred, *answer.alternative, *answer.reserve, *answer.focus, *answer.elsewhere)
    return [line.text for view in views if antimicrobial in view.antimicrobials for line in view.local]


def test_without_local_files_an_answer_says_nothing_local() -> None:
    """No folder: no local view, no digest, no marks."""
    answer = KnowledgeBase.load().answer(KPC_BLOOD)
    assert answer.local is None
    assert answer.edition.overlay_digest is None


def test_every_local_line_says_whose_it_is_and_since_when(write: Write) -> None:
    """Label, hospital, owner and date stand with each line; an entry may have an owner and date of its own."""
    folder = write(
        restrictions='[[restriction]]\nantimicrobials = ["ceftazidime-avibactam"]\ntext = "ID approval"\n'
        'owner = "stewardship"\ndated = 2026-11-02\n',
        formulary='[[formulary]]\nantimicrobials = ["ceftazidime-avibactam"]\nstatus = "on_formulary"\n',
    )
    (view,) = [v for v in answered(folder, KPC_BLOOD).preferred if v.regimen == "ceftazidime-avibactam"]
    told = [(m.kind, m.label, m.hospital, m.owner, m.dated.isoformat(), m.text) for m in view.local]
    assert told == [
        ("restriction", "Local", "St Invented's", "stewardship", "2026-11-02", "ID approval"),
        ("formulary", "Local", "St Invented's", "pharmacy", "2026-10-01", "on formulary"),
    ]


def test_a_restriction_marks_every_regimen_that_holds_the_antimicrobial(write: Write) -> None:
    """Also a pair, where it is named; only at the sites and mechanisms it is for."""
    folder = write(
        restrictions='[[restriction]]\nantimicrobials = ["ceftazidime-avibactam"]\nmechanisms = ["mbl"]\n'
        'text = "ID approval"\n'
        '[[restriction]]\nantimicrobials = ["tigecycline"]\nsites = ["ciai"]\ntext = "ask first"\n'
    )
    (mark,) = marks_of(answered(folder, NDM_BLOOD), "ceftazidime-avibactam")
    assert mark.startswith("ceftazidime-avibactam: ID approval (for ")
    assert marks_of(answered(folder, KPC_BLOOD), "ceftazidime-avibactam") == []
    ciai = Question(mechanisms=(Mechanism.KPC,), sites=(Site.CIAI,))
    assert any("ask first" in text for text in marks_of(answered(folder, ciai), "tigecycline"))
    assert marks_of(answered(folder, KPC_LUNG), "tigecycline") == []


def test_stock_is_said_with_its_dates(write: Write) -> None:
    """Out of stock since when and expected back when; not on formulary with its words."""
    folder = write(
        formulary='[[formulary]]\nantimicrobials = ["ceftazidime-avibactam"]\nstatus = "out_of_stock"\n'
        'since = 2026-11-02\nexpected_on = 2026-12-01\n[[formulary]]\nantimicrobials = ["meropenem-vaborbactam"]\n'
        'status = "non_formulary"\ntext = "named-patient order"\n'
    )
    answer = answered(folder, KPC_BLOOD)
    assert marks_of(answer, "ceftazidime-avibactam") == [
        "out of stock since 2 November 2026, expected back 1 December 2026"
    ]
    assert marks_of(answer, "meropenem-vaborbactam") == ["not on formulary. named-patient order"]


def test_contacts_stand_with_every_answer_and_gap(write: Write) -> None:
    """Also where nothing is covered; the ID contact is what replaces the default on-call wording."""
    folder = write(contacts='[[contact]]\nrole = "id_on_call"\nroute = "pager 4242"\n')
    knowledge = KnowledgeBase.load(local=folder)
    gap = knowledge.answer(Question(mechanisms=(Mechanism.UNKNOWN,), sites=(Site.CNS,)))
    assert isinstance(gap, NotCovered)
    for result in (gap, knowledge.answer(KPC_BLOOD)):
        assert result.local is not None
        assert [line.text for line in result.local.contacts] == ["ID on call: pager 4242"]
    assert knowledge.local is not None
    assert knowledge.local.on_call == "ID on call: pager 4242 (Local, St Invented's)"


def test_notes_are_told_where_they_belong(write: Write) -> None:
    """By mechanism, by site, by antimicrobial that is shown."""
    folder = write(
        notes='[[note]]\nmechanisms = ["ndm"]\ntext = "side ward"\n[[note]]\nsites = ["pneumonia"]\n'
        'text = "call the ICU"\n[[note]]\nantimicrobials = ["cefiderocol"]\ntext = "disc only"\n'
    )

    def told(question: Question) -> list[str]:
        view = KnowledgeBase.load(local=folder).answer(question).local
        assert view is not None
        return [line.text.split(" (for")[0] for line in view.lines]

    assert told(NDM_BLOOD) == ["side ward", "cefiderocol: disc only"]
    assert told(KPC_LUNG) == ["call the ICU", "cefiderocol: disc only"]
    assert told(Question(mechanisms=(Mechanism.NDM, Mechanism.KPC), sites=(Site.CNS,))) == ["side ward"]


ANTIBIOGRAM = """[[antibiogram]]
antimicrobial = "{a}"
organism = "Klebsiella pneumoniae"
percent_susceptible = {p}
isolates = {n}
period_from = 2025-01-01
period_to = 2025-12-31
"""


def test_an_antibiogram_line_has_its_count_and_period_and_says_when_it_is_small(write: Write) -> None:
    """Percentage, isolates, organism, period; fewer than 30 isolates are said to say little."""
    folder = write(antibiogram=ANTIBIOGRAM.format(a="ceftazidime-avibactam", p=88.5, n=29))
    view = answered(folder, KPC_BLOOD).local
    assert view is not None
    (line,) = view.lines
    assert line.text == (
        "ceftazidime-avibactam: 88.5% of 29 isolates of Klebsiella pneumoniae susceptible, "
        "1 January 2025 to 31 December 2025. Fewer than 30 isolates: the percentage says little."
    )
    enough = write(antibiogram=ANTIBIOGRAM.format(a="ceftazidime-avibactam", p=88, n=30))
    view = answered(enough, KPC_BLOOD).local
    assert view is not None
    assert "Fewer" not in view.lines[0].text


def test_a_percentage_never_stands_beside_what_is_not_suggested(write: Write) -> None:
    """Meropenem-vaborbactam for NDM: whatever the hospital counts, the mechanism decides."""
    folder = write(antibiogram=ANTIBIOGRAM.format(a="meropenem-vaborbactam", p=99, n=400))
    for question in (NDM_BLOOD, Question(mechanisms=(Mechanism.OXA_48_LIKE,), sites=(Site.BACTEREMIA,))):
        view = answered(folder, question).local
        assert view is not None
        assert view.lines == ()
    other = answered(folder, KPC_BLOOD.model_copy(update={"organism": "Escherichia coli"})).local
    assert other is not None
    assert other.lines == ()  # another organism's count


@pytest.mark.parametrize(("p", "n"), [("-1", "5"), ("101", "5"), ('"88"', "5"), ("true", "5"), ("88.25", "5")])
def test_percentages_out_of_bounds_are_refused(write: Write, p: str, n: str) -> None:
    """0 to 100, a bare number, one decimal at most."""
    said = faults_of(write(antibiogram=ANTIBIOGRAM.format(a="cefiderocol", p=p, n=n)))
    assert "local files: antibiogram.toml: antibiogram number 1 (cefiderocol): percent_susceptible:" in said


@pytest.mark.parametrize("n", ["0", "-3", "1.5", '"30"', "true"])
def test_counts_of_isolates_below_one_are_refused(write: Write, n: str) -> None:
    """At least one isolate, a whole number."""
    assert "isolates:" in faults_of(write(antibiogram=ANTIBIOGRAM.format(a="cefiderocol", p="50", n=n)))


def test_a_hidden_regimen_stays_named_with_its_rank_and_no_dose(write: Write) -> None:
    """It leaves the offered list and is told under "not offered", with citation, reason and owner."""
    folder = write(hide='[[hide]]\nantimicrobials = ["ceftazidime-avibactam"]\nreason = "not bought"\n')
    plain = KnowledgeBase.load().answer(KPC_BLOOD)
    answer = answered(folder, KPC_BLOOD)
    assert isinstance(plain, Answer)
    assert {v.regimen for v in plain.preferred} - {v.regimen for v in answer.preferred} == {"ceftazidime-avibactam"}
    (hidden,) = answer.not_offered
    assert (hidden.regimen, hidden.listed_as) == ("ceftazidime-avibactam", "preferred")
    assert (hidden.local.kind, hidden.local.text, hidden.local.owner) == ("hidden", "not bought", "pharmacy")
    assert hidden.citations
    assert not hasattr(hidden, "doses")


def test_hiding_one_antimicrobial_leaves_the_pair_and_the_other_route(write: Write) -> None:
    """Exactly the regimen named is hidden."""
    alone = write(hide='[[hide]]\nantimicrobials = ["ceftazidime-avibactam"]\nreason = "not bought"\n')
    pair = "ceftazidime-avibactam + aztreonam"
    assert pair in {v.regimen for v in answered(alone, NDM_BLOOD).alternative}
    both = write(hide='[[hide]]\nantimicrobials = ["aztreonam", "ceftazidime-avibactam"]\nreason = "not bought"\n')
    assert [one.regimen for one in answered(both, NDM_BLOOD).not_offered] == [pair]
    iv = write(hide='[[hide]]\nantimicrobials = ["fosfomycin"]\nroute = "iv"\nreason = "oral only"\n')
    assert [(one.regimen, one.route) for one in answered(iv, KPC_CUTI).not_offered] == [("fosfomycin", "iv")]


def test_what_is_not_suggested_can_not_be_hidden(write: Write) -> None:
    """Hiding meropenem-vaborbactam takes nothing from the warning against it."""
    folder = write(hide='[[hide]]\nantimicrobials = ["meropenem-vaborbactam"]\nreason = "not bought"\n')
    plain = KnowledgeBase.load().answer(NDM_BLOOD)
    assert isinstance(plain, Answer)
    assert answered(folder, NDM_BLOOD).not_suggested == plain.not_suggested
    focus = Question(mechanisms=(Mechanism.NDM,), antimicrobials=("meropenem-vaborbactam",), intent=Intent.DOSE)
    assert [v.regimen for v in answered(folder, focus).focus if v.reasons] == ["meropenem-vaborbactam"]


def test_where_all_is_hidden_the_gap_is_said(write: Write) -> None:
    """Nothing is left to offer: said as such, with the guidance's own regimens still named."""
    plain = KnowledgeBase.load().answer(NDM_BLOOD)
    assert isinstance(plain, Answer)
    views = {v.regimen: v for v in (*plain.preferred, *plain.alternative, *plain.reserve)}
    entries = [
        f'[[hide]]\nantimicrobials = {json.dumps(list(v.antimicrobials))}\nreason = "none here"\n'
        for v in views.values()
    ]
    answer = answered(write(hide="".join(entries)), NDM_BLOOD)
    (branch,) = answer.branches
    assert (branch.preferred, branch.alternative, branch.reserve) == ((), (), ())
    assert {one.regimen for one in branch.not_offered} == set(views)
    assert branch.not_covered[-1].text == NOTHING_LEFT
    assert branch.not_covered[-1].citations


def test_a_hidden_regimen_has_no_dose_by_name_either(write: Write) -> None:
    """Asked for by name, it is told as not offered; pharmacy and ID are the way."""
    folder = write(hide='[[hide]]\nantimicrobials = ["cefiderocol"]\nreason = "not bought"\n')
    answer = answered(folder, Question(antimicrobials=("cefiderocol",), intent=Intent.DOSE))
    assert answer.focus == ()
    assert [(one.regimen, one.listed_as) for one in answer.not_offered] == [("cefiderocol", "named")]


def test_hiding_one_route_leaves_the_dose_of_the_other(write: Write) -> None:
    """Fosfomycin IV is not bought: asked for fosfomycin in cystitis, the dose by mouth stands; at cUTI none is left."""
    folder = write(hide='[[hide]]\nantimicrobials = ["fosfomycin"]\nroute = "iv"\nreason = "oral only"\n')

    def asked(site: Site) -> Answer:
        named = Question(mechanisms=(Mechanism.KPC,), sites=(site,), antimicrobials=("fosfomycin",), intent=Intent.DOSE)
        return answered(folder, named)

    (by_mouth,) = asked(Site.CYSTITIS).focus
    assert (by_mouth.name, by_mouth.doses[0].text) == ("fosfomycin oral", "3 g by mouth once [uncomplicated UTI]")
    assert asked(Site.CUTI).focus == ()
    about = [view.here.text for site in (Site.CYSTITIS, Site.CUTI) for view in asked(site).about if view.here]
    assert [text.rpartition("; ")[2] for text in about] == ["fosfomycin IV not offered here (Local, St Invented's)"] * 2
    either = answered(folder, Question(antimicrobials=("fosfomycin",), intent=Intent.DOSE))
    assert [view.name for view in either.focus] == ["fosfomycin oral"]
    assert [one.name for one in either.not_offered] == ["fosfomycin IV"]


def test_what_is_not_offered_is_told_once(write: Write) -> None:
    """Asked for by name and listed by the guidance too: one line, with its rank there."""
    folder = write(hide='[[hide]]\nantimicrobials = ["plazomicin"]\nreason = "not bought"\n')
    named = Question(
        mechanisms=(Mechanism.KPC,), sites=(Site.CUTI,), antimicrobials=("plazomicin",), intent=Intent.DOSE
    )
    answer = answered(folder, named)
    assert [(one.name, one.listed_as) for one in answer.not_offered] == [("plazomicin", "alternative")]
    assert answer.focus == ()


def test_about_a_hidden_antimicrobial_says_that_it_is_not_offered(write: Write) -> None:
    """Where it stands in the guidance stays said."""
    folder = write(hide='[[hide]]\nantimicrobials = ["plazomicin"]\nreason = "not bought"\n')
    named = Question(mechanisms=(Mechanism.KPC,), sites=(Site.CUTI,), antimicrobials=("plazomicin", "cefiderocol"))
    told = {view.antimicrobial: view.here.text for view in answered(folder, named).about if view.here}
    assert told == {
        "plazomicin": "For this question: an alternative; not offered here (Local, St Invented's)",
        "cefiderocol": "For this question: preferred",
    }


R = '[[restriction]]\nantimicrobials = ["cefiderocol"]\ntext = "{text}"\n{more}'
H = '[[hide]]\nreason = "not wanted"\n{more}'
LOOSENING = [
    ("restrictions", R.format(text="ask first", more="allow = true"), "allow", "cannot add a regimen, allow one"),
    (
        "restrictions",
        R.format(text="ask first", more="preferred = true"),
        "preferred",
        "ranks come from cited guidance",
    ),
    ("restrictions", R.format(text="ask first", more='dose = "2 g"'), "dose", "cannot give or change a dose"),
    ("restrictions", R.format(text="ask first", more="every_hours = 8"), "every_hours", "cannot give or change a dose"),
    ("restrictions", R.format(text="give 2 g first", more=""), "text", "reads like a dose"),
    ("restrictions", R.format(text="then q8h", more=""), "text", "cannot give or change a dose"),
    ("restrictions", R.format(text="first-line here", more=""), "text", "reads like a rank"),
    ("restrictions", R.format(text="ignore the boxed warning", more=""), "text", "leave to pass by a warning"),
    ("restrictions", '[[unhide]]\nantimicrobials = ["cefiderocol"]\n', "unhide", "cannot bring back what the edition"),
    ("hide", H.format(more='antimicrobials = ["cefiderocol"]\nwarnings = true'), "warnings", "hide, soften or remove"),
    ("hide", H.format(more='antimicrobials = ["cefiderocol"]\nnot_suggested = true'), "not_suggested", "every safety"),
    ("hide", H.format(more='antimicrobials = ["rule-03"]'), "rule-03", "is no antimicrobial but a rule or statement"),
    ("hide", H.format(more='antimicrobials = ["conf-01"]'), "conf-01", "rule or statement of the edition"),
    ("hide", '[[caveat]]\nid = "x"\n', "caveat", "hide, soften or remove a warning"),
    ("preferred", '[[regimen]]\nantimicrobials = ["cefiderocol"]\n', "preferred.toml", "cannot add a regimen"),
    ("doses", "[[dose]]\namount = 2\n", "doses.toml", "cannot give or change a dose"),
    ("safety_rules", "[[rule]]\nid = 1\n", "safety_rules.toml", "hide, soften or remove a warning"),
    ("notes", '[[note]]\ntext = "2 g every 8 h is given"\n', "text", "reads like a dose"),
    ("hospital", HOSPITAL + 'disclaimer = "none"\n', "disclaimer", "hide, soften or remove a warning"),
]


@pytest.mark.parametrize(("file", "text", "key", "sentence"), LOOSENING)
def test_every_attempt_to_loosen_is_refused_with_its_sentence(
    write: Write, file: str, text: str, key: str, sentence: str
) -> None:
    """The start is refused; the fault names file and key, says that local files can't do this, and why."""
    said = faults_of(write(**{file: text}))
    assert said.startswith(f"local files: {file}.toml: ")
    assert key in said
    assert sentence in said, said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((t, "reads like a dose") for t in ("give 2g", "4.5 grams", "9 million IU", "15 mg/kg", "twice daily")),
        *((t, "reads like a dose") for t in ("8-hourly", "double the dose", "prolonged infusion", "every 8 hours")),
        *(
            (t, "reads like a rank")
            for t in ("our first choice", "use it instead of the others", "disregard the label")
        ),
    ],
)
def test_doses_and_ranks_in_words_are_refused(write: Write, text: str, why: str) -> None:
    """In whatever free text: a note, a reason, a restriction, even a name."""
    for files in (
        {"notes": f'[[note]]\ntext = "{text}"\n'},
        {"hide": f'[[hide]]\nantimicrobials = ["cefiderocol"]\nreason = "{text}"\n'},
        {"hospital": HOSPITAL.replace("pharmacy", text)},
    ):
        folder = write(**files)
        assert why in faults_of(folder)
        for name in files:
            (folder / f"{name}.toml").unlink()


def test_whatever_stands_in_a_file_it_loads_or_is_refused(tmp_path: Path) -> None:
    """Four hundred mutations of the example: faults with a file's name, never another exception, never a half load."""
    chance = random.Random(20261123)  # noqa: S311 (the same mutations each time)
    content = load_content()
    told: list[tuple[str, ...]] = []
    for _ in range(400):
        shutil.rmtree(tmp_path)
        shutil.copytree(EXAMPLE, tmp_path)
        path = chance.choice(sorted(tmp_path.glob("*.toml")))
        body = bytearray(path.read_bytes())
        for _ in range(chance.choice((1, 1, 3))):
            place = chance.randrange(len(body))
            body[place] = chance.choice((body[place] ^ (1 << chance.randrange(8)), *b'"[]=\n-9e.'))
        path.write_bytes(bytes(body))
        try:
            load_overlay(tmp_path, content)
        except KnowledgeDataError as error:
            told.append(error.faults)
    assert len(told) > 100
    assert all(fault.startswith("local files: ") and ".toml" in fault for faults in told for fault in faults)


def test_texts_that_are_no_dose_pass(write: Write) -> None:
    """Pagers, concentrations, clearances and hours of a laboratory are not taken for doses."""
    text = "MIC above 8 mg/L: call 555-0142; clearance below 30 mL/min: ask pharmacy, open 24 hours"
    folder = write(notes=f'[[note]]\ntext = "{text}"\n')
    view = answered(folder, KPC_BLOOD).local
    assert view is not None
    assert [line.text for line in view.lines] == [text]


def test_every_fault_is_told_at_once_with_file_and_key(write: Write, tmp_path: Path) -> None:
    """Wrong hospital dates, a misspelt key, an unknown antimicrobial, a doubled role, a file that nothing reads."""
    folder = write(
        contacts='[[contact]]\nrole = "pharmacy"\nroute = "a1"\n[[contact]]\nrole = "pharmacy"\nroute = "b2"\n',
        restrictions='[[restriction]]\nantimicrobials = ["cefidericol"]\ntext = "ask"\n',
        formulary='[[formulary]]\nantimicrobials = ["cefiderocol"]\nstatus = "out_of_stock"\n',
        notes='[[note]]\ntxt = "x"\n',
        extra="",
    )
    said = faults_of(folder)
    for part in (
        "contacts.toml: contact: role pharmacy stands 2 times: keep one",
        'restrictions.toml: restriction number 1: antimicrobials: the edition knows no antimicrobial "cefidericol"',
        "formulary.toml: formulary number 1 (cefiderocol): the whole entry: Value error, since belongs to out_of_stock",
        "notes.toml: note number 1: txt:",
        "extra.toml: no such data file is known",
    ):
        assert part in said, said
    assert "the hospital" not in faults_of(folder)
    broken = tmp_path / "data"
    shutil.copytree(DATA_FOLDER, broken)
    (broken / "sites.toml").write_text("no toml", encoding="utf-8")
    both = faults_of(folder, broken)
    assert "sites.toml: not valid TOML" in both
    assert "local files: notes.toml" in both


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("2027-10-01", "2026-09-30", "review_due_on must be later than dated"),
        ('"pharmacy"', '""', "hospital.toml: hospital: owner:"),
        ("review_due_on = 2027-10-01\n", "", "hospital.toml: hospital: review_due_on: Field required: add the key"),
        ("[hospital]", "[[hospital]]", "must be one table"),
        ("St", "S\\nt", "hospital.toml: hospital: name:"),
        ("dated = ", "dated = x", "not valid TOML"),
    ],
)
def test_whose_files_they_are_must_be_said(write: Write, old: str, new: str, part: str) -> None:
    """Name, owner, date and review date, each as it should be."""
    assert part in faults_of(write(hospital=HOSPITAL.replace(old, new)))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """No folder, or one without hospital.toml."""
    assert "no such folder" in faults_of(tmp_path / "none")
    assert "hospital.toml: missing: add the file" in faults_of(tmp_path)


def test_past_its_review_date_the_local_content_says_so(write: Write) -> None:
    """From the day after the date."""
    for on, overdue in ((date(2027, 10, 1), False), (date(2027, 10, 2), True)):
        view = answered(write(), KPC_BLOOD, on).local
        assert view is not None
        assert view.review_overdue is overdue


def test_the_digest_names_exactly_these_files(write: Write) -> None:
    """The same files give the same digest; a change of one character gives another; it stands in the answer."""
    folder = write()
    first = answered(folder, KPC_BLOOD).edition.overlay_digest
    assert first is not None
    assert len(first) == 64
    assert answered(folder, KPC_BLOOD).edition.overlay_digest == first
    (folder / "README.md").write_text("a document", encoding="utf-8")
    assert answered(folder, KPC_BLOOD).edition.overlay_digest == first
    write(hospital=HOSPITAL.replace("pharmacy", "Pharmacy"))
    assert answered(folder, KPC_BLOOD).edition.overlay_digest != first


def test_same_question_edition_and_local_files_are_the_same_bytes() -> None:
    """Under different hash seeds, with the example hospital."""
    program = (
        "import hashlib, sys; from pathlib import Path; from knowledge import KnowledgeBase, Question\n"
        "k = KnowledgeBase.load(local=Path(sys.argv[1])); h = hashlib.sha256()\n"
        "for m in ('kpc', 'ndm', 'mbl', 'oxa48', 'non_cp'):\n"
        "    for s in ('bacteremia', 'uti', 'pneumonia', 'ciai'):\n"
        "        h.update(k.answer(Question(mechanisms=(m,), sites=(s,))).model_dump_json().encode())\n"
        "print(h.hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program, str(EXAMPLE)],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(said) == 1


def test_the_example_hospital_is_sound_and_says_that_it_is_invented() -> None:
    """It loads, has every kind of entry, and nobody can take it for a hospital."""
    overlay = KnowledgeBase.load(local=EXAMPLE).local
    assert overlay is not None
    said = overlay.said
    assert all((said.restrictions, said.contacts, said.formulary, said.notes, said.antibiogram, said.hidden))
    assert any(line.is_small for line in said.antibiogram)
    assert {item.status for item in said.formulary} == {"on_formulary", "non_formulary", "out_of_stock"}
    assert "invented" in (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert "Example" in said.hospital.name
