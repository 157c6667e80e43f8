"""`cre-bot knowledge …`: read, check, compare and sign the clinical content. Loads what it needs when called."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.opening import bad_usage, open_settings

if TYPE_CHECKING:
    from bot.settings import Settings

knowledge = typer.Typer(
    help="Read, check, compare and sign the clinical content. No Slack, no Redis.", no_args_is_help=True
)

Folder = Annotated[
    Path | None, typer.Option("--dir", help="A data folder; unset: CRE_KNOWLEDGE_DIR, else the shipped one.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day, like 2026-11-23; unset: today.")]


@knowledge.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="A data folder; unset: CRE_KNOWLEDGE_DIR, else the shipped one."),
    ] = None,
) -> None:
    """Name every fault of the data with its file, key and remedy, in one go; of CRE_LOCAL_DIR too, where it is set.

    A file that is not as recorded is a fault: nobody answers from it. Exit code 0 when all is sound, 1 when it has
    faults. `python -m knowledge check` does the same without local files.
    """
    from bot.cli.knowledge_reading import check_folder

    raise typer.Exit(check_folder(_settings(folder)))


@knowledge.command()
def show(
    text: Annotated[
        str | None, typer.Argument(help='A question, as a clinician would type it: "kpc bacteremia".')
    ] = None,
    mechanism: Annotated[list[str] | None, typer.Option(help="A mechanism, by its id: kpc, ndm, oxa48 …")] = None,
    site: Annotated[list[str] | None, typer.Option(help="A site, by its id: bacteremia, cuti …")] = None,
    crcl: Annotated[float | None, typer.Option(help="Creatinine clearance, mL/min.", min=0, max=400)] = None,
    egfr: Annotated[float | None, typer.Option(help="eGFR, mL/min.", min=0, max=400)] = None,
    on: Day = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show what a clinician would see: for a question in words, or for mechanisms and sites by their ids.

    With --on, as on that day: past the review date the answer carries a banner.
    """
    named = bool(mechanism or site)
    if (text is None) != named:
        bad_usage("Give either TEXT, or --mechanism and --site.")
    if text is not None and (crcl is not None or egfr is not None):
        bad_usage('--crcl and --egfr go with --mechanism and --site; in TEXT write "CrCl 25".')
    if crcl is not None and egfr is not None:
        bad_usage("Give --crcl or --egfr, not both: they are never converted into each other.")
    from bot.cli import knowledge_reading as reading

    settings, day = _settings(folder), _day(on)
    if text is not None:
        raise typer.Exit(reading.show_text(settings, text, day, as_json=as_json))
    raise typer.Exit(reading.show_named(settings, mechanism or [], site or [], crcl, egfr, day, as_json=as_json))


@knowledge.command()
def coverage(
    svg: Annotated[Path | None, typer.Option(help="Write a picture (SVG) to this file too.")] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Show which mechanisms are covered at which sites: with preferred regimens, alternatives only, or not."""
    from bot.cli.knowledge_coverage import show_coverage

    raise typer.Exit(show_coverage(_settings(folder), svg, as_json=as_json))


@knowledge.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A data folder: the edition before.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="A data folder: the edition after.")],
    as_json: Json = False,
) -> None:
    """Tell every clinical change from A to B in sentences to check against the sources.

    Exit code 0 when both say the same, 1 when something changed, 2 when a folder can't be read.
    """
    from bot.cli.knowledge_diff import show_changes

    raise typer.Exit(show_changes(before, after, as_json=as_json))


@knowledge.command()
def record(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="A data folder; unset: CRE_KNOWLEDGE_DIR, else the shipped one."),
    ] = None,
) -> None:
    """Record the files as they are now, after `check`, `show` and `diff`: their digests go into SHA256SUMS.

    Shows which files changed. Refused while the content has any other fault. A bot starts only with recorded content.
    """
    from bot.cli.knowledge_reading import record_folder

    raise typer.Exit(record_folder(_settings(folder).knowledge_dir))


@knowledge.command()
def keygen(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes: a new file.")],
    name: Annotated[str, typer.Option(help="The reviewer's name, as it is to be shown.")],
    role: Annotated[str, typer.Option(help='Their role, like "clinical pharmacist".')],
    passphrase: Annotated[
        bool, typer.Option("--passphrase", help="Lock the private key; asked for here, and again by `sign`.")
    ] = False,
) -> None:
    """Make a key pair (Ed25519): the private half for the reviewer only, the public half for the signers file."""
    from bot.cli.knowledge_signing import make_key_pair

    asked = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True) if passphrase else None
    raise typer.Exit(make_key_pair(file, name, role, asked))


@knowledge.command()
def sign(
    key: Annotated[Path, typer.Option(help="The reviewer's private key file.")],
    name: Annotated[str, typer.Option(help="The reviewer's name, as in the signers file.")],
    role: Annotated[str, typer.Option(help="Their role, as in the signers file.")],
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The day of the review; unset: today.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Record that a reviewer approves exactly this content. Any later change of it makes the record void.

    Refused when the data has faults or is not as recorded, or when the key is not the one trusted for this name
    (CRE_SIGNERS_FILE). Asks for the passphrase of a key that has one.
    """
    from bot.cli.knowledge_signing import sign_content

    def ask() -> str:
        return str(typer.prompt(f"Passphrase of {key.name}", hide_input=True, err=True))

    raise typer.Exit(sign_content(_settings(folder), key, name, role, _day(on), today=_day(None), ask=ask))


@knowledge.command()
def status(folder: Folder = None, on: Day = None, as_json: Json = False) -> None:
    """Show edition, digest, review date, every sign-off record with whether it counts, and what is missing."""
    from bot.cli.knowledge_signing import show_status

    raise typer.Exit(show_status(_settings(folder), _day(on), as_json=as_json))


def _settings(folder: Path | None) -> Settings:
    settings = open_settings("LOCAL")
    return settings.model_copy(update={"knowledge_dir": folder}) if folder else settings


def _day(given: datetime | None) -> date:
    from datetime import UTC

    return (given or datetime.now(UTC)).date()
