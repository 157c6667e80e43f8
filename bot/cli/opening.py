"""How a command begins: settings read, or every fault of them told; bad usage said in one line."""

from __future__ import annotations

import os
from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

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


def configure_logs(style: Any, level: str) -> None:
    """How the command logs."""
    from bot.logs import configure_logging

    configure_logging(style, level)


def run(work: Coroutine[Any, Any, int]) -> NoReturn:
    """Run on uvloop and end with its exit code; a bot that does not start says why, every reason at once."""
    import asyncio

    import uvloop

    from bot.faults import StartError

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code = runner.run(work)
    except StartError as error:
        from bot.cli.console import show_faults

        show_faults("The bot does not start.", error.faults)
        code = 1
    except KeyboardInterrupt:
        code = 130
    raise typer.Exit(code)
