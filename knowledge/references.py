"""What one data file may say about another: every id named exists, every source is used, nothing is said twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from knowledge.antimicrobials import Antimicrobial
from knowledge.content import Content
from knowledge.recommendations import Row

_Place = tuple[str, str]  # file, key


def reference_faults(content: Content) -> list[str]:
    """Every reference that leads nowhere, id that is used twice and source that nothing cites."""
    return [
        *_duplicates(content),
        *_sources(content),
        *_antimicrobials(content),
        *_facts(content),
        *_rows(content.rows),
        *_vocabulary(content),
    ]


def _named(content: Content) -> Iterator[tuple[_Place, str]]:
    """Every statement that has an id: facts, doses, rows, conflicts, the article's statements, rules."""
    for drug in content.antimicrobials:
        for part, entries in (("doses", drug.doses), ("facts", drug.facts), ("renal.notes", drug.renal.notes)):
            yield from (((_file(drug), part), entry.id) for entry in entries)
    for mechanism in content.mechanisms:
        yield from ((("mechanisms.toml", f"{mechanism.id.value}.facts"), fact.id) for fact in mechanism.facts)
    yield from ((("facts/", "fact"), fact.id) for fact in content.facts)
    yield from ((("recommendations.toml", "row"), row.id) for row in content.rows)
    yield from ((("conflicts.toml", "conflict"), conflict.id) for conflict in content.conflicts)
    yield from ((("article.toml", "statements"), statement.id) for statement in content.article.statements)
    yield from ((("safety_rules.toml", "rule"), rule.id) for rule in content.rules)


def _duplicates(content: Content) -> Iterator[str]:
    places: dict[str, list[_Place]] = {}
    for place, one in _named(content):
        places.setdefault(one, []).append(place)
    for one, found in places.items():
        if len(found) > 1:
            where = ", ".join(sorted({f"{file} ({key})" for file, key in found}))
            yield f'{where}: id "{one}" is used {len(found)} times: give each entry an id of its own'
    lists: tuple[tuple[str, Iterable[str]], ...] = (
        ("sources.toml", (source.id for source in content.sources)),
        ("mechanisms.toml", (mechanism.id.value for mechanism in content.mechanisms)),
        ("sites.toml", (site.id.value for site in content.sites)),
        ("antimicrobials/", (drug.id for drug in content.antimicrobials)),
    )
    for file, ids in lists:
        yield from (f'{file}: id "{one}" is used {n} times: keep one entry' for one, n in Counter(ids).items() if n > 1)


def _parts(content: Content) -> Iterator[tuple[str, BaseModel]]:
    """The content by the file it came from."""
    yield from ((_file(drug), drug) for drug in content.antimicrobials)
    for file, entries in (
        ("edition.toml", (content.edition,)),
        ("mechanisms.toml", content.mechanisms),
        ("sites.toml", content.sites),
        ("facts/", content.facts),
        ("recommendations.toml", content.rows),
        ("conflicts.toml", content.conflicts),
        ("article.toml", (content.article,)),
        ("safety_rules.toml", content.rules),
        ("breakpoints.toml", content.breakpoints),
        ("rapid_tests.toml", content.rapid_tests),
    ):
        yield from ((file, entry) for entry in entries)


def _within(entry: BaseModel, label: str = "") -> Iterator[tuple[str, BaseModel]]:
    """The entry and every model inside it, each with where it is."""
    here = getattr(entry, "id", None) or getattr(entry, "name", None)
    label = f"{label} {here}".strip() if isinstance(here, str) else label
    yield label, entry
    for name, value in entry:
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, BaseModel):
                yield from _within(inner, f"{label} {name}".strip())


def _sources(content: Content) -> Iterator[str]:
    known = {source.id for source in content.sources}
    cited: set[str] = set()
    for file, top in _parts(content):
        for label, entry in _within(top):
            named = [getattr(entry, key, None) for key in ("source", "reference", "guidance")]
            for source in (one for one in named if isinstance(one, str)):
                cited.add(source)
                if source not in known:
                    yield f'{file}: {label}: source "{source}" is not in sources.toml: add it there or correct the id'
    for source in sorted(known - cited):
        yield f'sources.toml: source "{source}" is cited nowhere: remove it or cite it'


def _antimicrobials(content: Content) -> Iterator[str]:
    known = {drug.id for drug in content.antimicrobials}
    pairs = {frozenset(drug.components) for drug in content.antimicrobials if drug.components}
    for file, top in _parts(content):
        for label, entry in _within(top):
            for key in ("antimicrobials", "components", "no_dose"):
                named = getattr(entry, key, ())
                for one in named if isinstance(named, tuple) else ():
                    if one not in known:
                        yield (
                            f'{file}: {label}: {key}: antimicrobial "{one}" has no file in antimicrobials/: '
                            "add the file or correct the id"
                        )
            together = getattr(entry, "antimicrobials", ()) if isinstance(top, Row) and entry is not top else ()
            if len(together) > 1 and frozenset(together) not in pairs:
                yield (
                    f"{file}: {label}: {' + '.join(together)} are given together, but no file in antimicrobials/ "
                    "has these components: add one"
                )


def _facts(content: Content) -> Iterator[str]:
    """Facts, doses and conflicts may be reasons; a dose may differ from a dose, a statement agree or conflict."""
    no_reason = ("recommendations.toml", "safety_rules.toml")
    statements = {one for (file, _), one in _named(content) if file not in no_reason}
    conflicts = {conflict.id for conflict in content.conflicts}
    wanted = {
        "because": statements,
        "reminder_because": statements,
        "susceptibility_because": statements,
        "differs_from": statements,
        "agrees_with": statements,
        "conflicts": conflicts,
    }
    for file, top in _parts(content):
        for label, entry in _within(top):
            for key, known in wanted.items():
                for one in getattr(entry, key, ()):
                    if isinstance(one, str) and one not in known:
                        yield f'{file}: {label}: {key}: no entry has the id "{one}": correct the id or add the entry'


def _rows(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        for rank in ("preferred", "alternative", "reserve", "not_suggested"):
            for entry in getattr(row, rank):
                name = " + ".join(entry.antimicrobials)
                for key in ("mechanisms", "sites"):
                    extra = set(getattr(entry, key)) - set(getattr(row, key))
                    if extra:
                        said = ", ".join(sorted(extra))
                        yield (
                            f"recommendations.toml: {row.id}: {rank} {name}: {key}: {said} is not in the row's own "
                            f"{key}: add it there or remove it here"
                        )
                if rank == "not_suggested" and not entry.reason:
                    yield f"recommendations.toml: {row.id}: not_suggested {name}: reason: missing: say why"


def _vocabulary(content: Content) -> Iterator[str]:
    """Every mechanism and site of the field is described once; every conflict has at least two positions."""
    for file, kind, described in (
        ("mechanisms.toml", "mechanism", content.mechanisms),
        ("sites.toml", "site", content.sites),
    ):
        known = {entry.id for entry in described}
        for missing in sorted(set(type(described[0].id)) - known) if described else ():
            yield f'{file}: {kind} "{missing}" is not described: add an entry'
    for conflict in content.conflicts:
        if len(conflict.positions) < 2:
            yield f"conflicts.toml: {conflict.id}: positions: a conflict needs two: add the other side"


def _file(drug: Antimicrobial) -> str:
    return f"antimicrobials/{drug.id}.toml"
