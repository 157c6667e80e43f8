"""`playground`: embedded Redis, the real bot behind its real door, and a small Slack with a page, on loopback."""

from __future__ import annotations

import socket
from secrets import token_hex

from pydantic import SecretStr
from rich.panel import Panel
from rich.text import Text

from bot.app import create_bot
from bot.cli.console import OK, err, out
from bot.cli.playground_audit import ADMIN, PlaygroundAudit
from bot.door import PATH
from bot.embedded import EmbeddedRedis
from bot.faults import Fault, StartError
from bot.playground.app import Playground, PortInUseError
from bot.playground.cast import CONSULT_CHANNEL, FEEDBACK_CHANNEL, TEAM
from bot.redis_store import background_client
from bot.running import Bot
from bot.serving import stop_on_signals
from bot.settings import Settings

LAST_PORT = 65535
PORTS_TRIED = 50


async def run_playground(settings: Settings, port: int) -> int:
    """Until Ctrl-C. Everything started here ends here."""
    stop = stop_on_signals()
    embedded: EmbeddedRedis | None = None
    if settings.redis_url is None:
        embedded = EmbeddedRedis.start(settings.data_dir)
        if embedded.is_temporary:
            err.print(
                Text("Another playground uses the data folder: this one keeps its data in a temporary place.", "yellow")
            )
    redis_url = settings.redis_url or SecretStr(embedded.url if embedded else "")
    reader_client = background_client(redis_url.get_secret_value())
    audit = PlaygroundAudit(reader_client, embedded.url if embedded else None)
    playground: Playground | None = None
    bot: Bot | None = None
    try:
        playground = await _open_page(port, audit)
        bot = await create_bot(
            settings.model_copy(
                update={
                    "audit_reviewers": settings.audit_reviewers | {(TEAM, ADMIN)},
                    "redis_url": redis_url,
                    "data_dir": embedded.folder if embedded else settings.data_dir,
                    "slack_bot_token": SecretStr(playground.slack.bot_token),
                    "slack_signing_secret": SecretStr(playground.slack.signing_secret),
                    "slack_api_url": playground.slack.api_url,
                    "consult_channel": settings.consult_channel or CONSULT_CHANNEL,
                    "feedback_channel": settings.feedback_channel or FEEDBACK_CHANNEL,
                }
            )
        )
        audit.bot = bot
        with socket.create_server(("127.0.0.1", 0)) as listener:
            door_port = await bot.serve_http(listener)
            playground.connect(f"http://127.0.0.1:{door_port}{PATH}")
            _invite(playground.url, embedded)
            await stop.wait()
        err.print("Stopping …")
    finally:
        if playground is not None:
            await playground.stop()
        if bot is not None:
            await bot.stop()
        await reader_client.aclose()
        if embedded is not None:
            embedded.stop()
    return OK


async def _open_page(port: int, audit: PlaygroundAudit) -> Playground:
    """The page on the port asked for, else on the next free one."""
    last = min(port + PORTS_TRIED, LAST_PORT)
    for candidate in range(port, last + 1):
        playground = Playground(
            port=candidate,
            signing_secret=token_hex(16),
            bot_token=f"xoxb-playground-{token_hex(8)}",
            app_token=f"xapp-playground-{token_hex(8)}",
            read_audit=audit.entries,
            desk=audit,
        )
        try:
            await playground.start()
        except PortInUseError:
            err.print(Text(f"Port {candidate} is in use, trying {candidate + 1}.", style="yellow"))
            continue
        return playground
    raise StartError([Fault("--port", f"{port} to {last} are all in use", "give another port with --port")])


def _invite(url: str, embedded: EmbeddedRedis | None) -> None:
    where = f"Data: {embedded.folder}" if embedded else "Data: the Redis of REDIS_URL"
    text = Text.assemble(
        ("Open ", "bold"), (url, "bold underline cyan"), "\n\n", "Then type  /cre kpc bacteremia\n", (where, "dim")
    )
    out.print(Panel(text, title="CRE bot playground", subtitle="Ctrl-C stops it", expand=False))
