"""What every command prints with: tables of faults, and the exit codes."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.faults import Fault

OK = 0
FAILED = 1
BAD_USAGE = 2

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def show_faults(title: str, faults: Iterable[Fault]) -> None:
    """Every fault with its remedy, to standard error."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="bold")
    for column in ("What", "is wrong", "what to do"):
        table.add_column(column, overflow="fold")
    for fault in faults:
        table.add_row(Text(fault.name, style="bold"), Text(fault.problem), Text(fault.remedy))
    err.print(Text(title, style="bold red"))
    err.print(table)
