"""`diff` tells every change of content in a sentence that a pharmacist can check, and misses none."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from knowledge.content import Content
from knowledge.governance.changes import changes, vocabulary_changes
from knowledge.loading import load_content
from knowledge.vocabulary import load_vocabulary
from tests.signing import copy_of_the_data

MVB = "antimicrobials/meropenem-vaborbactam.toml"
ROWS = "recommendations.toml"
CYSTITIS = "KPC, NDM, VIM, IMP, OXA-48-like and Carbapenemase-negative CRE at cystitis (IDSA 2026, Question 3.1)"
KPC_SITES = "KPC at bloodstream, pneumonia, cIAI, skin and soft tissue and bone and joint (IDSA 2026, Question 3.4)"

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def shipped() -> Content:
    return load_content()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_the_data(tmp_path / "data")


@pytest.fixture
def edit(folder: Path) -> Edit:
    def change(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text()
        assert old in text, (name, old)
        path.write_text(text.replace(old, new, 1))

    return change


def test_no_change_no_sentence(shipped: Content, folder: Path, edit: Edit) -> None:
    """Comments are no change of content."""
    edit(MVB, "# meropenem-vaborbactam", "# reworded")
    assert changes(shipped, load_content(folder)) == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            MVB,
            'amount = "2", unit = "g", components = "1 g + 1 g", route = "IV", every_hours = 8',
            'amount = "1", unit = "g", components = "0.5 g + 0.5 g", route = "IV", every_hours = 12',
            (
                "meropenem-vaborbactam, eGFR 30-49 mL/min: was 2 g (1 g + 1 g) IV every 8 h over 3 h, "
                "is 1 g (0.5 g + 0.5 g) IV every 12 h over 3 h"
            ),
        ),
        (
            MVB,
            "at_least = 15, at_most = 29",
            "at_least = 20, at_most = 29",
            "meropenem-vaborbactam, eGFR 15-29 mL/min, band: was eGFR 15-29 mL/min, is eGFR 20-29 mL/min",
        ),
        (
            MVB,
            "infusion_minutes = 180",
            "infusion_minutes = 60",
            (
                "meropenem-vaborbactam, guidance dose (IDSA 2026, Table 1): was 4 g (meropenem 2 g + vaborbactam 2 g) "
                "IV every 8 h over 3 h, is 4 g (meropenem 2 g + vaborbactam 2 g) IV every 8 h over 1 h"
            ),
        ),
        (
            MVB,
            "up to two weeks",
            "up to three weeks",
            (
                "meropenem-vaborbactam, duration (mvb-dur), text: "
                'was "At US approval, treatment was described as up to two weeks.", '
                'is "At US approval, treatment was described as up to three weeks."'
            ),
        ),
        (
            MVB,
            'allergy_classes = ["carbapenem"]',
            'allergy_classes = ["carbapenem", "penicillin"]',
            "meropenem-vaborbactam, allergy classes: added penicillin",
        ),
        (
            ROWS,
            '{ antimicrobials = ["gentamicin"], conditions = ["single dose"] }',
            '{ antimicrobials = ["gentamicin"], conditions = ["single dose", "not in pregnancy"] }',
            'IDSA 2026, Question 3.1, gentamicin (preferred), conditions: added "not in pregnancy"',
        ),
        (
            ROWS,
            '  { antimicrobials = ["gepotidacin"] },\n',
            "",
            f"{CYSTITIS}: gepotidacin removed, was alternative",
        ),
        (
            ROWS,
            '  { antimicrobials = ["tmp-smx"] },\n]\nalternative = [\n',
            ']\nalternative = [\n  { antimicrobials = ["tmp-smx"] },\n',
            f"{CYSTITIS}: trimethoprim-sulfamethoxazole moved from preferred to alternative",
        ),
        (
            ROWS,
            '  { antimicrobials = ["ciprofloxacin"] },\n  { antimicrobials = ["levofloxacin"] },\n',
            '  { antimicrobials = ["levofloxacin"] },\n  { antimicrobials = ["ciprofloxacin"] },\n',
            (
                "IDSA 2026, Question 3.1, order of preferred: was amikacin, gentamicin, tobramycin, plazomicin, "
                "ciprofloxacin, levofloxacin, nitrofurantoin, trimethoprim-sulfamethoxazole, "
                "is amikacin, gentamicin, tobramycin, plazomicin, levofloxacin, ciprofloxacin, "
                "nitrofurantoin, trimethoprim-sulfamethoxazole"
            ),
        ),
        (
            ROWS,
            '["ceftazidime-avibactam"], mechanisms = ["kpc", "oxa48", "non_cp"] }',
            '["ceftazidime-avibactam"], mechanisms = ["kpc", "ndm", "oxa48", "non_cp"] }',
            (
                "NDM at cystitis (IDSA 2026, Question 3.1): ceftazidime-avibactam was not suggested, is listed as "
                "in reserve and not suggested: not suggested wins, else the earlier rank"
            ),
        ),
        (
            "safety_rules.toml",
            '["meropenem-vaborbactam"], mechanisms = ["ndm", "vim", "imp", "mbl"], alone = true',
            '["meropenem-vaborbactam"], mechanisms = ["ndm", "vim", "mbl"], alone = true',
            "Rule rule-01, what it forbids meropenem-vaborbactam, mechanisms: removed IMP",
        ),
        ("edition.toml", "2027-05-22", "2027-08-22", "Edition, review date: was 2027-05-22, is 2027-08-22"),
        ("edition.toml", 'id = "2026.1"', 'id = "2026.2"', "Edition, number: was 2026.1, is 2026.2"),
        (
            "sites.toml",
            'short = "CNS"',
            'short = "brain"',
            "Site cns, short: was CNS, is brain",
        ),
    ],
)
def test_each_kind_of_change_has_its_sentence(
    shipped: Content, folder: Path, edit: Edit, file: str, old: str, new: str, told: str
) -> None:
    """One change, one sentence, with what was and what is."""
    edit(file, old, new)
    assert [(change.text, change.file) for change in changes(shipped, load_content(folder))] == [(told, file)]


def test_an_entry_that_is_split_is_told_by_what_holds_where(shipped: Content, folder: Path, edit: Edit) -> None:
    """One entry for two sites becomes one for each, with a condition at one: that condition there, and nothing lost."""
    entry = '{ antimicrobials = ["tigecycline"], sites = ["ssti", "bone_joint"], because = ["tet-02"] },'
    edit(
        ROWS,
        entry,
        '{ antimicrobials = ["tigecycline"], sites = ["ssti"], because = ["tet-02"] },\n'
        '  { antimicrobials = ["tigecycline"], sites = ["bone_joint"], conditions = ["not first"], '
        'because = ["tet-02"] },',
    )
    told = [change.text for change in changes(shipped, load_content(folder))]
    assert told == [
        'IDSA 2026, Question 3.4, tigecycline (alternative), conditions, for KPC at bone and joint: added "not first"'
    ]


def test_a_regimen_that_moves_for_one_mechanism_says_so(shipped: Content, folder: Path, edit: Edit) -> None:
    """The preferred list for KPC in the blood: cefiderocol comes first, meropenem-vaborbactam goes."""
    path = folder / ROWS
    text = path.read_text()
    start = text.index('id = "idsa2026-kpc-invasive"')
    end = text.index("[[row]]", start)
    row = text[start:end]
    assert '["meropenem-vaborbactam"]' in row
    line = next(line for line in row.splitlines() if '["meropenem-vaborbactam"]' in line)
    path.write_text(text[:start] + row.replace(f"{line}\n", "", 1) + text[end:])
    told = [change.text for change in changes(shipped, load_content(folder))]
    assert told == [f"{KPC_SITES}: meropenem-vaborbactam removed, was preferred"]


def test_a_new_antimicrobial_and_a_removed_row_are_told_whole(shipped: Content) -> None:
    """Doses and regimens that come or go are all named."""
    without = shipped.model_copy(update={"antimicrobials": shipped.antimicrobials[1:], "rows": shipped.rows[1:]})
    drug = shipped.antimicrobials[0]
    there, back = ([change.text for change in changes(*pair)] for pair in ((shipped, without), (without, shipped)))
    assert "IDSA 2026, Question 3.1: removed as alternative: " in "\n".join(there)
    assert f"{drug.name}: antimicrobial removed" in there
    assert f"{drug.name}: antimicrobial added" in back
    for dose in drug.doses:
        assert sum(f"{drug.name}, {dose.kind} dose" in text and "g/kg" in text for text in back) >= 1
    assert len(there) == len(back)


def test_words_that_clinicians_type_are_part_of_it(shipped: Content, folder: Path, edit: Edit) -> None:
    """A synonym added to a site changes what is understood."""
    edit("vocabulary/sites.toml", '"bacteremia", ', '"bacteremia", "bug in the pipes", ')
    before, after = load_vocabulary(), load_vocabulary(folder, edited=True)
    told = [change.text for change in vocabulary_changes(before, after, shipped)]
    assert told == ['Words for site bacteremia, forms: added "bug in the pipes"']


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [leaf for key, each in items for leaf in leaves(each, (*path, key))]
    return below or [path]


def changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return "x1" if value is None else f"{value}x" if isinstance(value, str) else value


def test_no_change_of_any_value_goes_unsaid(shipped: Content) -> None:
    """400 random values changed one at a time: each gives a sentence, and none falls back to "no words yet"."""
    data = json.loads(shipped.model_dump_json())
    chance = random.Random(7)  # noqa: S311
    tried = 0
    for path in chance.sample(leaves(data), 400):
        copy = json.loads(json.dumps(data))
        place = copy
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = changed(place[path[-1]])
        try:
            other = Content.model_validate(copy)
        except ValidationError:
            continue
        if other == shipped:
            continue
        tried += 1
        told = changes(shipped, other)
        assert told, path
        assert "no words yet" not in told[0].text, path
    assert tried > 150
