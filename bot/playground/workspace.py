"""The state of a small Slack workspace: people, channels, messages, modals, and what expires.

Nothing here knows HTTP. Time comes from the injected clock, so tests age a trigger id without waiting.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from bot.playground.interactions import initial_values
from bot.playground.records import Channel, Json, Message, ResponseUrl, Scheduled, Trigger, User, View

Clock = Callable[[], float]

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5


class Workspace:
    """Everything the stand-in remembers."""

    def __init__(
        self,
        clock: Clock,
        *,
        team: str,
        domain: str,
        app_id: str,
        bot: User,
        users: list[User],
        channels: list[Channel],
    ) -> None:
        self.clock = clock
        self.team = team
        self.domain = domain
        self.app_id = app_id
        self.bot = bot
        self.bot_id = f"B{bot.id[1:]}"
        self.users = {user.id: user for user in [*users, bot]}
        self.channels = {channel.id: channel for channel in channels}
        self.messages: list[Message] = []
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}  # user -> what their Home tab shows
        self.prompts: dict[str, Json] = {}  # direct channel -> title and prompts suggested there
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.scheduled: dict[str, Scheduled] = {}
        self.enterprise: str | None = None  # the Enterprise Grid organisation that the app is installed on, if any
        self.sister_teams: set[str] = set()  # the organisation's other workspaces
        self.revision = 0
        self._watchers: list[Callable[[], None]] = []
        self._last_ts = 0
        for user in users:
            if user.role != "bot":
                channel_id = f"D{user.id[1:]}"
                self.channels[channel_id] = Channel(channel_id, user.name, "im", {user.id, bot.id})

    # -- names and times

    def new_id(self, prefix: str) -> str:
        """Never given before, also not by an earlier run: the bot remembers what it has already answered."""
        return f"{prefix}{secrets.token_hex(8).upper()}"

    def new_ts(self) -> str:
        """A message timestamp: the clock in microseconds, never the same twice."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def is_ours(self, user: User) -> bool:
        """Of this workspace, or of another one of its organisation."""
        return user.team == self.team or user.team in self.sister_teams

    def user_named(self, name: str) -> User:
        """A user by id or by name (tests say "clinician")."""
        for user in self.users.values():
            if name in (user.id, user.name):
                return user
        raise KeyError(f"no user {name!r}")

    def channel_named(self, name: str) -> Channel:
        """A channel by id or by name, with or without #."""
        for channel in self.channels.values():
            if name in (channel.id, channel.name, f"#{channel.name}") and (channel.kind != "im" or name == channel.id):
                return channel
        raise KeyError(f"no channel {name!r}")

    def direct_channel(self, user: User) -> Channel:
        """The direct message channel between the bot and this user."""
        return self.channels[f"D{user.id[1:]}"]

    # -- messages

    def add(self, message: Message) -> Message:
        for block in message.blocks:
            self._name_parts(block)
        self.messages.append(message)
        self.touch()
        return message

    def replace(self, message: Message, text: str, blocks: list[Json] | None) -> None:
        if blocks is not None:
            for block in blocks:
                self._name_parts(block)
            message.blocks = blocks
        message.text = text
        message.edited_at = self.clock()
        message.state = {}
        self.touch()

    def remove(self, message: Message) -> None:
        self.messages.remove(message)
        self.touch()

    def find(self, channel: str, ts: str) -> Message | None:
        for message in self.messages:
            if message.channel == channel and message.ts == ts:
                return message
        return None

    def visible(self, user: User, channel: Channel | None = None) -> list[Message]:
        """What this user sees, oldest first."""
        return [
            message
            for message in self.messages
            if (channel is None or message.channel == channel.id)
            and message.only_for in (None, user.id)
            and user.id in self.channels[message.channel].members
        ]

    def _name_parts(self, block: Json) -> None:
        """Give blocks and interactive elements the ids that Slack gives when the app did not."""
        block.setdefault("block_id", self.new_id("b"))
        for key in ("accessory", "element"):
            if isinstance(block.get(key), dict):
                block[key].setdefault("action_id", self.new_id("a"))
        if block.get("type") in {"actions", "context_actions"}:
            for element in block.get("elements", []):
                element.setdefault("action_id", self.new_id("a"))
        for child in block.get("child_blocks", []):
            self._name_parts(child)

    # -- permissions that expire

    def new_trigger(self, user: User) -> str:
        trigger_id = f"{int(self.clock() * 1000)}.{self.team[1:]}.{secrets.token_hex(16)}"
        self.triggers[trigger_id] = Trigger(user.id, self.clock())
        return trigger_id

    def new_response_url(
        self, user: User, channel: Channel, *, thread_ts: str | None = None, source_ts: str | None = None
    ) -> str:
        key = self.new_id("R")
        self.response_urls[key] = ResponseUrl(user.id, channel.id, thread_ts, source_ts, self.clock())
        return key

    # -- modals

    def open_view(self, user: str, payload: Json, *, previous: View | None = None) -> View:
        for block in payload.get("blocks", []):
            self._name_parts(block)
        view_id = self.new_id("V")
        root = previous.root if previous else view_id
        view = View(view_id, user, payload, root, previous.id if previous else None, self.new_id("h"))
        view.values = initial_values(payload.get("blocks", []))
        self.views[view_id] = view
        self.touch()
        return view

    def change_view(self, view: View, payload: Json) -> None:
        for block in payload.get("blocks", []):
            self._name_parts(block)
        kept = view.values
        view.values = initial_values(payload.get("blocks", []))
        for block_id, entries in view.values.items():  # what was typed stays where block and action are the same
            entries.update({key: kept[block_id][key] for key in entries if key in kept.get(block_id, {})})
        view.payload = payload
        view.hash = self.new_id("h")
        view.errors = {}
        self.touch()

    def close_view(self, view: View, *, whole_stack: bool = False) -> None:
        for each in [v for v in self.views.values() if v.id == view.id or (whole_stack and v.root == view.root)]:
            del self.views[each.id]
        self.touch()

    def stack(self, user: User) -> list[View]:
        """The open modals of a user, the topmost last."""
        return [view for view in self.views.values() if view.user == user.id]

    def publish_home(self, user: str, payload: Json) -> View:
        """A person's Home; published again it keeps its id, and what was chosen where the elements are the same."""
        if user in self.homes:
            self.change_view(self.homes[user], payload)
            return self.homes[user]
        view = self.open_view(user, payload)
        self.homes[user] = self.views.pop(view.id)
        return view

    def find_view(self, view_id: str) -> View | None:
        """An open modal or a Home, by its id."""
        return self.views.get(view_id) or next((home for home in self.homes.values() if home.id == view_id), None)

    # -- watching

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call `watcher` after every change; returns how to stop."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def touch(self) -> None:
        self.revision += 1
        for watcher in list(self._watchers):
            watcher()
