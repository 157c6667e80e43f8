"""`cre-bot audit …`: read, prove, seal and keep the record of what was asked and answered. Loads what it needs."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from bot.audit.readers.export_words import Format, Reason
from bot.cli.opening import bad_usage, configure_logs, open_settings, run

if TYPE_CHECKING:
    from bot.audit.readers.choosing import Choice
    from bot.settings import Settings

USAGE, VERIFY_USAGE = 2, 3
audit = typer.Typer(
    help="Read, prove and keep the audit log: what was asked (as understood, never the words) and answered.\n\n"
    "A look at it is itself recorded. Without REDIS_URL, it is the log of the playground on this machine.",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Rid = Annotated[str, typer.Argument(metavar="RID", help="Request id, from `audit tail`.")]
_DAY = typer.Option(formats=["%Y-%m-%d"], help="A day, like 2026-11-23 (UTC).")
Since = Annotated[datetime | None, _DAY]
Until = Annotated[datetime | None, _DAY]
Team = Annotated[str | None, typer.Option(help="Workspace id, T0123ABCD.")]
User = Annotated[str | None, typer.Option(help="Asker's Slack id, U0123ABCD.")]
Channel = Annotated[str | None, typer.Option(help="Channel id, C0123ABCD.")]
Mechanism = Annotated[str | None, typer.Option(help="kpc, ndm, vim, imp, oxa48, mbl, non_cp, unknown.")]
Site = Annotated[str | None, typer.Option(help="bacteremia, pneumonia, cystitis, cuti …")]
Outcome = Annotated[str | None, typer.Option(help="answered, asked, not_covered, out_of_scope …")]
Edition = Annotated[str | None, typer.Option(help="Edition of the content, like 2026.1.")]
Feedback = Annotated[str | None, typer.Option(help="good or bad.")]
Everything = Annotated[bool, typer.Option("--all", help="What the program says of itself, too.")]


class _Verify(TyperCommand):
    """Its exit code 2 means "incomplete"; bad usage is 3."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if getattr(error, "exit_code", None) == USAGE:
                error.exit_code = VERIFY_USAGE  # type: ignore[attr-defined]  # click's UsageError, which typer hides
            raise


@audit.command()
def tail(
    count: Annotated[int, typer.Option("-n", help="How many entries.", min=1, max=10_000)] = 20,
    everything: Everything = False,
    as_json: Json = False,
) -> None:
    """Show the newest entries."""
    from bot.cli.auditing import tail as work

    _run(lambda settings: work(settings, count, everything=everything, as_json=as_json))


@audit.command()
def search(
    since: Since = None,
    until: Until = None,
    team: Team = None,
    user: User = None,
    channel: Channel = None,
    mechanism: Mechanism = None,
    site: Site = None,
    outcome: Outcome = None,
    edition: Edition = None,
    feedback: Feedback = None,
    limit: Annotated[int, typer.Option(help="The newest so many.", min=1, max=100_000)] = 50,
    everything: Annotated[bool, typer.Option("--all", help="Every kind of entry, not questions only.")] = False,
    as_json: Json = False,
) -> None:
    """Show the questions that fit, in Redis and in the archive."""
    choice = _choice(since, until, team, user, channel, mechanism, site, outcome, edition, feedback, everything)
    from bot.cli.auditing import search as work

    _run(lambda settings: work(settings, choice, limit, as_json=as_json))


@audit.command()
def show(rid: Rid, as_json: Json = False) -> None:
    """Show every entry of one question."""
    from bot.cli.auditing import show as work

    _run(lambda settings: work(settings, rid, as_json=as_json))


@audit.command()
def replay(rid: Rid, as_json: Json = False) -> None:
    """Show exactly what was answered, proven by its digest. With --json, the Slack payload.

    Exit code 1 when it can't be proven.
    """
    from bot.cli.auditing import replay as work

    _run(lambda settings: work(settings, rid, as_json=as_json))


@audit.command(cls=_Verify)
def verify(
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="Checkpoints from elsewhere: a file of their JSON, or of log lines.", exists=True),
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="Public key (PEM) that signs; unset: CRE_SEAL_KEY_FILE.", exists=True)
    ] = None,
    no_redis: Annotated[bool, typer.Option("--no-redis", help="The archive only.")] = False,
    as_json: Json = False,
) -> None:
    """Prove the record whole: every MAC, sequence, link, signature, payload, copy and checkpoint. Writes nothing.

    Exit code 0 clean, 1 tampered (the first bad place is named), 2 incomplete: something could not be checked,
    3 bad usage.
    """
    from bot.cli.audit_verifying import verify as work

    try:
        settings = open_settings("LOCAL")
    except typer.Exit:
        raise typer.Exit(VERIFY_USAGE) from None
    configure_logs("console", "ERROR")
    run(work(settings, checkpoint or [], public_key, redis=not no_redis, as_json=as_json))


@audit.command()
def reconcile(since: Since = None, until: Until = None, as_json: Json = False) -> None:
    """Hold every answer against the entry that says how its delivery ended. Exit code 1 when one lacks its end."""
    choice = _choice(since, until)
    from bot.cli.audit_verifying import reconcile as work

    _run(lambda settings: work(settings, choice.first_ms, choice.last_ms, as_json=as_json))


@audit.command()
def export(
    file: Annotated[Path, typer.Argument(help="A new file; it is never written over.")],
    reason: Annotated[Reason, typer.Option(help="Why; it is recorded.")],
    kind: Annotated[Format, typer.Option("--format", help="fhir is R4B AuditEvent, NDJSON.")] = Format.JSONL,
    ticket: Annotated[str | None, typer.Option(help="The ticket it is for, like AUD-123; recorded.")] = None,
    since: Since = None,
    until: Until = None,
    team: Team = None,
    user: User = None,
    channel: Channel = None,
    mechanism: Mechanism = None,
    site: Site = None,
    outcome: Outcome = None,
    edition: Edition = None,
    feedback: Feedback = None,
    everything: Annotated[bool, typer.Option("--all", help="Every kind of entry, not questions only.")] = False,
    as_json: Json = False,
) -> None:
    """Write the entries that fit to a new file, readable by you only. Who exports what and why is recorded first."""
    choice = _choice(since, until, team, user, channel, mechanism, site, outcome, edition, feedback, everything)
    if ticket is not None and not _is_word(ticket):
        bad_usage(
            "A ticket is letters, digits, '.', '_' and '-', at most 40: the log holds no other words of a person."
        )
    from bot.cli.audit_keeping import export as work

    _run(lambda settings: work(settings, choice, kind, reason, ticket, file, as_json=as_json))


@audit.command()
def seal(
    begin_anew: Annotated[
        bool, typer.Option("--begin-anew", help="Seal into this archive although the log names another, which is lost.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Seal what waits, now. The bot does it every minute by itself."""
    from bot.cli.audit_keeping import seal as work

    _run(lambda settings: work(settings, begin_anew=begin_anew, as_json=as_json))


@audit.command()
def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Remove segments older than CRE_ARCHIVE_MONTHS; their digests stay. A file HOLD in the archive forbids it."""
    from bot.cli.audit_keeping import purge as work

    _run(lambda settings: work(settings, really=yes, as_json=as_json))


@audit.command()
def stats(as_json: Json = False) -> None:
    """Show how much there is, where, and what waits."""
    from bot.cli.audit_keeping import stats as work

    _run(lambda settings: work(settings, as_json=as_json))


@audit.command("recover-spool")
def recover_spool(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The spool folder of a host that was lost.")],
    as_json: Json = False,
) -> None:
    """Bring what a lost host had on its disk into the log; nothing comes in twice."""
    from bot.cli.audit_keeping import recover_spool as work

    _run(lambda settings: work(settings, folder, as_json=as_json))


@audit.command()
def insights(
    days: Annotated[int, typer.Option(help="The last so many days (UTC), today included.", min=1, max=90)] = 28,
    team: Annotated[str | None, typer.Option(help="Workspace id; unset: that of the newest entry.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Also write a picture to this new file.", dir_okay=False)] = None,
    as_json: Json = False,
) -> None:
    """Show what was asked, by day, mechanism, site and outcome, and whether a mechanism is asked about more.

    It counts questions put to the bot (chat traffic), not patients: it is not surveillance. The look is recorded.
    """
    from bot.cli.audit_insights import insights as work

    _run(lambda settings: work(settings, days, team, svg, as_json=as_json))


def _run(work: Any) -> None:
    settings: Settings = open_settings("LOCAL")
    configure_logs("console", "ERROR")
    coroutine: Coroutine[Any, Any, int] = work(settings)
    run(coroutine)


def _choice(
    since: datetime | None,
    until: datetime | None,
    team: str | None = None,
    user: str | None = None,
    channel: str | None = None,
    mechanism: str | None = None,
    site: str | None = None,
    outcome: str | None = None,
    edition: str | None = None,
    feedback: str | None = None,
    everything: bool = False,
) -> Choice:
    """What was chosen; ends the command with exit code 2 and the first option that is none."""
    from pydantic import ValidationError

    from bot.audit.readers.choosing import Choice
    from bot.audit.readers.history import end_ms, start_ms

    given = {
        "first_ms": start_ms(since.date()) if since else 0,
        "last_ms": end_ms(until.date()) if until else None,
        "team": team,
        "user": user,
        "channel": channel,
        "mechanism": mechanism,
        "site": site,
        "outcome": outcome,
        "edition": edition,
        "feedback": feedback,
        "kind": "all" if everything else "questions",
    }
    try:
        return Choice.model_validate(given)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        bad_usage(f"--{detail['loc'][0]}: {detail['msg'].removeprefix('Value error, ')}")


def _is_word(text: str) -> bool:
    return 0 < len(text) <= 40 and text.isascii() and text[0].isalnum() and all(c.isalnum() or c in "._-" for c in text)
