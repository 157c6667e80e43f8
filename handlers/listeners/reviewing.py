"""The audit review in Slack: modals only, seen by the reviewer alone, each step asked for anew and recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from handlers import messages
from handlers.insights import Insights
from handlers.layouts.labels import Names
from handlers.layouts.review_form import filter_modal, filters_from
from handlers.layouts.review_insights import chart_messages, insights_modal
from handlers.layouts.reviewing import busy_modal, entry_modal, export_modal, list_modal
from handlers.listeners.sending import Sending
from handlers.messages import Tap
from handlers.ports import Asker
from handlers.review import Desk, Filters, Page
from handlers.review_words import Wanted, export_command, is_review, wanted_from
from handlers.reviewing import Reviewing, Unread

Listener = Callable[[AsyncAck, dict[str, Any], dict[str, Any]], Awaitable[None]]
_COUNTING = "Counting…"
_MOST_EDITIONS = 20


class Review:
    """The reviewers' commands and controls; for everybody else none of it is there."""

    def __init__(
        self, reviewing: Reviewing, sending: Sending, names: Names, edition: str, workspace_url: str | None
    ) -> None:
        self._reviewing = reviewing
        self._sending = sending
        self._names = names
        self._editions = [edition]  # those met so far, for the form
        self._workspace_url = workspace_url

    async def may(self, body: dict[str, Any], context: dict[str, Any]) -> bool:
        """For Bolt: whether a control of the review is there for this person. If not, it is as good as unknown."""
        return not await self._reviewing.refused(messages.view_tap(body, context).asker, "control")

    def before(self, ordinary: Listener) -> Listener:
        """The listener of the command: `/cre audit …` of a reviewer, and the ordinary one for all else."""

        async def command(ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
            if not is_review(body.get("text") or "") or not await self._took(ack, body, context):
                await ordinary(ack, body, context)

        return command

    async def _took(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> bool:
        """Whether it was a reviewer's and is done; if not, it is a text like any other."""
        message = messages.command(body, context)
        if await self._reviewing.refused(message.asker, "command"):
            return False
        wanted = wanted_from(message.text, self._reviewing.today)
        await ack()
        await self._once(message.asker, lambda: self._begun(message.asker, body["trigger_id"], wanted))
        return True

    async def opened(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The door in the Home."""
        tap = messages.view_tap(body, context)
        await ack()
        await self._once(tap.asker, lambda: self._begun(tap.asker, tap.trigger_id, self._usual()))

    async def listed(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Older, newer, no filter, or back to the list."""
        tap, desk = messages.view_tap(body, context), _desk(body)
        await ack()
        match tap.action_id:
            case "review_older":
                desk = desk.older(tap.value)
            case "review_newer":
                desk = desk.newer()
            case "review_reset":
                desk = Desk(filters=self._usual().filters)
        await self._once(tap.asker, lambda: self._show_list(tap.asker, desk, _view_id(body)))

    async def filters(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """Opens the form; nothing of the log is in it."""
        await ack()
        form = filter_modal(_desk(body), self._names, self._editions)
        await self._sending.outbox.update_modal(_view_id(body), form)

    async def filtered(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The form came back: the list in its place, or what is wrong at its field."""
        tap = messages.view_tap(body, context)
        chosen = filters_from(body["view"]["state"]["values"])
        if isinstance(chosen, dict):
            await ack(response_action="errors", errors=chosen)
            return
        if await self._reviewing.is_repeated(tap.asker):
            await ack()
            return
        desk = Desk(filters=chosen)
        page = await self._reviewing.page(tap.asker, desk)
        await ack(response_action="update", view=list_modal(desk, page, self._names))

    async def entry(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """One entry in full."""
        tap, desk = messages.view_tap(body, context), _desk(body)
        await ack()
        await self._once(tap.asker, lambda: self._show_entry(tap, desk, _view_id(body)))

    async def export(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """What makes the file."""
        tap, desk = messages.view_tap(body, context), _desk(body)
        await ack()
        await self._once(tap.asker, lambda: self._show_export(tap.asker, desk, _view_id(body)))

    async def insights(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The counts over the period of the list."""
        tap, desk = messages.view_tap(body, context), _desk(body)
        await ack()
        await self._once(tap.asker, lambda: self._show_insights(tap.asker, desk, _view_id(body)))

    async def charts(self, ack: AsyncAck, body: dict[str, Any], context: dict[str, Any]) -> None:
        """The counts as pictures, in the reviewer's own conversation with the bot."""
        tap = messages.view_tap(body, context)
        await ack()
        await self._once(tap.asker, lambda: self._send_charts(tap.asker, _desk(body)))

    async def _once(self, asker: Asker, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` unless this very delivery was taken before."""
        if not await self._reviewing.is_repeated(asker):
            await self._sending.soon(work())

    async def _begun(self, asker: Asker, trigger_id: str, wanted: Wanted) -> None:
        """A trigger lives three seconds: the modal opens first, and what takes longer follows into it."""
        desk, outbox = Desk(filters=wanted.filters), self._sending.outbox
        if not wanted.insights:
            page = await self._page(asker, desk)
            await outbox.open_modal(trigger_id, list_modal(desk, page, self._names, unread_words=wanted.unread))
            return
        view_id = await outbox.open_modal(trigger_id, busy_modal(desk, "Insights", _COUNTING))
        await self._show_insights(asker, desk, view_id)

    async def _page(self, asker: Asker, desk: Desk) -> Page | Unread:
        page = await self._reviewing.page(asker, desk)
        if isinstance(page, Page):
            met = [row.edition for row in page.rows if row.edition]
            self._editions = list(dict.fromkeys([*self._editions, *met]))[:_MOST_EDITIONS]
        return page

    async def _show_list(self, asker: Asker, desk: Desk, view_id: str) -> None:
        page = await self._page(asker, desk)
        await self._sending.outbox.update_modal(view_id, list_modal(desk, page, self._names))

    async def _show_entry(self, tap: Tap, desk: Desk, view_id: str) -> None:
        shown = await self._reviewing.entry(tap.asker, tap.value)
        modal = entry_modal(desk, shown, self._names, self._workspace_url)
        await self._sending.outbox.update_modal(view_id, modal)

    async def _show_export(self, asker: Asker, desk: Desk, view_id: str) -> None:
        recorded = await self._reviewing.export(asker, desk.filters)
        modal = export_modal(desk, export_command(desk.filters, asker.team), recorded=recorded)
        await self._sending.outbox.update_modal(view_id, modal)

    async def _show_insights(self, asker: Asker, desk: Desk, view_id: str) -> None:
        found = await self._reviewing.insights(asker, desk.filters)
        await self._sending.outbox.update_modal(view_id, insights_modal(desk, found))

    async def _send_charts(self, asker: Asker, desk: Desk) -> None:
        found = await self._reviewing.insights(asker, desk.filters)
        if isinstance(found, Insights):
            for message in chart_messages(found):
                await self._sending.outbox.post(asker.user, message, None)

    def _usual(self) -> Wanted:
        return Wanted(Filters.usual(self._reviewing.today))


def _desk(body: dict[str, Any]) -> Desk:
    return Desk.model_validate_json(body["view"]["private_metadata"])


def _view_id(body: dict[str, Any]) -> str:
    return str(body["view"]["id"])
