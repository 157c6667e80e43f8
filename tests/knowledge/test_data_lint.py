"""What a reviewer looks for: wording rules, nothing that may not be shown, nothing lost, every line cited."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from knowledge.content import Content
from knowledge.files import DATA_FOLDER
from knowledge.loading import load_content
from knowledge.provenance import Sourced
from knowledge.terms import METALLO_BETA_LACTAMASES, URINARY_SITES, AllergyClass, Mechanism, Site, Verification

SHOWN_KEYS = {
    *("text", "note", "caveat", "reason", "rule", "says", "how_shown", "topic", "heading", "label", "name", "short"),
    *("conditions", "coverage", "flaws", "disclaimer", "reminder", "susceptibility", "basis", "owner", "title"),
    *("read_as", "notes", "activity", "drug_class", "tail", "what", "components", "for_text", "measure_text"),
    *("infusion_text", "phenotype_text", "locator", "kind", "enzyme_type", "as_printed", "likely_number"),
}
NOT_SHOWN = {
    "aztreonam below CrCl 10": r"one quarter|one eighth",
    "imipenem on haemodialysis": r"200 mg every 6 h or 500 mg every 12 h",
    "fosfomycin, other market": r"70% of the usual|60% of the usual|40% of the usual|20% of the usual|2 g at the end",
    "tmp-smx from personal notes": r"half the usual regimen|use not recommended",
    "ciprofloxacin, other market": r"at most 1 g by mouth|at most 0\.5 g by mouth",
    "levofloxacin below CrCl 50": r"500 mg every 48 h|250 mg every 48 h|750 mg every 48 h",
    "colistin daily maximum": r"\b5 mg/kg a day",
    "polymyxin B dose": r"15,?000|25,?000",
    "lung figure of meropenem-vaborbactam": r"63-65|63 ?%|65 ?%\b",
    "survival figure flagged for a check": r"167/215|78% \(167|\b328\b",
    "doses of the article's publisher": r"1\.25 g every 12 h|500 mg/167|\b167 mg",
    "US maintenance dose of aztreonam-avibactam": r"with or without haemodialysis\b.*0\.9 g|0\.9 g.*with or without",
}
AGENTS = {
    *("ceftazidime-avibactam", "ceftazidime-avibactam+aztreonam", "aztreonam", "aztreonam-avibactam"),
    *("meropenem-vaborbactam", "imipenem-relebactam", "cefiderocol", "meropenem", "imipenem", "ertapenem"),
    *("tigecycline", "eravacycline", "minocycline", "omadacycline", "plazomicin", "amikacin", "gentamicin"),
    *("tobramycin", "colistin", "polymyxin-b", "fosfomycin", "nitrofurantoin", "tmp-smx", "ciprofloxacin"),
    *("levofloxacin", "pivmecillinam", "gepotidacin"),
}
FACT_TOPICS = {
    *("indication", "boxed_warning", "warning", "contraindication", "allergy", "interaction", "resistance", "hepatic"),
    *("reaction", "testing", "evidence", "duration", "dosing", "note"),
}
GENERAL_TOPICS = {
    *("duration", "source_control", "oral_step_down", "combination", "tetracyclines", "repeat_cultures"),
    *("consultation", "infection_control", "evidence", "mortality", "epidemiology", "mechanism", "testing"),
}


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


def models(entry: BaseModel, place: str = "") -> Iterator[tuple[str, BaseModel]]:
    place = f"{place} {getattr(entry, 'id', '')}".strip()
    yield place, entry
    for name, value in entry:
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, BaseModel):
                yield from models(inner, f"{place} {name}")


def shown(content: Content) -> Iterator[tuple[str, str, str]]:
    """Every text that can reach a clinician, with its place and key."""
    for place, entry in models(content):
        for key, value in entry:
            if key in SHOWN_KEYS:
                for text in value if isinstance(value, tuple) else (value,):
                    if isinstance(text, str):
                        yield place, key, text


def test_the_wording_rules_hold(content: Content) -> None:
    """No trailing zero (rate ratios stay as printed), no bare "units", no QD, no microgram sign; British spelling."""
    wrong = {
        "trailing zero": r"(?<!RR )(?<![\d.-])\d+\.\d*0(?!\d)",
        "no leading zero": r"(?<![\d.])\.\d",
        "units": r"\bunits?\b|\bIU\b",
        "abbreviation": r"\b(?:QD|QOD|BID|TID|QID|SC|mcg|ug)\b|µ|μ",
        "spelling": r"hemodialysis|(?<!a)bacteremia|diarrhea|\banemia",
        "machine place": r"\.\./|~/",
    }
    faults = [
        (kind, place, text)
        for place, key, text in shown(content)
        for kind, pattern in wrong.items()
        if re.search(pattern, text) and key not in ("title", "as_printed", "locator")
    ]
    assert faults == []


def test_the_pack_s_word_for_the_article_is_never_shown(content: Content) -> None:
    """The article is named by title and publisher."""
    assert [(place, text) for place, _, text in shown(content) if re.search(r"\bseed\b", text, re.IGNORECASE)] == []


def test_nothing_that_may_not_be_displayed_is_in_any_file() -> None:
    """What the pack hides is not in the data at all, not even as a comment."""
    for path in sorted(DATA_FOLDER.rglob("*.toml")):
        if path.parent.name == "vocabulary":
            continue
        for line in path.read_text().splitlines():
            hits = [kind for kind, pattern in NOT_SHOWN.items() if re.search(pattern, line)]
            assert not hits, (path.name, hits, line)


def test_no_polymyxin_has_a_dose(content: Content) -> None:
    """Rule-04: no dose, no kidney row, no number per kilogram."""
    for drug in content.antimicrobials:
        if AllergyClass.POLYMYXIN in drug.allergy_classes:
            assert not drug.doses
            assert not drug.renal.rows
            assert not [fact for fact in drug.facts if "/kg" in fact.text]


def test_every_cited_statement_says_where_it_stands(content: Content) -> None:
    """A source, a place in it, how it was read; a low-trust statement has its caveat."""
    sources = {source.id for source in content.sources}
    low = 0
    for place, entry in models(content):
        if isinstance(entry, Sourced):
            assert entry.source in sources, place
            assert entry.locator, place
            if entry.verification is Verification.D:
                low += 1
                assert entry.caveat, place
    assert low >= 10


def test_links_are_links(content: Content) -> None:
    """Every address is a web address."""
    for place, entry in models(content):
        url = getattr(entry, "url", None)
        assert url is None or re.fullmatch(r"https?://[^\s<>|]+", url), (place, url)


def test_every_antimicrobial_of_the_pack_has_its_file(content: Content) -> None:
    """25 entries of the pack, one of them two tetracyclines, and ertapenem for reports."""
    assert {drug.id for drug in content.antimicrobials} == AGENTS


def test_nothing_of_the_pack_is_lost(content: Content) -> None:
    """21 statements, 25 rows, 21 conflicts, ten rules, 11 tests, 24 breakpoints, all mechanisms and sites."""
    assert [s.id for s in content.article.statements] == [f"article-{n:02d}" for n in range(1, 22)]
    assert len(content.article.references) == 4
    assert len(content.rows) == 25
    assert [c.id for c in content.conflicts] == [f"conf-{n:02d}" for n in range(1, 22)]
    assert [r.id for r in content.rules] == [f"rule-{n:02d}" for n in range(1, 11)]
    assert len(content.rapid_tests) == 11
    assert {m.id for m in content.mechanisms} == set(Mechanism)
    assert {s.id for s in content.sites} == set(Site)
    assert Counter(row.source for row in content.rows) == {
        "idsa2026": 14,
        "idsa2024_sum": 4,
        "idsa2024": 2,
        "escmid2022": 3,
        "droracle2025": 2,
    }


def test_the_kpc_order_is_that_of_the_rationale(content: Content) -> None:
    """Meropenem-vaborbactam, then ceftazidime-avibactam, then imipenem-relebactam."""
    row = next(row for row in content.rows if row.id == "idsa2026-kpc-invasive")
    assert [entry.antimicrobials[0] for entry in row.preferred] == [
        "meropenem-vaborbactam",
        "ceftazidime-avibactam",
        "imipenem-relebactam",
    ]


def test_no_row_lists_what_a_rule_forbids(content: Content) -> None:
    """The rows of every source, read entry by entry, agree with rules 1 to 4 before any filter runs."""
    tetracyclines, weak = {"tigecycline", "eravacycline"}, {"meropenem-vaborbactam", "imipenem-relebactam"}
    for row in content.rows:
        for entry in (*row.preferred, *row.alternative, *row.reserve):
            mechanisms = set(entry.mechanisms or row.mechanisms)
            sites = set(entry.sites or row.sites)
            named = set(entry.antimicrobials)
            alone = len(entry.antimicrobials) == 1
            assert not (alone and named & {*weak, "ceftazidime-avibactam"} and mechanisms & METALLO_BETA_LACTAMASES)
            assert not (named & weak and Mechanism.OXA_48_LIKE in mechanisms), row.id
            assert not (named & tetracyclines and sites & {Site.BACTEREMIA, *URINARY_SITES}), row.id
            assert not ("polymyxin-b" in named and sites & URINARY_SITES), row.id


def test_every_offered_antimicrobial_has_a_guidance_dose_for_its_sites(content: Content) -> None:
    """What the leading guidance offers has its dose there, polymyxins and IV fosfomycin in reserve excepted."""
    drugs = {drug.id: drug for drug in content.antimicrobials}
    pairs = {frozenset(drug.components): drug for drug in content.antimicrobials if drug.components}
    for row in content.rows:
        if row.source != content.edition.guidance:
            continue
        for entry in (*row.preferred, *row.alternative):
            named = entry.antimicrobials
            drug = drugs[named[0]] if len(named) == 1 else pairs[frozenset(named)]
            if AllergyClass.POLYMYXIN in drug.allergy_classes:
                continue
            for site in entry.sites or row.sites:
                fitting = [
                    dose
                    for dose in drug.doses
                    if dose.kind == "guidance"
                    and (not dose.sites or site in dose.sites)
                    and (entry.route is None or dose.route in (None, entry.route))
                ]
                assert fitting, (row.id, drug.id, site)


def test_topics_are_known(content: Content) -> None:
    """A fact with a topic that no section reads would be lost."""
    for drug in content.antimicrobials:
        assert {fact.topic for fact in drug.facts} <= FACT_TOPICS, drug.id
    assert {fact.topic for fact in content.facts} == GENERAL_TOPICS


def test_warnings_travel_with_their_antimicrobial(content: Content) -> None:
    """Boxed warnings, safety signals and site limits are shown with every regimen that holds them."""
    travelling = {fact.id for drug in content.antimicrobials for fact in drug.facts if fact.always}
    must = {"tgc-box", "tgc-mic", "tgc-vap", "tgc-ind", "fdc-mort", "plz-box", "pmb-box", "cza-metro", "aza-metro"}
    assert must <= travelling
    boxed = {f.id for drug in content.antimicrobials for f in drug.facts if f.topic == "boxed_warning"}
    assert boxed <= travelling


def test_valproate_is_marked_on_every_carbapenem_and_pivmecillinam(content: Content) -> None:
    """Rule-06 in the data."""
    marked = {drug.id for drug in content.antimicrobials if any(fact.comedication for fact in drug.facts)}
    carbapenems = {drug.id for drug in content.antimicrobials if AllergyClass.CARBAPENEM in drug.allergy_classes}
    assert marked == carbapenems | {"pivmecillinam"}


def test_eu_rows_are_marked(content: Content) -> None:
    """The rows of aztreonam-avibactam at the lowest clearance are the EU's, and the US dose is not given."""
    drug = next(drug for drug in content.antimicrobials if drug.id == "aztreonam-avibactam")
    low = [row for row in drug.renal.rows if row.band.region == "EU"]
    assert len(low) == 2
    assert not [
        r for r in drug.renal.rows if r.band.region is None and r.band.at_most is not None and r.band.at_most <= 15
    ]


def test_the_newest_guidance_speaks_first(content: Content) -> None:
    """In a conflict the leading guidance, where it has a position, comes first; the article comes last."""
    for conflict in content.conflicts:
        sources = [position.source for position in conflict.positions]
        if content.edition.guidance in sources:
            assert sources[0] == content.edition.guidance, conflict.id
        assert "droracle2025" not in sources[:-1], conflict.id


def test_files_stay_readable() -> None:
    """No absolute path and no tab; every file ends with one newline."""
    for path in sorted(Path(DATA_FOLDER).rglob("*.toml")):
        text = path.read_text()
        assert "\t" not in text, path
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path


def test_the_guide_names_every_file() -> None:
    """A pharmacist finds each file and folder in `knowledge/data/README.md`."""
    guide = (DATA_FOLDER / "README.md").read_text()
    named = [path.name for path in DATA_FOLDER.iterdir() if path.name not in ("README.md", "__pycache__")]
    assert [name for name in named if f"`{name}" not in guide] == []


def test_the_guide_s_example_is_a_dose_of_the_data(content: Content) -> None:
    """The steps shown in the guide are those of aztreonam-avibactam."""
    guide = (DATA_FOLDER / "README.md").read_text()
    block = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert block
    steps = tomllib.loads(block[1])["steps"]
    drug = next(drug for drug in content.antimicrobials if drug.id == "aztreonam-avibactam")
    dose = next(dose for dose in drug.doses if dose.id == "aza-dose-idsa")
    assert [step.model_dump(exclude_defaults=True) for step in dose.steps] == steps
