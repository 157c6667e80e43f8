"""What a person does in the stand-in, and how it travels to the bot: type, mention, press, choose, submit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.playground import payloads
from bot.playground.delivery import Ack, Courier, Kind
from bot.playground.interactions import action_of, find_element, initial_values, keep
from bot.playground.records import Channel, Json, Message, View
from bot.playground.refusals import SlackError
from bot.playground.replies import show_command_ack, show_notice
from bot.playground.view_acks import answer_submission
from bot.playground.web_api import WebApi
from bot.playground.workspace import Workspace

COMMAND = "/cre"


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery to the bot: what Slack sent, how it was acknowledged, what the person saw at once."""

    kind: Kind
    payload: Json
    ack: Ack
    shown: Message | None = None
    why: tuple[str, ...] = ()  # what Slack would refuse in the ack's own message or view

    @property
    def ok(self) -> bool:
        return self.ack.ok


class PersonActions:
    """Users and channels go by name ("clinician", "id-consults") or id; "dm" is the direct message with the bot."""

    workspace: Workspace
    courier: Courier
    web_api: WebApi
    base_url: str

    async def command(self, user: str, channel: str, text: str, command: str = COMMAND) -> Sent:
        """Type a slash command; "dm" as channel is the direct message with the bot."""
        slack = self.workspace
        who, where = slack.user_named(user), self._channel(user, channel)
        key = slack.new_response_url(who, where)
        form = payloads.command_form(
            slack,
            who,
            where,
            command,
            text,
            trigger_id=slack.new_trigger(who),
            response_url=f"{self.base_url}/response/{key}",
        )
        ack = await self.courier.deliver("slash_commands", form)
        if not ack.ok:
            word = {"http_timeout": "operation_timeout"}.get(str(ack.error), "dispatch_failed")
            why = f"{command} failed with the error “{word}”"
            return Sent("slash_commands", form, ack, show_notice(slack, who, where, why))
        if ack.body:
            body = ack.body if isinstance(ack.body, dict) else {"text": ack.body}
            try:
                shown = show_command_ack(slack, who, where, f"{command} {text}".strip(), body)
            except SlackError as refusal:
                self.web_api.record("ack", body, {"ok": False, "error": refusal.error, **refusal.more})
                notice = show_notice(slack, who, where, f"{command} failed with the error “invalid_command_response”")
                refused = Ack(ack.status, ack.body, "invalid_command_response")
                return Sent("slash_commands", form, refused, notice, _faults(refusal))
            self.web_api.record("ack", body, {"ok": True})
            return Sent("slash_commands", form, ack, shown)
        return Sent("slash_commands", form, ack)

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Sent | None:
        """Post a message; delivered when it mentions the bot or is a direct message, else None."""
        slack = self.workspace
        who, where = slack.user_named(user), self._channel(user, channel)
        typed = text.replace(f"@{slack.bot.real_name}", f"<@{slack.bot.id}>")
        blocks = [payloads.rich_text(slack, typed)]
        message = Message(where.id, slack.new_ts(), who.id, payloads.escape_around_mentions(typed), blocks, thread_ts)
        slack.add(message)
        mentioned = f"<@{slack.bot.id}>" in typed
        if mentioned and slack.bot.id not in where.members:
            show_notice(
                slack, who, where, f"{slack.bot.real_name} is not in #{where.name}. Invite it first.", thread_ts
            )
            return None
        if where.kind != "im" and not mentioned:
            return None
        event = payloads.message_event(slack, message, where)
        payload = payloads.event_callback(slack, event, shared=where.is_shared)
        return Sent("events_api", payload, await self.courier.deliver("events_api", payload))

    async def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Sent:
        """Mention the bot in a channel or thread; the mention itself is added when `text` has none."""
        bot = self.workspace.bot
        if f"@{bot.real_name}" not in text and f"<@{bot.id}>" not in text:
            text = f"<@{bot.id}> {text}"
        sent = await self.say(user, channel, text, thread_ts)
        if sent is None:
            raise ValueError(f"the bot is not in {channel}")
        return sent

    async def direct_message(self, user: str, text: str, thread_ts: str | None = None) -> Sent:
        sent = await self.say(user, "dm", text, thread_ts)
        assert sent is not None  # noqa: S101 - a direct message is always delivered
        return sent

    async def click(self, user: str, target: Message | View, action_id: str, value: Any = None) -> Sent:
        """Press a button (or a feedback button, `value` says which side) in a message, modal or Home."""
        return await self._act(user, target, action_id, value)

    async def select(self, user: str, target: Message | View, action_id: str, value: Any) -> Sent:
        """Choose by option value; a list for checkboxes and multi selects; text or a date for inputs."""
        return await self._act(user, target, action_id, value)

    async def _act(self, user: str, target: Message | View, action_id: str, value: Any) -> Sent:
        slack = self.workspace
        who = slack.user_named(user)
        blocks = target.payload["blocks"] if isinstance(target, View) else target.blocks
        block, element = find_element(blocks, action_id)
        self.fill(target, action_id, value, user)
        action = action_of(block, element, value, slack.new_ts())
        trigger = slack.new_trigger(who)
        if isinstance(target, View):
            payload = payloads.view_action(slack, who, target, action, trigger_id=trigger)
        else:
            channel = slack.channels[target.channel]
            key = slack.new_response_url(who, channel, thread_ts=target.thread_ts, source_ts=target.ts)
            url = f"{self.base_url}/response/{key}"
            payload = payloads.message_action(slack, who, target, action, trigger_id=trigger, response_url=url)
        return Sent("interactive", payload, await self.courier.deliver("interactive", payload))

    def fill(self, target: Message | View, action_id: str, value: Any, user: str | None = None) -> None:
        """Type or choose without sending anything yet: the next press or submit carries it in its state."""
        if isinstance(target, View):
            block, element = find_element(target.payload["blocks"], action_id)
            keep(target.values, block, element, value)
            return
        who = self.workspace.user_named(str(user))
        block, element = find_element(target.blocks, action_id)
        keep(target.state.setdefault(who.id, initial_values(target.blocks)), block, element, value)

    async def submit_view(self, user: str, view: View | None = None, values: Json | None = None) -> Sent:
        """Fill `values` (by action_id) and submit the topmost modal; its ack closes, changes or faults it."""
        slack = self.workspace
        who = slack.user_named(user)
        view = view or slack.stack(who)[-1]
        for action_id, value in (values or {}).items():
            self.fill(view, action_id, value)
        payload = payloads.view_submission(slack, who, view, trigger_id=slack.new_trigger(who))
        ack = await self.courier.deliver("interactive", payload)
        if ack.ok:
            try:
                answer_submission(slack, view, ack.body)
            except SlackError as refusal:
                refused = Ack(ack.status, ack.body, refusal.error)
                return Sent("interactive", payload, refused, None, _faults(refusal))
        return Sent("interactive", payload, ack)

    async def message_shortcut(self, user: str, message: Message, callback_id: str = "ask_about_message") -> Sent:
        """Choose a shortcut in the menu of a message. Slack offers none on messages that only one person sees."""
        slack = self.workspace
        who = slack.user_named(user)
        if message.only_for:
            raise LookupError("an ephemeral message has no shortcuts")
        key = slack.new_response_url(who, slack.channels[message.channel])
        url, trigger = f"{self.base_url}/response/{key}", slack.new_trigger(who)
        payload = payloads.message_shortcut(slack, who, message, callback_id, trigger_id=trigger, response_url=url)
        return Sent("interactive", payload, await self.courier.deliver("interactive", payload))

    async def shortcut(self, user: str, callback_id: str = "new_question") -> Sent:
        """Choose a shortcut of the whole workspace."""
        slack = self.workspace
        who = slack.user_named(user)
        payload = payloads.shortcut(slack, who, callback_id, trigger_id=slack.new_trigger(who))
        return Sent("interactive", payload, await self.courier.deliver("interactive", payload))

    async def open_home(self, user: str, tab: str = "home") -> Sent:
        """Open the bot's Home tab, or ("messages") the conversation with it."""
        payload = payloads.home_event(self.workspace, self.workspace.user_named(user), tab)
        return Sent("events_api", payload, await self.courier.deliver("events_api", payload))

    def home_of(self, user: str) -> View:
        """What this person's Home tab shows. Raises KeyError before anything was published."""
        return self.workspace.homes[self.workspace.user_named(user).id]

    async def echo(self, message: Message, *, changed: bool = False) -> Ack:
        """Tell the bot of its own direct message, or its change, as Slack does. The bot must not answer itself."""
        payload = payloads.own_message_event(self.workspace, message, changed=changed)
        return await self.courier.deliver("events_api", payload)

    async def close_view(self, user: str, view: View | None = None) -> Sent | None:
        """Close the topmost modal; the bot hears of it only if the view asked to."""
        slack = self.workspace
        who = slack.user_named(user)
        view = view or slack.stack(who)[-1]
        slack.close_view(view)
        if not view.payload.get("notify_on_close"):
            return None
        payload = payloads.view_closed(slack, who, view, is_cleared=False)
        return Sent("interactive", payload, await self.courier.deliver("interactive", payload))

    def _channel(self, user: str, channel: str) -> Channel:
        if channel == "dm":
            return self.workspace.direct_channel(self.workspace.user_named(user))
        return self.workspace.channel_named(channel)


def _faults(refusal: SlackError) -> tuple[str, ...]:
    return tuple(str(each) for each in refusal.more.get("errors", ())) or (refusal.error,)
