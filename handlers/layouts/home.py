"""The App Home: who you are, what you asked, the matrix to browse, which edition answers, help. One pure function."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from handlers.layouts import refusing
from handlers.layouts.asking import EXAMPLES, INTENDED_USE
from handlers.layouts.blocks import (
    Block,
    actions,
    button,
    context,
    divider,
    escape,
    header,
    local_time,
    option,
    plain,
    section,
    sections,
)
from handlers.layouts.encoding import encode
from handlers.layouts.labels import Names, understood
from handlers.layouts.references import shown_date
from handlers.ports import Profile, Recent
from handlers.replies import Denied, Unavailable, parsed_from
from handlers.roles import ROLE_LABELS, Role
from knowledge.base import KnowledgeBase
from knowledge.recommendations import Position
from knowledge.terms import Mechanism, Site

BROWSE = "home_browse"  # the row's block_id, where a tap finds what was picked
ACCESSIBLE_CHARACTERS = 75
_WHAT_ROLES_DO = {
    Role.PHYSICIAN: "Alternatives are the first part to unfold.",
    Role.PHARMACIST: "Renal dosing stands open, the first of the parts.",
    Role.NURSE: "Precautions come first.",
    Role.TRAINEE: "Why it is so stands open, and each part says what it is for.",
}
_FOR_ALL = "What safety demands is the same for everyone."


@dataclass(frozen=True, slots=True)
class HomeView:
    """What one person's Home is made of."""

    names: Names
    on_call: str
    knowledge: KnowledgeBase
    today: date
    channel: str  # their direct conversation with the bot: answers go there
    profile: Profile | None = None  # None: it cannot be read just now
    reviewer: bool = False
    note: str | None = None  # what the last tap came to


def home(view: HomeView) -> Block:
    """The Home of a member."""
    blocks = [header("CRE Bot")]
    if view.note:
        blocks.append(section(view.note))
    blocks.append(
        section(
            "Sourced treatment options for infections by carbapenem-resistant Enterobacterales (CRE). Name the "
            "mechanism and the site, here, in *Messages*, with `/cre` anywhere, or by mentioning me in a channel."
        )
    )
    blocks.append(context(f"Urgent? Call {escape(view.on_call)}", INTENDED_USE))
    blocks += [divider(), *_role(view.profile)]
    blocks += [divider(), *_recent(view)]
    blocks += [divider(), *_browse(view.names)]
    blocks += [divider(), *_edition(view.knowledge, view.today)]
    blocks += [divider(), *sections("How to ask", [f"• {example}" for example in EXAMPLES])]
    blocks.append(context("In a thread a follow-up needs only what changed. Type *help* for more."))
    if view.reviewer:
        blocks += [
            divider(),
            section(
                "*For reviewers*\nWhat was asked and what was answered. Looking is recorded too.",
                button("Open the audit review", "review_open", "home"),
            ),
        ]
    return _view(blocks, view.channel)


def closed_home(refused: Denied | Unavailable, on_call: str, channel: str) -> Block:
    """The Home of somebody who may not ask: why, and whom to call; nothing else."""
    words = refusing.denied(refused, on_call) if isinstance(refused, Denied) else refusing.unavailable(refused, on_call)
    return _view([header("CRE Bot"), *words], channel)


def answered_note(question_label: str, now: int) -> str:
    """Where the answer to a tap went."""
    said = datetime.fromtimestamp(now, tz=UTC).strftime("%d %b %Y at %H:%M UTC")
    return f"*Answered in Messages* ({escape(question_label)}), {local_time(now, said)}."


def _view(blocks: list[Block], channel: str) -> Block:
    return {"type": "home", "callback_id": "home", "private_metadata": channel, "blocks": blocks}


def _role(profile: Profile | None) -> list[Block]:
    if profile is None:
        return [
            section("*Your role and your questions cannot be read just now.* Asking works. Open this page again soon.")
        ]
    options = {role: option(label, role.value) for role, label in ROLE_LABELS.items()}
    choose = _select("home_role", "Your role", list(options.values()), options[profile.role])
    words = f"*Your role* orders and words the answers that only you see. {_WHAT_ROLES_DO[profile.role]} {_FOR_ALL}"
    return [{**section(words, choose), "block_id": "home_role"}]


def _recent(view: HomeView) -> list[Block]:
    recent = view.profile.recent if view.profile else ()
    if not recent:
        return [section("*Your last questions*\nNone yet. They will stand here, as I understood them, to ask again.")]
    blocks = [section("*Your last questions*")]
    blocks += [_asked(one, view.names, number) for number, one in enumerate(recent)]
    blocks.append(actions([button("Forget my questions", "home_forget", "all")]))
    blocks.append(context("Only you see this list. It holds what I understood, never your words."))
    return blocks


def _asked(recent: Recent, names: Names, number: int) -> Block:
    label = understood(parsed_from(recent.question), names)
    fallback = datetime.fromtimestamp(recent.asked_at, tz=UTC).strftime("%d %b %Y at %H:%M UTC")
    again = button("Ask again", f"home_ask:{number}", encode(recent.question))
    again["accessibility_label"] = _cut(f"Ask again: {label}")
    return section(f"{escape(label)}\nasked {local_time(recent.asked_at, fallback)}", again)


def _browse(names: Names) -> list[Block]:
    mechanisms = [option(_cut(names.mechanisms[one]), one.value) for one in Mechanism]
    sites = [option(_cut(names.sites[one]), one.value) for one in Site if one is not Site.UNKNOWN]
    row = actions(
        [
            _select("home_mechanism", "Mechanism", mechanisms),
            _select("home_site", "Site of infection", sites),
            button("Show the answer", "home_browse", "browse"),
        ]
    )
    return [
        section("*Browse*\nPick a mechanism and a site. The answer comes to you alone, in *Messages*."),
        {**row, "block_id": BROWSE},
    ]


def _edition(knowledge: KnowledgeBase, today: date) -> list[Block]:
    edition = knowledge.edition
    compiled, due = (shown_date(day.isoformat()) for day in (edition.compiled_on, edition.review_due_on))
    lines = [
        f"Compiled {compiled}; {escape(edition.guidance)} ({shown_date(edition.guidance_dated)}) leads.",
        f"Status: *{escape(knowledge.status)}*.",
        f"This content was due for review on {due}: check it against current guidance before use."
        if today > edition.review_due_on
        else f"Next review due {due}.",
        escape(edition.basis),
    ]
    if knowledge.local:
        lines.append(f"With local content of {escape(knowledge.local.said.hospital.name)}.")
    blocks = sections(f"Edition {escape(edition.id)}", lines)
    changed = what_changed(knowledge)
    return blocks + (sections(f"What changed with {escape(edition.guidance)}", changed) if changed else [])


def what_changed(knowledge: KnowledgeBase) -> list[str]:
    """Where the leading guidance says something else than the edition before it, by the data's own comparison."""
    sources = {source.id: source for source in knowledge.content.sources}
    leading = knowledge.content.edition.guidance

    def earlier(position: Position) -> bool:
        return "superseded" in f"{sources[position.source].kind} {position.caveat or ''}"

    def told(position: Position) -> str:
        caveat = f" {position.caveat}" if position.caveat else ""
        return escape(f"{sources[position.source].short}: {position.says.rstrip('.')}.{caveat}")

    lines = []
    for conflict in knowledge.content.conflicts:
        now = [position for position in conflict.positions if position.source == leading]
        before = [position for position in conflict.positions if earlier(position)]
        if now and before:
            lines.append(f"• *{escape(conflict.topic)}.* {told(now[0])} Before, {told(before[0])}")
    return lines


def _select(action_id: str, label: str, options: list[Block], chosen: Block | None = None) -> Block:
    block: Block = {"type": "static_select", "action_id": action_id, "placeholder": plain(label), "options": options}
    return {**block, "initial_option": chosen} if chosen else block


def _cut(text: str) -> str:
    """Slack takes 75 characters in an option and in a label for screen readers."""
    return text if len(text) <= ACCESSIBLE_CHARACTERS else f"{text[: ACCESSIBLE_CHARACTERS - 1]}…"
