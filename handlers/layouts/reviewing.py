"""The review of the audit log, in modals: a list, one entry with its answer, and an export."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from handlers.layouts.blocks import (
    Block,
    actions,
    alert,
    button,
    context,
    divider,
    escape,
    header,
    local_time,
    plain,
    section,
    sections,
)
from handlers.layouts.labels import Names, renal_label
from handlers.layouts.replaying import replayed
from handlers.layouts.review_form import OUTCOMES, VERDICTS
from handlers.review import Desk, Filters, Page, Row, Shown
from handlers.reviewing import Unread
from knowledge.question import Renal
from knowledge.terms import Mechanism, Site

MOST_REPLAYED = 80
_PERSON = re.compile(r"[UW][A-Z0-9]+")
_CHANNEL = re.compile(r"C[A-Z0-9]+")
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{1,9}")
_UNREAD = {
    "not_recorded": "This look could not be recorded, and nothing is shown unrecorded. Try again in a minute.",
    "not_readable": "The audit log cannot be read just now. Try again in a minute.",
    "not_found": "This entry is not in the live log any more. cre-bot audit show finds it in the archive.",
}
_RECORDED = "Every look is itself in the audit log. Times are yours; the days of a period are UTC."


def list_modal(desk: Desk, page: Page | Unread, names: Names, *, unread_words: int = 0) -> Block:
    """A page of questions, newest first."""
    blocks: list[Block] = []
    if unread_words:
        words = "1 word was" if unread_words == 1 else f"{unread_words} words were"
        blocks.append(alert(f"{words} not understood and left out. Filters sets what you see.", "warning"))
    blocks.append(context(chosen(desk.filters, names)))
    blocks.append(
        actions(
            [
                button("Filters", "review_filter", "open"),
                button("Last 7 days, no filter", "review_reset", "reset"),
                button("Insights", "review_insights", "modal"),
                button("Export", "review_export", "open"),
            ]
        )
    )
    if isinstance(page, Unread):
        return _modal("Audit review", [alert(_UNREAD[page.why], "error"), *blocks], desk)
    for row in page.rows:
        open_it = button("Open", "review_entry", row.place)
        blocks.append({**section(_line(row, names), open_it), "block_id": f"row:{row.place}"})
    if not page.rows:
        blocks.append(section("No entry here." if page.searched_to is None else "No entry so far."))
    blocks += _paging(desk, page)
    if page.unreadable:
        blocks.append(context(f"Entries that could not be read: {page.unreadable}. Run cre-bot audit verify."))
    return _modal("Audit review", [*blocks, context(f"Page {desk.page}. {_RECORDED}")], desk)


def entry_modal(desk: Desk, shown: Shown | Unread, names: Names, workspace_url: str | None) -> Block:
    """One entry: what was understood, how it was delivered, what it holds, and the answer as it was shown."""
    back = actions([button("Back to the list", "review_list", "back")])
    if isinstance(shown, Unread):
        return _modal("One entry", [alert(_UNREAD[shown.why], "error"), back], desk)
    blocks: list[Block] = [section(_line(shown.row, names)), section(_delivery(shown))]
    if (link := permalink(workspace_url, shown)) is not None:
        blocks.append(section(f"<{link}|Open the asker's thread in Slack> (opens only for those who may see it)"))
    record = sections("The record", [f"{name}: {escape(value)}" for name, value in shown.fields if value])
    blocks += [back, divider(), header("The answer as it was shown"), *_answer(shown)]
    return _modal("One entry", [*blocks, divider(), *record, context(_RECORDED)], desk)


def export_modal(desk: Desk, command: str, *, recorded: bool) -> Block:
    """How these entries become a file: on the host, by an exporter, with a reason."""
    back = actions([button("Back to the list", "review_list", "back")])
    if not recorded:
        return _modal("Export", [alert(_UNREAD["not_recorded"], "error"), back], desk)
    return _modal(
        "Export",
        [
            section(
                "Your request is recorded. Files never leave through Slack: whoever runs the bot makes this one on "
                "its host, with the reason that fits (`--help` lists them), which is recorded too."
            ),
            section(f"```{escape(command)}```"),
            context("The file is new, readable by its owner only, and safe to open in a spreadsheet."),
            back,
        ],
        desk,
    )


def busy_modal(desk: Desk, title: str, text: str) -> Block:
    """While something is counted."""
    return _modal(title, [section(text)], desk)


def chosen(filters: Filters, names: Names) -> str:
    """The filters in words."""
    parts = [
        f"{filters.first:%-d %b %Y}" + (f" to {filters.last:%-d %b %Y}" if filters.last != filters.first else ""),
        f"asked by {_person(filters.asker)}" if filters.asker else "",
        f"in {_place(filters.channel)}" if filters.channel else "",
        names.mechanisms[filters.mechanism] if filters.mechanism else "",
        names.sites[filters.site] if filters.site else "",
        OUTCOMES[filters.outcome] if filters.outcome else "",
        f"edition {filters.edition}" if filters.edition else "",
        VERDICTS[filters.feedback] if filters.feedback else "",
    ]
    return " · ".join(filter(None, parts))


def permalink(workspace_url: str | None, shown: Shown) -> str | None:
    """The thread in Slack, from ids alone; None where there is none to open, or where it was private."""
    ts = shown.thread_ts or shown.message_ts
    in_channel = shown.channel_kind in ("channel", "unknown") and _CHANNEL.fullmatch(shown.row.channel)
    if not (workspace_url and workspace_url.startswith("https://") and in_channel and ts and _TS.fullmatch(ts)):
        return None
    return f"{workspace_url.rstrip('/')}/archives/{shown.row.channel}/p{ts.replace('.', '')}"


def _modal(title: str, blocks: Sequence[Block], desk: Desk) -> Block:
    return {
        "type": "modal",
        "callback_id": "review",
        "title": plain(title),
        "close": plain("Close"),
        "private_metadata": desk.model_dump_json(exclude_none=True),
        "blocks": list(blocks),
    }


def _paging(desk: Desk, page: Page) -> list[Block]:
    steps = []
    if desk.before:
        steps.append(button("Newer", "review_newer", "newer"))
    if page.older is not None:
        label = "Older" if page.searched_to is None else "Look further back"
        steps.append(button(label, "review_older", page.older))
    blocks = [actions(steps)] if steps else []
    if page.searched_to is not None:
        blocks.insert(0, context(f"Few entries match: looked back to {_when(page.searched_to)} so far."))
    return blocks


def _line(row: Row, names: Names) -> str:
    understood = [names.mechanisms[Mechanism(each)] for each in row.mechanisms if each in set(Mechanism)]
    understood += [names.sites[Site(each)] for each in row.sites if each in set(Site)]
    if row.renal:
        understood.append(_renal(row.renal))
    marks = [
        "shared to the channel" if row.type == "answer.shared" else OUTCOMES.get(row.outcome, row.outcome),
        VERDICTS.get(row.feedback or "", ""),
        f"edition {row.edition}" if row.edition else "",
    ]
    when = _when(row.ts)
    return (
        f"{when} · {_person(row.user)} · {_place(row.channel)} · {escape(row.surface)}\n"
        f"*{escape(' · '.join(understood)) or 'nothing named'}* · {escape(' · '.join(filter(None, marks)))}"
    )


def _when(ts: int) -> str:
    """In the reader's own time; where Slack cannot tell that, in UTC."""
    return local_time(ts // 1000, f"{datetime.fromtimestamp(ts / 1000, UTC):%-d %b %H:%M} UTC")


def _renal(words: str) -> str:
    """Kidney function by our label; what this edition does not know, as it is recorded."""
    try:
        return renal_label(Renal.model_validate(dict(zip(("measure", "value"), words.split(), strict=False))))
    except ValueError:
        return words


def _delivery(shown: Shown) -> str:
    ended = {
        "delivered": "delivered",
        "failed": "could not be delivered",
        "unknown": "whether it was delivered is not known",
    }
    if shown.row.type in ("query.denied", "rate.limited"):
        return "*Delivery:* the asker was told privately"
    return f"*Delivery:* {ended.get(shown.ending or '', 'no end is recorded near it')}"


def _answer(shown: Shown) -> list[Block]:
    if shown.digest is None:
        return [section("This entry has no answer.")]
    if shown.payload is None:
        why = "does not match its digest: run cre-bot audit verify" if not shown.digest_holds else "is unreadable"
        return [alert(f"What is kept of this answer is gone or {why}.", "error")]
    blocks = replayed(shown.payload)
    cut = [context(f"The rest: cre-bot audit replay {shown.row.rid}")] if len(blocks) > MOST_REPLAYED else []
    proof = f"These bytes have the recorded SHA-256: {shown.digest[:16]}…"
    return [context(proof), *blocks[:MOST_REPLAYED], *cut]


def _person(user: str | None) -> str:
    return f"<@{user}>" if user and _PERSON.fullmatch(user) else escape(user or "nobody")


def _place(channel: str | None) -> str:
    if channel and _CHANNEL.fullmatch(channel):
        return f"<#{channel}>"
    return "a direct message" if channel and channel.startswith("D") else escape(channel or "nowhere")
