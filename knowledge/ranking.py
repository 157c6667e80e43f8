"""From the rows of the sources to ranked regimens for one mechanism at the sites of a patient.

A row says what a source lists; the safety rules are then a filter that no row can pass by. Where a patient has
several sites a regimen must be listed for every one of them, and a "not suggested" at one site holds for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import chain

from knowledge.content import Content
from knowledge.recommendations import Entry, Forbidden, Row, SafetyRule
from knowledge.terms import URINARY_SITES, Mechanism, Phenotype, Route, Site

Key = tuple[tuple[str, ...], Route | None]


class Rank(IntEnum):
    """Where a source puts a regimen; lower is earlier."""

    PREFERRED = 0
    ALTERNATIVE = 1
    RESERVE = 2
    NOT_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """A regimen as listed, with the row entries and rules that put it where it is."""

    key: Key
    rank: Rank
    entries: tuple[tuple[Row, Entry], ...] = ()
    forbidden: tuple[tuple[SafetyRule, Forbidden], ...] = ()
    not_everywhere: bool = False  # listed at some of the patient's sites only
    patient: tuple[str, ...] = ()  # reasons of this patient: reported resistant, another organism


def rank(
    content: Content, mechanism: Mechanism, sites: Sequence[Site], phenotypes: Collection[Phenotype]
) -> tuple[tuple[Row, ...], tuple[Listed, ...]]:
    """The leading guidance's rows for this patient and its regimens in order, rules applied."""
    rows = tuple(
        row
        for row in content.rows
        if row.source == content.edition.guidance
        and mechanism in row.mechanisms
        and set(sites) & set(row.sites)
        and (row.phenotype is None or row.phenotype in phenotypes)
    )
    per_site = {site: _at_site(rows, mechanism, site) for site in sites}
    keys = dict.fromkeys(key for listing in per_site.values() for key in listing)
    listed = [_over_sites(key, per_site) for key in keys]
    listed = [_under_rules(content.rules, one, mechanism, sites) for one in listed]
    listed += _rules_not_listed(content.rules, {one.key for one in listed}, mechanism, sites)
    return rows, tuple(sorted(listed, key=lambda one: one.rank))


def _at_site(rows: Iterable[Row], mechanism: Mechanism, site: Site) -> dict[Key, Listed]:
    listing: dict[Key, Listed] = {}
    for row in rows:
        if site not in row.sites:
            continue
        ranked = (
            (Rank.PREFERRED, row.preferred),
            (Rank.ALTERNATIVE, row.alternative),
            (Rank.RESERVE, row.reserve),
            (Rank.NOT_SUGGESTED, row.not_suggested),
        )
        for level, entries in ranked:
            for entry in entries:
                if (entry.mechanisms and mechanism not in entry.mechanisms) or (
                    entry.sites and site not in entry.sites
                ):
                    continue
                key = (entry.antimicrobials, entry.route)
                known = listing.get(key)
                if known is None:
                    listing[key] = Listed(key, level, ((row, entry),))
                else:
                    worse = Rank.NOT_SUGGESTED in (known.rank, level)
                    merged = Rank.NOT_SUGGESTED if worse else min(known.rank, level)
                    listing[key] = replace(known, rank=merged, entries=(*known.entries, (row, entry)))
    return listing


def _over_sites(key: Key, per_site: dict[Site, dict[Key, Listed]]) -> Listed:
    found = {site: listing[key] for site, listing in per_site.items() if key in listing}
    entries = tuple(dict.fromkeys(chain.from_iterable(one.entries for one in found.values())))
    ranks = {site: one.rank for site, one in found.items()}
    if Rank.NOT_SUGGESTED in ranks.values():
        return Listed(key, Rank.NOT_SUGGESTED, entries)
    if len(found) < len(per_site):
        return Listed(key, Rank.NOT_SUGGESTED, entries, not_everywhere=True)
    # "Reserve" spares a drug in a lower urinary infection; with an invasive site the invasive list decides.
    invasive = [r for site, r in ranks.items() if site not in URINARY_SITES]
    return Listed(key, max(invasive or ranks.values()), entries)


def forbids(
    rules: Iterable[SafetyRule], antimicrobials: tuple[str, ...], mechanism: Mechanism | None, sites: Iterable[Site]
) -> tuple[tuple[SafetyRule, Forbidden], ...]:
    """Every rule that forbids this regimen for this mechanism (None: not given) at these sites."""
    at = set(sites)
    return tuple(
        (rule, one)
        for rule in rules
        for one in rule.forbids
        if (antimicrobials[0] in one.antimicrobials and len(antimicrobials) == 1)
        or (not one.alone and set(antimicrobials) & set(one.antimicrobials))
        if (not one.mechanisms or mechanism in one.mechanisms) and (not one.sites or at & set(one.sites))
    )


def volunteered(rules: Iterable[SafetyRule]) -> list[str]:
    """The antimicrobials that a rule forbids somewhere, without those only said when named."""
    every = (a for rule in rules for one in rule.forbids if not one.if_named for a in one.antimicrobials)
    return list(dict.fromkeys(every))


def _under_rules(rules: Iterable[SafetyRule], one: Listed, mechanism: Mechanism, sites: Iterable[Site]) -> Listed:
    broken = forbids(rules, one.key[0], mechanism, sites)
    return replace(one, rank=Rank.NOT_SUGGESTED, forbidden=broken, not_everywhere=False) if broken else one


def _rules_not_listed(
    rules: Sequence[SafetyRule], known: set[Key], mechanism: Mechanism, sites: Iterable[Site]
) -> list[Listed]:
    """What a rule forbids here though no row names it: said all the same."""
    named = {key[0] for key in known}
    drugs = volunteered(rules)
    return [
        Listed(((drug,), None), Rank.NOT_SUGGESTED, forbidden=broken)
        for drug in drugs
        if (drug,) not in named and (broken := forbids(rules, (drug,), mechanism, sites))
    ]
