"""The playground as one thing to start: the Slack stand-in and the page over it.

playground = Playground(port=3940, read_audit=read_audit)
await playground.start()           # raises PortInUseError: take the next
...                                # start the bot with playground.slack.api_url, bot_token, signing_secret
playground.connect("http://127.0.0.1:3000/slack/events")
print(playground.url)
await playground.stop()
"""

from __future__ import annotations

import errno

from aiohttp import web

from bot.playground.desk import AuditDesk
from bot.playground.page import Page, ReadAudit
from bot.playground.standin import SlackStandIn

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class PortInUseError(Exception):
    """Another program listens on this port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use")
        self.port = port


class Playground:
    """A small Slack with a page, on this machine only."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 3940,
        events_url: str | None = None,
        signing_secret: str = "local-signing-secret",  # noqa: S107 - a secret of this machine only
        bot_token: str = "xoxb-local-bot",  # noqa: S107 - as above
        app_token: str = "xapp-local-app",  # noqa: S107 - as above
        read_audit: ReadAudit | None = None,
        desk: AuditDesk | None = None,
        slack: SlackStandIn | None = None,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the playground listens on loopback only, not on {host}")
        self.slack = slack or SlackStandIn(
            events_url=events_url, signing_secret=signing_secret, bot_token=bot_token, app_token=app_token
        )
        self._host = host
        self._port = port
        self._page = Page(self.slack, read_audit, desk)
        self._runner: web.AppRunner | None = None
        self.url = ""

    def connect(self, events_url: str | None) -> None:
        """Where the bot listens; None: it comes by Socket Mode."""
        self.slack.events_url = events_url

    async def start(self) -> None:
        """Listen; the page's port is the given one, the stand-in's API any free one."""
        runner = web.AppRunner(self._page.app(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            await runner.cleanup()
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(self._port) from error
            raise
        self._runner = runner
        name = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{name}:{runner.addresses[0][1]}"
        await self.slack.start()

    async def stop(self) -> None:
        self._page.close_streams()
        if self._runner:
            await self._runner.cleanup()
        await self.slack.stop()
