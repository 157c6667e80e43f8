"""Regimens as lines: name, dose with its kidney band, conditions; what not to use, grouped by reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.layouts import local_lines
from handlers.layouts.blocks import escape
from handlers.layouts.references import References
from knowledge.answer import DoseLine, Line, RegimenView


def said(line: Line, refs: References) -> str:
    """A statement with its marks and, always, its caveat."""
    caveat = f" _(Caveat: {escape(line.caveat)})_" if line.caveat else ""
    return f"{escape(line.text)}{caveat} {refs.marks(line.citations)}".rstrip()


def bullets(lines: Iterable[Line], refs: References) -> list[str]:
    """Statements as a list."""
    return [f"• {said(line, refs)}" for line in lines]


def dose(line: DoseLine, refs: References) -> str:
    """A dose with the kidney function it is for."""
    kind = {"label": "label: "}.get(line.kind, "")
    return f"{kind}{said(line, refs)} · _{escape(line.band)}_"


def regimen(view: RegimenView, refs: References, skip: Iterable[Line], *, brief: bool = False) -> str:
    """One regimen on a few lines. `skip` are conditions told once for all; `brief` leaves marks to `remarks`."""
    told = set(skip)
    lines = [f"• *{escape(view.name)}*"]
    lines += [f"   {dose(d, refs)}" for d in view.doses if d.kind != "article"]  # the article's stand with its words
    if not brief:
        lines += [f"   {said(note, refs)}" for note in view.dose_notes]
    if view.read_table and not brief:
        rows = "; ".join(f"{escape(row.band)}: {said(row, refs)}" for row in view.renal_table)
        lines.append(f"   Table by {escape(view.renal_measure or 'the label')}: {rows}")
    if not view.doses and not view.dose_notes:
        lines.append("   No dose in the sources read: ask pharmacy.")
    conditions = [line for line in view.conditions if line not in told]
    if conditions:
        lines.append("   Only: " + "; ".join(said(line, refs) for line in conditions))
    if not brief:
        lines += [f"   {said(line, refs)}" for line in view.marks]
        lines += local_lines.marks(view)
    return "\n".join(lines)


def remarks(views: Iterable[RegimenView], refs: References, *, brief: bool = False) -> list[str]:
    """Warnings that travel with the regimens, each told once for all it belongs to; in brief, notes and marks too."""
    grouped: dict[Line, list[str]] = {}
    for view in views:
        for line in (*view.dose_notes, *view.marks, *view.cautions) if brief else view.cautions:
            grouped.setdefault(line, []).append(view.name)
    return [f"• *{escape(', '.join(dict.fromkeys(names)))}:* {said(line, refs)}" for line, names in grouped.items()]


def not_suggested(views: Sequence[RegimenView], refs: References) -> list[str]:
    """What not to use and why, one line a reason."""
    grouped: dict[tuple[Line, ...], list[str]] = {}
    for view in views:
        grouped.setdefault(view.reasons, []).append(view.name)
    return [
        f"• *{escape(', '.join(dict.fromkeys(names)))}:* {'; '.join(said(line, refs) for line in reasons)}"
        for reasons, names in grouped.items()
    ]


def renal_rows(views: Iterable[RegimenView], refs: References) -> list[str]:
    """The kidney table of each regimen that has one, in words."""
    lines = []
    for view in {v.antimicrobials: v for v in views if v.renal_table}.values():
        measure = f" (by {escape(view.renal_measure)})" if view.renal_measure else ""
        rows = "; ".join(f"{escape(row.band)}: {said(row, refs)}" for row in view.renal_table)
        lines.append(f"• *{escape(view.name)}*{measure}: {rows}")
    return lines
