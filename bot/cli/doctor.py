"""`doctor`: settings, Redis, Slack and knowledge looked at in turn; each fault with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from rich.text import Text

from bot import redis_safety
from bot.audit.archive.archiving import check_archive
from bot.channel_checks import check_channels
from bot.cli.console import FAILED, OK, out, show_faults
from bot.clock import SystemClock
from bot.faults import Fault, SettingsError
from bot.redis_store import request_client
from bot.settings import Mode, Settings, load_settings
from bot.settings_values import is_slack_host
from bot.slack_client import FAULTS as SLACK_FAULTS
from bot.slack_client import new_session, reason_of, web_client
from bot.start_checks import check_knowledge, check_redis, check_scopes, check_slack

_NO_CONSULTS = (
    '- Slack: CRE_CONSULT_CHANNEL is not set: "Ask ID to consult" names CRE_ON_CALL instead of reaching somebody'
)


async def examine(environ: Mapping[str, str], *, socket: bool) -> int:
    """Look at everything that can be looked at; the exit code is 0 when the bot would start."""
    faults: list[Fault] = []
    try:
        settings = load_settings(Mode.SOCKET if socket else Mode.HTTP, environ)
    except SettingsError as error:
        faults += error.faults
        settings = _without(environ, {fault.name for fault in error.faults})
    _report("settings", faults)
    for name, found in (
        ("Redis", await _redis(settings)),
        ("Slack", await _slack(settings, socket=socket)),
        ("archive", check_archive(settings)),
        ("knowledge", _knowledge(settings)),
    ):
        if found is None:
            out.print(Text(f"- {name}: not looked at, its setting is missing or wrong", style="yellow"))
        else:
            _report(name, found)
            faults += found
    if faults:
        show_faults("\nThe bot would not start, or not work.", faults)
        return FAILED
    out.print("\nEverything is in place.", style="green")
    return OK


def _without(environ: Mapping[str, str], names: set[str]) -> Settings:
    """The settings that can be used, so that one fault does not hide the next."""
    left = {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in names}
    return load_settings(Mode.LOCAL, {name: value for name, value in left.items() if name != "CRE_SECRETS_DIR"})


def _report(name: str, faults: list[Fault]) -> None:
    word = Text("ok", style="green") if not faults else Text(f"{len(faults)} to mend", style="red")
    out.print(Text(f"- {name}: ").append_text(word))


async def _redis(settings: Settings) -> list[Fault] | None:
    if settings.redis_url is None:
        return None
    redis = request_client(settings.redis_url.get_secret_value())
    try:
        found = await check_redis(redis, SystemClock())
    finally:
        await redis.aclose()
    for word in found.warnings:
        out.print(Text(f"- Redis: {redis_safety.REMEDIES[word]}", style="yellow"))
    return list(found.faults)


async def _slack(settings: Settings, *, socket: bool) -> list[Fault] | None:
    if settings.slack_bot_token is None:
        return None
    faults: list[Fault] = []
    parts = urlsplit(settings.slack_api_url)
    if parts.scheme == "http" and not is_slack_host(parts.hostname):
        out.print(
            Text("- Slack: SLACK_API_URL is not Slack's and not https; fine for a local stand-in", style="yellow")
        )
    async with new_session() as session:
        client = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)
        identity = await check_slack(client, faults)
        if identity is not None:
            faults += check_scopes(identity)
            where = f"organisation {identity.enterprise}" if identity.org_wide else f"workspace {identity.team}"
            out.print(Text(f"  installed on {where} as {identity.bot_user}", style="dim"))
            faults += await check_channels(client, settings, SystemClock())
            if settings.consult_channel is None:
                out.print(Text(_NO_CONSULTS, style="yellow"))
            if identity.scopes is None:
                out.print(Text("- Slack: did not say which scopes the token has", style="yellow"))
        if socket and settings.slack_app_token is not None:
            try:
                await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
            except SLACK_FAULTS as error:
                remedy = "make an app-level token with connections:write and switch Socket Mode on"
                faults.append(Fault("SLACK_APP_TOKEN", f"opens no socket ({reason_of(error)})", remedy))
    return faults


def _knowledge(settings: Settings) -> list[Fault]:
    faults: list[Fault] = []
    known = check_knowledge(settings, faults)
    if known is not None:
        knowledge = known[0]
        told = f"  edition {knowledge.edition.id}, digest {knowledge.digest[:12]}: {knowledge.status}"
        if knowledge.local:
            told += f"\n  local files of {knowledge.local.said.hospital.name}, digest {knowledge.local.digest[:12]}"
        out.print(Text(told, style="dim"))
    return faults
