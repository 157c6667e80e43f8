"""Regimens as lines: name, dose with its kidney band, conditions; what not to use, grouped by reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.layouts import local_lines
from handlers.layouts.blocks import escape
from handlers.layouts.references import References
from knowledge.answer import Answer, DoseLine, Line, RegimenView


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


def leading_doses(view: RegimenView) -> list[DoseLine]:
    """The doses that stand with the regimen: the guidance's, or the label's where it gives none.

    The article's stand with its own words, a label's beside the guidance's with the kidney tables.
    """
    doses = [d for d in view.doses if d.kind != "article"]
    if any(d.kind == "guidance" for d in doses):
        return [d for d in doses if d.kind != "label"]
    return doses


def label_doses(views: Iterable[RegimenView], refs: References) -> list[str]:
    """What the labels give as the dose where the guidance gives one too, and no kidney table says it."""
    lines: dict[str, None] = {}
    for view in views:
        leading = leading_doses(view)
        in_table = {(row.text, row.band) for row in view.renal_table}
        for line in view.doses:
            if line.kind == "label" and line not in leading and (line.text, line.band) not in in_table:
                lines[f"• *{escape(view.name)}*, by its {dose(line, refs)}"] = None
    return list(lines)


def regimen(
    view: RegimenView, refs: References, skip: Iterable[Line], *, brief: bool = False, whole: bool = False
) -> str:
    """One regimen on a few lines. `skip` are conditions told once for all; notes on the dose are left to `remarks`.

    In `brief` the marks are too. The `whole` of it has notes and marks, and the table where no dose could be chosen.
    """
    told = set(skip)
    lines = [f"• *{escape(view.name)}*"]
    lines += [f"   {dose(d, refs)}" for d in leading_doses(view)]
    notes = view.dose_notes if whole else () if brief else view.dose_notes[: _notes_inside(view)]
    lines += [f"   {said(note, refs)}" for note in notes]
    if brief and view.dose_notes:
        lines.append("   _On this dose see Cautions._")  # where `remarks` tells the notes, once for all regimens
    if view.read_table and whole:
        rows = "; ".join(f"{escape(row.band)}: {said(row, refs)}" for row in view.renal_table)
        lines.append(f"   Table by {escape(view.renal_measure or 'the label')}: {rows}")
    if not view.doses and not view.dose_notes:
        lines.append("   No dose in the sources read: ask pharmacy.")
    conditions = [line for line in view.conditions if line not in told]
    if conditions:
        lines.append("   Note: " + "; ".join(said(line, refs) for line in conditions))
    if not brief:
        lines += [f"   {said(line, refs)}" for line in view.marks]
        lines += local_lines.marks(view)
    return "\n".join(lines)


def _notes_inside(view: RegimenView) -> int:
    """Without a dose the first note says what to do: it stands in the dose's place."""
    return 0 if leading_doses(view) else 1


def offered(
    answer: Answer, views: Sequence[RegimenView], brief: bool, refs: References, *, whole: bool = False
) -> list[str]:
    """Regimens in the guidance's order, with "if susceptible" once for all."""
    told = (answer.susceptibility,)
    lines = [f"_{said(answer.susceptibility, refs)}._"]
    return lines + [regimen(view, refs, told, brief=brief, whole=whole) for view in views]


def anything_offered(answer: Answer) -> bool:
    """Whether the answer holds any regimen that may be given."""
    asked = any(not view.reasons for view in (*answer.focus, *answer.elsewhere))
    return asked or any(b.preferred or b.alternative or b.reserve for b in answer.branches)


def remarks(views: Iterable[RegimenView], refs: References, *, brief: bool = False) -> list[str]:
    """Notes on doses and warnings that travel with the regimens, each told once for all; in brief, marks too."""
    grouped: dict[Line, list[str]] = {}
    for view in views:
        notes = (*view.dose_notes, *view.marks) if brief else view.dose_notes[_notes_inside(view) :]
        for line in (*view.cautions, *notes):
            grouped.setdefault(line, []).append(view.name)
    return [f"• *{escape(', '.join(dict.fromkeys(names)))}:* {said(line, refs)}" for line, names in grouped.items()]


def cautions(view: RegimenView, refs: References) -> list[str]:
    """The warnings of a regimen that is shown whole."""
    return [f"• *{escape(view.name)}:* {said(line, refs)}" for line in view.cautions]


def not_suggested(views: Sequence[RegimenView], refs: References) -> list[str]:
    """What not to use and why, one line a reason."""
    grouped: dict[tuple[Line, ...], list[str]] = {}
    for view in views:
        grouped.setdefault(view.reasons, []).append(view.name)
    return [
        f"• *{escape(', '.join(dict.fromkeys(names)))}:* {'; '.join(said(line, refs) for line in reasons)}"
        for reasons, names in grouped.items()
    ]


TABLE_HEAD = ("Antimicrobial, kidney function", "Dose")


def table_rows(view: RegimenView, refs: References) -> list[tuple[str, ...]]:
    """The kidney table of one regimen as rows of plain words: what, the band with its measure, the dose with source.

    Two columns, so that a phone shows the dose; the name on every row, so that none is read for another.
    """
    rows: list[tuple[str, ...]] = []
    for line in view.renal_table:
        caveat = f" (Caveat: {line.caveat})" if line.caveat else ""
        dose = f"{line.text}{caveat} {refs.marks(line.citations, most=1)}"
        rows.append((f"{view.name}, {line.band}", dose))
    return rows


def measured_by(view: RegimenView) -> str:
    """By what the bands of a regimen's table are measured."""
    return f"{escape(view.name)}: {escape(view.renal_measure or 'as its label says')}"


def renal_rows(views: Iterable[RegimenView], refs: References) -> list[str]:
    """The kidney table of each regimen that has one, in words."""
    lines = []
    for view in {v.antimicrobials: v for v in views if v.renal_table}.values():
        measure = f" (by {escape(view.renal_measure)})" if view.renal_measure else ""
        rows = "; ".join(f"{escape(row.band)}: {said(row, refs)}" for row in view.renal_table)
        lines.append(f"• *{escape(view.name)}*{measure}: {rows}")
    return lines
