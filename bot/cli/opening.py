"""How a command begins: settings read, or every fault of them told; bad usage said in one line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from bot.settings import Settings


def open_settings(mode: str, brought: Mapping[str, str] | None = None) -> Settings:
    """The settings from the environment, and what the command itself brings; ends it with code 2 and every fault."""
    from bot.faults import SettingsError
    from bot.settings import Mode, load_settings

    try:
        return load_settings(Mode[mode], {**os.environ, **(brought or {})})
    except SettingsError as error:
        from bot.cli.console import show_faults

        show_faults("The settings cannot be used.", error.faults)
        raise typer.Exit(2) from None


def bad_usage(message: str) -> NoReturn:
    """Say what was wrong with the call and end with exit code 2."""
    typer.echo(message, err=True)
    raise typer.Exit(2)
