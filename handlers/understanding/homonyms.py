"""Words that are two things: IMP the enzyme, the antimicrobial or a heading; VIM; Klebsiella pneumonia(e)."""

from __future__ import annotations

from handlers.understanding.codes import resolve_codes
from handlers.understanding.lexicon import HARD, JOINED, PLAIN, SOFT, Lexicon, Match, Reading
from handlers.understanding.results import LETTERS
from knowledge.terms import Site
from knowledge.vocabulary import Kind, Term

_ANTIMICROBIALS = frozenset({Kind.ANTIMICROBIAL, Kind.OTHER_ANTIMICROBIAL, Kind.AMBIGUOUS})
_RESULTS = frozenset({"negative", "positive", "pending", "negative_for", "positive_for"})
_BARE_REPORTS = frozenset({"resistant", "susceptible", "intermediate"})
_OF_PATIENTS = (Kind.SITE, Kind.ANTIMICROBIAL, Kind.ORGANISM, Kind.CRE, Kind.DIALYSIS)
_NO_DIALYSIS = "not-dialysis"
_GENUS = "Klebsiella spp."


def resolve_homonyms(reading: Reading, lexicon: Lexicon, has_other_site: bool) -> None:
    """Settle each such word in place. `has_other_site`: the thread has settled a site."""
    _resolve_imp(reading, lexicon)
    _resolve_vim(reading, lexicon)
    _resolve_oxa(reading, lexicon)
    _resolve_hd(reading, lexicon)
    if resolve_codes(reading, lexicon):
        _settle(reading)
    _resolve_klebsiella_pneumonia(reading, lexicon, has_other_site)


def _resolve_imp(reading: Reading, lexicon: Lexicon) -> None:
    """Settle every bare "imp" by its neighbours; a heading is no finding."""
    bare = [m for m in reading.of(Kind.MECHANISM) if m.id == "imp" and reading.words[m.first] == "imp"]
    if not bare:
        return
    imipenem = lexicon.term("imipenem")
    for match in bare:
        if match.last > match.first and not reading.words[match.last].isdigit():
            continue
        if match.last > match.first:
            if _reported(reading, match.last):
                _replace(reading, match, imipenem)
            continue
        if _is_heading(reading, match):
            _replace(reading, match, None)
        elif _is_antimicrobial(reading, match):
            _replace(reading, match, imipenem)
    if any(reading.at[match.first] is not match for match in bare):
        _settle(reading)


def _resolve_vim(reading: Reading, lexicon: Lexicon) -> None:
    """ "In VIM" is of the editor, unless anything of a patient is named too."""
    if not any(kind in reading.kinds for kind in _OF_PATIENTS):
        return
    editor = [m for m in reading.of(Kind.SCOPE) if reading.phrase(m) == "in vim"]
    term = lexicon.term("vim")
    if editor and term is not None:
        for match in editor:
            reading.at[match.first] = None
            reading.at[match.last] = Match(term, term.kind, term.id, match.last, match.last)
        _settle(reading)


def _resolve_oxa(reading: Reading, lexicon: Lexicon) -> None:
    """ "OXA band (48-like)": the number stands a word or two behind the name."""
    bare = [m for m in reading.of(Kind.BYSTANDER) if m.id == "oxa-unnamed"]
    if not bare:
        return
    term = lexicon.term("oxa", "48")
    found = False
    for match in bare:
        for number in range(match.last + 2, min(match.last + 4, len(reading.words))):
            between = reading.at[number - 1]
            if reading.codes[number - 1] == HARD or between is None or between.kind is not Kind.CUE:
                break
            if between.id not in ("bridge", "positive") or reading.codes[number] == HARD:
                break
            if reading.words[number : number + 2] == ["48", "like"] and reading.at[number] is None:
                _replace(reading, match, term)
                found = True
    if found:
        _settle(reading)


def _resolve_hd(reading: Reading, lexicon: Lexicon) -> None:
    """ "Now HD stable", "on HD mero 2 g" are no dialysis; "HD mero R" is dialysis and a report."""
    words = reading.words
    found = False
    for match in reading.of(Kind.DIALYSIS):
        if words[match.last] != "hd" or match.last == match.first or match.last + 1 >= len(words):
            continue
        other = lexicon.term("hd", words[match.last + 1])
        if other is None or other.id != _NO_DIALYSIS or reading.codes[match.last + 1] != PLAIN:
            continue
        agent = reading.at[match.last + 1]
        dosed = words[match.last + 2 : match.last + 3]
        if agent is None or agent.kind not in _ANTIMICROBIALS or (dosed and dosed[0][0].isdigit()):
            _replace(reading, match, None)
            found = True
    for match in reading.of(Kind.NEUTRAL):
        if match.id != _NO_DIALYSIS or words[match.first] != "hd" or match.last == match.first:
            continue
        dialysis, agent_term = lexicon.term("hd"), lexicon.term(*words[match.first + 1 : match.last + 1])
        report = reading.at[match.last + 1] if match.last + 1 < len(words) else None
        if agent_term is None or agent_term.kind not in _ANTIMICROBIALS or dialysis is None:
            continue
        if report is not None and report.kind is Kind.REPORT and report.id in _BARE_REPORTS:
            first, last = match.first, match.last
            reading.at[first] = Match(dialysis, dialysis.kind, dialysis.id, first, first)
            agents = Match(agent_term, agent_term.kind, agent_term.id, first + 1, last)
            reading.at[first + 1 : last + 1] = [agents] * (last - first)
            found = True
    if found:
        _settle(reading)


def _is_heading(reading: Reading, match: Match) -> bool:
    gap = reading.gaps[match.last + 1]
    if ":" not in gap and not (gap.strip() in ("-", "/") and reading.sentence_starts(match.first) and " " in gap):
        return False
    following = reading.at[match.last + 1] if match.last + 1 < len(reading.words) else None
    if LETTERS.keys() & set(reading.words[match.last + 1 : match.last + 2]) and reading.codes[match.last + 2] >= SOFT:
        return False  # "IMP: P," in a row of results
    if following is None:
        after = reading.words[match.last + 1][0] if match.last + 1 < len(reading.words) else ""
        item = match.last + 2 < len(reading.gaps) and reading.gaps[match.last + 2][:1] in (".", ")")
        return item or not (after.isdigit() or "<" in gap or ">" in gap)
    if following.kind is Kind.REPORT and following.id in _BARE_REPORTS:
        return False
    if following.kind is Kind.CUE and following.id in _RESULTS:
        goes_on = following.last + 1 < len(reading.words) and reading.codes[following.last + 1] < SOFT
        return goes_on and not _is_row(reading, match)
    listed = _neighbour(reading, match, -1) in (Kind.MECHANISM, Kind.BYSTANDER, Kind.TEST)
    return not (following.kind is Kind.MECHANISM and listed)


def _is_row(reading: Reading, match: Match) -> bool:
    """ "NDM: not detected, IMP: detected": one row of a table of genes."""
    others = reading.of(Kind.MECHANISM)
    return any(other is not match and ":" in reading.gaps[other.last + 1] for other in others[:20])


def _is_antimicrobial(reading: Reading, match: Match) -> bool:
    if _reported(reading, match.last):
        return True
    before = reading.at[match.first - 1] if match.first else None
    if before is not None and reading.codes[match.first] < HARD:
        if before.kind is Kind.REPORT and before.id in ("resistant_to", "susceptible_to", "intermediate_to"):
            return True
        if before.kind is Kind.REPORT and before.id in _BARE_REPORTS and ":" in reading.gaps[match.first]:
            return True
    sides = {_neighbour(reading, match, -1), _neighbour(reading, match, 1)}
    if Kind.MECHANISM in sides or Kind.BYSTANDER in sides:
        return False
    return bool(sides & _ANTIMICROBIALS)


def _reported(reading: Reading, last: int) -> bool:
    """Whether a susceptibility or a measured value stands right after the word."""
    number = last + 1
    for _ in range(6):
        if number >= len(reading.words) or reading.codes[number] == HARD or reading.stops[number]:
            return False
        match = reading.at[number]
        if match is None:
            if not reading.words[number][0].isdigit():
                return False
            gap = reading.gaps[number]
            unit = reading.words[number + 1] if number + 1 < len(reading.words) else ""
            if "<" in gap or ">" in gap or "=" in gap or unit in ("mg", "g", "r", "s", "i", "mcg", "ug"):
                return True
            number += 1
            continue
        if match.kind is Kind.REPORT:
            if match.id in _BARE_REPORTS or reading.words[match.first].startswith("mic"):
                return True
            if match.id != "fill":
                return False
        elif match.kind in _ANTIMICROBIALS and reading.codes[number] in (JOINED, SOFT):
            pass
        elif match.kind is not Kind.CUE or match.id not in ("bridge", "join", "also"):
            return False
        number = match.last + 1
    return False


def _neighbour(reading: Reading, match: Match, step: int) -> Kind | None:
    """The kind of the finding next in a list, over commas, slashes and "and"."""
    number = match.first - 1 if step < 0 else match.last + 1
    for _ in range(2):
        if not 0 <= number < len(reading.words) or reading.codes[number if step > 0 else number + 1] == HARD:
            return None
        other = reading.at[number]
        if other is None:
            return None
        if other.kind is not Kind.CUE or other.id != "join":
            if other.kind is Kind.REPORT and step < 0 and other.first:
                inner = reading.at[other.first - 1]
                return inner.kind if inner is not None and inner.kind in _ANTIMICROBIALS else None
            return other.kind
        number = other.first - 1 if step < 0 else other.last + 1
    return None


def _resolve_klebsiella_pneumonia(reading: Reading, lexicon: Lexicon, has_other_site: bool) -> None:
    """ "Klebsiella pneumonia" is the organism when another site is given, and the lung when none is."""
    sites = reading.of(Kind.SITE)
    if not any(site.id == Site.PNEUMONIA for site in sites):
        return
    species = lexicon.term("klebsiella", "pneumoniae")
    left = len(sites)
    for site in sites:
        if site.id != Site.PNEUMONIA or not reading.words[site.first].startswith("pneumoni") or not site.first:
            continue
        genus = reading.at[site.first - 1]
        if genus is None or genus.id != _GENUS or reading.codes[site.first] == HARD or reading.stops[site.first]:
            continue
        if has_other_site or left > 1:
            _replace(reading, site, None)
            _replace(reading, genus, species)
            left -= 1
    if left < len(sites):
        _settle(reading)


def _replace(reading: Reading, match: Match, term: Term | None) -> None:
    """Put another reading of the same words in place of a match, or none; `_settle` makes it count."""
    new = None if term is None else Match(term, term.kind, term.id, match.first, match.last)
    reading.at[match.first : match.last + 1] = [new] * (match.last + 1 - match.first)


def _settle(reading: Reading) -> None:
    """List the matches anew after replacements, in one pass."""
    kinds: dict[Kind, list[Match]] = {}
    matches: list[Match] = []
    for match in reading.at:
        if match is not None and (not matches or matches[-1] is not match):
            matches.append(match)
            kinds.setdefault(match.kind, []).append(match)
    reading.matches, reading.kinds = matches, kinds
