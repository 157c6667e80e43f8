"""The insights as one picture (SVG): bars by day and by what was asked; every number stands beside its bar."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from xml.etree import ElementTree as ET

from handlers.insights import DISCLAIMER, METHOD, Insights
from handlers.layouts.review_insights import figures, signal_lines, tables, title

WIDTH = 960
_MARGIN, _LINE, _HALF = 32, 20, 432
_BAR, _INK, _GREY, _PAPER, _MARK = "#2b6cb0", "#1a202c", "#4a5568", "#ffffff", "#c05621"
_DAYS_HIGH = 140
_LABEL_WIDTH = 190


def insights_svg(found: Insights) -> str:
    """A whole SVG document; its title and description say in words what the bars show."""
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "font-family": "sans-serif"})
    ET.SubElement(root, "title").text = title(found)
    ET.SubElement(root, "desc").text = " ".join([*figures(found), *signal_lines(found), DISCLAIMER])
    paper = ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": _PAPER})
    y = _text(root, _MARGIN, 44, title(found), size=22, weight="bold") + 8
    for line in figures(found):
        y = _text(root, _MARGIN, y + _LINE, line)
    for line in signal_lines(found):
        y = _text(root, _MARGIN, y + _LINE, line, colour=_MARK if found.signals else _GREY, weight="bold")
    y = _days(root, y + 2 * _LINE, found)
    for left, right in _pairs([(name, counts) for name, counts in tables(found) if counts]):
        ends = [
            _bars(root, x, y + 2 * _LINE, *part) for x, part in ((_MARGIN, left), (_MARGIN + _HALF + 32, right)) if part
        ]
        y = max(ends)
    y += _LINE
    for line in wrap(f"{DISCLAIMER} {METHOD}", 130):
        y = _text(root, _MARGIN, y + _LINE, line, size=12, colour=_GREY)
    height = y + _MARGIN
    root.set("viewBox", f"0 0 {WIDTH} {height}")
    root.set("width", str(WIDTH))
    root.set("height", str(height))
    paper.set("height", str(height))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _days(root: ET.Element, y: int, found: Insights) -> int:
    """A bar a day, its count above, its date below where there is room."""
    _text(root, _MARGIN, y, "Questions by day (UTC)", weight="bold")
    top, base = y + 30, y + 30 + _DAYS_HIGH
    most = max((count for _, count in found.by_day), default=0) or 1
    step = (WIDTH - 2 * _MARGIN) / max(1, len(found.by_day))
    each_date = 1 if len(found.by_day) <= 14 else 3 if len(found.by_day) <= 31 else 7
    for number, (day, count) in enumerate(found.by_day):
        x, high = _MARGIN + number * step, count / most * (base - top)
        bar = {"x": x + step * 0.1, "y": base - high, "width": step * 0.8, "height": max(high, 1)}
        ET.SubElement(root, "rect", {**{k: f"{v:.1f}" for k, v in bar.items()}, "fill": _BAR})
        middle = int(x + step / 2)
        if count and len(found.by_day) <= 31:  # more of them would stand on each other
            _text(root, middle, int(base - high) - 4, str(count), size=11, anchor="middle")
        if number % each_date == 0:
            _text(root, middle, base + 16, f"{day:%-d %b}", size=11, colour=_GREY, anchor="middle")
    return base + 16


def _bars(root: ET.Element, x: int, y: int, name: str, counts: Mapping[str, int]) -> int:
    """Lying bars with their words before and their numbers after them."""
    _text(root, x, y, name, weight="bold")
    most = max(counts.values()) or 1
    room = _HALF - _LABEL_WIDTH - 60
    for word, count in counts.items():
        y += _LINE + 4
        _text(root, x + _LABEL_WIDTH, y, word, size=13, anchor="end")
        bar = {"x": x + _LABEL_WIDTH + 8, "y": y - 13, "width": max(1.0, count / most * room), "height": 16}
        ET.SubElement(root, "rect", {**{k: f"{v:.1f}" for k, v in bar.items()}, "fill": _BAR})
        _text(root, int(x + _LABEL_WIDTH + 14 + count / most * room), y, str(count), size=13)
    return y


Part = tuple[str, Mapping[str, int]]


def _pairs(parts: list[Part]) -> list[tuple[Part, Part | None]]:
    return [
        (left, parts[number + 1] if number + 1 < len(parts) else None)
        for number, left in enumerate(parts)
        if number % 2 == 0
    ]


def _text(
    root: ET.Element,
    x: int,
    y: int,
    words: str,
    *,
    size: int = 14,
    colour: str = _INK,
    weight: str = "normal",
    anchor: str = "start",
) -> int:
    """One line; the height it stands at."""
    places = {"x": str(x), "y": str(y), "font-size": str(size), "fill": colour}
    ET.SubElement(root, "text", {**places, "font-weight": weight, "text-anchor": anchor}).text = words
    return y
