"""`knowledge coverage`: the mechanism by site matrix as a table, as JSON and as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.sax.saxutils import escape

import orjson
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from bot.cli.console import FAILED, OK, err, out
from bot.cli.knowledge_reading import load_edited
from bot.settings import Settings
from knowledge.base import KnowledgeBase
from knowledge.governance.coverage import MECHANISMS, SITES, Cell, Cover, coverage, totals
from knowledge.terms import Mechanism

_STYLES = {
    Cover.PREFERRED: "green",
    Cover.ALTERNATIVE_ONLY: "yellow",
    Cover.ELSEWHERE: "yellow",
    Cover.NOT_COVERED: "dim",
}
# Fill and border: light fills under black text; the words in each cell say the same as its colour.
_COLOURS = {
    Cover.PREFERRED: ("#d7f0dd", "#1b6b35"),
    Cover.ALTERNATIVE_ONLY: ("#fff0c2", "#7a5b00"),
    Cover.ELSEWHERE: ("#e3e9fb", "#2f4a9b"),
    Cover.NOT_COVERED: ("#f1f1f1", "#6b6b6b"),
}
_SHORT = {
    Mechanism.OXA_48_LIKE: "OXA-48",
    Mechanism.MBL: "MBL",
    Mechanism.NON_CARBAPENEMASE: "non-CP",
    Mechanism.UNKNOWN: "unknown",
}
_LEGEND = "preferred/alternative/in reserve; other: other guidance only; none: not covered, ID consultation"
_WIDTH, _HEIGHT, _LEFT, _TOP = 132, 62, 215, 96


def show_coverage(settings: Settings, svg: Path | None, *, as_json: bool) -> int:
    """Print the matrix, and write the picture where one is asked for."""
    bot = load_edited(settings)
    if bot is None:
        return FAILED
    knowledge = bot.knowledge
    cells = coverage(knowledge)
    if svg is not None:
        try:
            svg.write_text(picture(knowledge, cells), encoding="utf-8")
        except OSError as error:
            err.print(f"{svg} can't be written ({error.strerror}): name another file.", markup=False)
            return FAILED
    if as_json:
        told = {
            "edition": knowledge.edition.id,
            "digest": knowledge.digest,
            "cells": [
                {
                    "mechanism": cell.mechanism.value,
                    "site": cell.site.value,
                    "cover": cell.cover.value,
                    "preferred": cell.preferred,
                    "alternative": cell.alternative,
                    "reserve": cell.reserve,
                    "elsewhere": cell.elsewhere,
                }
                for cell in cells
            ],
            "totals": {cover.value: count for cover, count in totals(cells).items()},
        }
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.flush()
        return OK
    out.print(_table(knowledge, cells))
    out.print(Text(_LEGEND, "dim"), soft_wrap=True)
    out.print(summary(cells), soft_wrap=True)
    if svg is not None:
        out.print(Text(f"Picture: {svg}"), soft_wrap=True)
    return OK


def summary(cells: tuple[Cell, ...]) -> str:
    """The totals in one sentence."""
    counted = totals(cells)
    return (
        f"{len(cells)} combinations: " + ", ".join(f"{count} {cover.value}" for cover, count in counted.items()) + "."
    )


def _table(knowledge: KnowledgeBase, cells: tuple[Cell, ...]) -> Table:
    """Sites down, mechanisms across: eight columns fit a terminal better than ten."""
    short = {site.id: site.short for site in knowledge.content.sites}
    table = Table(padding=(0, 1, 0, 0), header_style="bold", box=SIMPLE_HEAD)
    table.add_column("site", style="bold", overflow="fold", min_width=12)
    for mechanism in MECHANISMS:
        table.add_column(_SHORT.get(mechanism) or knowledge.mechanism_names[mechanism], no_wrap=True)
    at = {(cell.mechanism, cell.site): cell for cell in cells}
    for site in SITES:
        row = [at[mechanism, site] for mechanism in MECHANISMS]
        table.add_row(short[site], *(Text(cell.short, style=_STYLES[cell.cover]) for cell in row))
    return table


def picture(knowledge: KnowledgeBase, cells: tuple[Cell, ...]) -> str:
    """The matrix as SVG that says everything in words too: title, description, a label in each cell."""
    short = {site.id: site.short for site in knowledge.content.sites}
    width, height = _LEFT + _WIDTH * len(SITES) + 20, _TOP + _HEIGHT * len(MECHANISMS) + 50
    edition = knowledge.edition
    title = f"Coverage of edition {edition.id}: mechanisms by sites of infection"
    frame = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg {frame} role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(summary(cells))} Each cell says in words what is covered.</desc>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(16, 30, title, "start", 'font-size="18" font-weight="bold"'),
        _text(16, 52, f"{knowledge.status}. Digest {knowledge.digest[:12]}. {summary(cells)}", "start"),
    ]
    for column, site in enumerate(SITES):
        x = _LEFT + column * _WIDTH + _WIDTH // 2
        parts.append(_text(x, _TOP - 12, short[site], "middle", 'font-weight="bold"'))
    for row, mechanism in enumerate(MECHANISMS):
        y = _TOP + row * _HEIGHT
        for line, words in enumerate(_wrapped(knowledge.mechanism_names[mechanism], 24)):
            parts.append(_text(16, y + 26 + 16 * line, words, "start", 'font-weight="bold"'))
        for column, site in enumerate(SITES):
            cell = cells[row * len(SITES) + column]
            parts += _cell(_LEFT + column * _WIDTH, y, cell, knowledge.mechanism_names[mechanism], short[site])
    return "\n".join([*parts, "</svg>", ""])


def _cell(x: int, y: int, cell: Cell, mechanism: str, site: str) -> list[str]:
    fill, border = _COLOURS[cell.cover]
    box = f'x="{x + 3}" y="{y + 3}" width="{_WIDTH - 6}" height="{_HEIGHT - 6}" rx="4"'
    lines = [part for words in cell.text.split(", ") for part in _wrapped(words, 18)]
    first = y + _HEIGHT // 2 + 5 - 8 * (len(lines) - 1)
    return [
        f"<g><title>{escape(f'{mechanism}, {site}: {cell.text}')}</title>",
        f'<rect {box} fill="{fill}" stroke="{border}" stroke-width="1.5"/>',
        *(_text(x + _WIDTH // 2, first + 16 * n, words, "middle") for n, words in enumerate(lines)),
        "</g>",
    ]


def _text(x: int, y: int, words: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#111111" {more}>{escape(words)}</text>'.replace(
        " >", ">"
    )


def _wrapped(words: str, width: int) -> list[str]:
    from textwrap import wrap

    return wrap(words, width)
