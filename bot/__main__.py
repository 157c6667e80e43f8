"""The command line: `cre-bot` (= `python -m bot`). Each command imports what it needs when it runs, not before."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from bot.cli.audit_commands import audit
from bot.cli.knowledge_commands import knowledge
from bot.cli.opening import bad_usage, open_settings
from bot.cli.opening import configure_logs as _logging
from bot.cli.opening import run as _run

app = typer.Typer(
    name="cre-bot",
    help="Sourced treatment options for infections with carbapenem-resistant Enterobacterales (CRE), in Slack.\n\n"
    "New here? Run `cre-bot playground` and open the page it names: no Slack account, no Redis, no settings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(audit, name="audit")
app.add_typer(knowledge, name="knowledge")

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Jsonl = Annotated[
    bool,
    typer.Option(
        "--jsonl", help='Read lines {"id", "text", "surface", "context"} from standard input, one answer each.'
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"cre-bot {version('cre-bot')}")
        raise typer.Exit


@app.callback()
def _main(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    pass


@app.command()
def playground(
    port: Annotated[
        int, typer.Option(help="Port of the page; the next free one if it is in use.", min=1, max=65535)
    ] = 3940,
) -> None:
    """Try the bot on a page in your browser, on this machine only.

    Starts the real bot, a small local Slack and, unless REDIS_URL is set, a Redis of its own. Ctrl-C stops them all.
    """
    settings = open_settings("LOCAL")
    _logging("console", "ERROR")  # what a hospital is warned of (keys made here, no replica) is as it should be here
    from bot.cli.playground import run_playground

    _run(run_playground(settings, port))


@app.command()
def serve(
    socket: Annotated[
        bool, typer.Option("--socket", help="Connect to Slack by Socket Mode: no public address needed.")
    ] = False,
    embedded_redis: Annotated[
        bool, typer.Option("--embedded-redis", help="For trying it on one machine: bring a Redis instead of REDIS_URL.")
    ] = False,
) -> None:
    """Run the bot for Slack: HTTP on PORT (path /slack/events), or Socket Mode with --socket.

    Needs SLACK_BOT_TOKEN and REDIS_URL; HTTP also SLACK_SIGNING_SECRET, Socket Mode SLACK_APP_TOKEN. In Socket Mode
    /healthz and /readyz are served when PORT is set. `cre-bot doctor` checks all of it. Stops cleanly on SIGTERM.
    """
    brought = {"REDIS_URL": "unix:///embedded"} if embedded_redis else {}  # stands for the one that serving starts
    settings = open_settings("SOCKET" if socket else "HTTP", brought)
    _logging(settings.log_format, settings.log_level)
    from bot.serving import serve as run

    _run(run(settings, socket=socket, embedded_redis=embedded_redis))


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help='The question, for example "kpc bacteremia CrCl 25".')] = None,
    as_json: Json = False,
    jsonl: Jsonl = False,
) -> None:
    """Answer a question here: no Slack, no Redis, nothing recorded.

    Exit code 0 for an answer or a question back, 2 for bad usage.
    """
    _one_or_lines(text, jsonl)
    settings = open_settings("LOCAL")
    from bot.cli import asking

    if text is not None:
        raise typer.Exit(asking.answer_one(text, settings, as_json=as_json))
    bot = asking.load_local(settings)
    raise typer.Exit(1 if bot is None else asking.answer_lines(sys.stdin.buffer, bot.answered))


@app.command()
def understand(
    text: Annotated[str | None, typer.Argument(help="The message, as somebody would type it.")] = None,
    jsonl: Jsonl = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show which words led to which field.")] = False,
) -> None:
    """Show what the bot makes of a message: mechanisms, sites, kidney function, and what it would ask."""
    _one_or_lines(text, jsonl)
    if explain and jsonl:
        bad_usage("--explain is for a single TEXT, not for --jsonl.")
    settings = open_settings("LOCAL")
    from bot.cli import asking

    bot = asking.load_local(settings)
    if bot is None:
        raise typer.Exit(1)
    if text is None:
        raise typer.Exit(asking.answer_lines(sys.stdin.buffer, bot.understood))
    from bot.cli.explaining import show_understood

    raise typer.Exit(show_understood(bot, text, explain=explain))


@app.command()
def doctor(
    socket: Annotated[bool, typer.Option("--socket", help="Check for Socket Mode instead of HTTP.")] = False,
) -> None:
    """Check settings, Redis, Slack and knowledge; say what is wrong and what to do. Exit code 0 when all is well."""
    _logging("console", "WARNING")
    from bot.cli.doctor import examine

    _run(examine(os.environ, socket=socket))


def main() -> None:
    """The console script."""
    app()


def _one_or_lines(text: str | None, jsonl: bool) -> None:
    if (text is None) != jsonl:
        bad_usage("Give either TEXT or --jsonl.")


if __name__ == "__main__":
    main()
