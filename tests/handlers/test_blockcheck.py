"""The Block Kit check finds what Slack would refuse, and lets every good payload through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.blockcheck import check_blocks, check_message, check_view
from handlers.layouts import blocks as pieces

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "KPC") -> Json:
    return {"type": "section", "text": mrkdwn(text)}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Share"), "action_id": "share", **more}


def option(text: str = "Blood", value: str = "bacteremia") -> Json:
    return {"text": plain(text), "value": value}


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "site", "options": [option()], **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def message(*blocks: Json, **more: Any) -> Json:
    return {"text": "KPC, bloodstream", "blocks": list(blocks), **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Ask"), "submit": plain("Ask"), "blocks": list(blocks), **more}


def table(rows: int, columns: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "2.5 g"}] * columns] * rows}


def container(*children: Json, **more: Any) -> Json:
    return {"type": "container", "title": plain("Citations"), "child_blocks": list(children), **more}


def chart(**more: Any) -> Json:
    points = [{"label": "KPC", "value": 94}, {"label": "NDM", "value": 0}]
    drawn = {
        "type": "bar",
        "series": [{"name": "2025", "data": points}],
        "axis_config": {"categories": ["KPC", "NDM"], "y_label": "% susceptible"},
        **more,
    }
    return {"type": "data_visualization", "title": "Susceptible isolates", "chart": drawn}


RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "2.5 g", "style": {"bold": True}},
                {"type": "link", "url": "https://example.org", "text": "IDSA"},
                {"type": "user", "user_id": "U1"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}],
        },
    ],
}
IMAGE = {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a chart"}
CONFIRM = {"title": plain("Share?"), "text": mrkdwn("Everyone sees it"), "confirm": plain("Yes"), "deny": plain("No")}
FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {"text": plain("Right"), "value": "yes"},
            "negative_button": {"text": plain("Wrong"), "value": "no"},
        }
    ],
}
INPUT = {
    "type": "input",
    "block_id": "crcl",
    "label": plain("CrCl"),
    "element": {"type": "number_input", "is_decimal_allowed": True, "action_id": "crcl"},
}

GOOD_MESSAGES = {
    "text alone": {"text": "hello"},
    "every classic block": message(
        {"type": "header", "text": plain("KPC")},
        section("*CrCl &lt;30* <https://example.org/a?b=1&c=2|IDSA 2026> <@U123> <!date^1700000000^{date}|then>"),
        {"type": "section", "fields": [mrkdwn("a"), plain("b > c & d")], "accessory": select()},
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("source"), IMAGE]},
        actions(
            button(confirm=CONFIRM, value="v" * 2000, style="primary"), button(action_id="b2", url="https://x.org")
        ),
        {"type": "markdown", "text": "**2.5 g** q8h"},
        table(20, 4),
        RICH,
        FEEDBACK,
        container(section(), {"type": "divider"}, is_collapsible=True, default_collapsed=True),
        IMAGE,
    ),
    "chart, card and a table in a fold": message(
        chart(),
        {"type": "card", "title": mrkdwn("KPC"), "body": plain("2.5 g"), "actions": [button()]},
        container(table(2, 2), actions(button(action_id="b2")), IMAGE, is_collapsible=True),
    ),
    "ephemeral ack": message(section(), response_type="ephemeral", replace_original=False),
    "delete": {"delete_original": True},
    "quote at a line start": message(section("> quoted\n>quoted too")),
    "fifty blocks": message(*[section()] * 50),
    "longest section": message(section("x" * 3000)),
    "radio, checkboxes, overflow": message(
        actions(
            {"type": "radio_buttons", "action_id": "r", "options": [{"text": mrkdwn("*a*"), "value": "a"}]},
            {"type": "checkboxes", "action_id": "c", "options": [option()], "initial_options": [option()]},
            {"type": "overflow", "action_id": "o", "options": [option()]},
        )
    ),
    "input in a message": message(INPUT),
}


@pytest.mark.parametrize("name", GOOD_MESSAGES)
def test_a_good_message_has_no_fault(name: str) -> None:
    assert check_message(GOOD_MESSAGES[name]) == ()


BAD_MESSAGES: dict[str, tuple[Json, str]] = {
    "no text": ({"blocks": [section()]}, "text is missing"),
    "empty text": ({"text": ""}, "1 to 40000"),
    "fifty-one blocks": (message(*[section()] * 51), "to 50 items"),
    "unknown block": (message({"type": "carousel"}), "'carousel' is not allowed"),
    "no type": (message({}), "block type None"),
    "not an object": (message("text"), "must be an object"),  # type: ignore[arg-type]
    "unknown message key": (message(section(), attachments=[]), "unknown key 'attachments'"),
    "unknown block key": (message({**section(), "color": "red"}), "unknown key 'color'"),
    "long section": (message(section("x" * 3001)), "1 to 3000"),
    "empty section": (message({"type": "section"}), "needs text or fields"),
    "empty words": (message(section("")), "1 to 3000"),
    "eleven fields": (message({"type": "section", "fields": [plain("a")] * 11}), "1 to 10 items"),
    "long field": (message({"type": "section", "fields": [plain("a" * 2001)]}), "1 to 2000"),
    "mrkdwn header": (message({"type": "header", "text": mrkdwn("a")}), "must be plain_text"),
    "long header": (message({"type": "header", "text": plain("a" * 151)}), "1 to 150"),
    "eleven context elements": (message({"type": "context", "elements": [plain("a")] * 11}), "1 to 10"),
    "no actions": (message(actions()), "1 to 25"),
    "twenty-six actions": (message(actions(*[button(action_id=f"b{i}") for i in range(26)])), "1 to 25"),
    "six context actions": (
        message({"type": "context_actions", "elements": FEEDBACK["elements"] * 6}),  # type: ignore[operator]
        "1 to 5",
    ),
    "long button": (message(actions({**button(), "text": plain("a" * 76)})), "1 to 75"),
    "mrkdwn button": (message(actions({**button(), "text": mrkdwn("a")})), "must be plain_text"),
    "long value": (message(actions(button(value="v" * 2001))), "1 to 2000"),
    "long action_id": (message(actions(button(action_id="a" * 256))), "1 to 255"),
    "action_id twice": (message(actions(button()), actions(button())), "'share' is used twice"),
    "block_id twice": (message({**section(), "block_id": "a"}, {**section(), "block_id": "a"}), "used twice"),
    "long block_id": (message({**section(), "block_id": "a" * 256}), "1 to 255"),
    "no options": (message(actions(select(options=[]))), "1 to 100"),
    "too many options": (
        message(actions(select(options=[option(value=str(i)) for i in range(101)]))),
        "1 to 100",
    ),
    "long option": (message(actions(select(options=[option("a" * 76)]))), "1 to 75"),
    "long option value": (message(actions(select(options=[option(value="a" * 151)]))), "1 to 150"),
    "same option value": (message(actions(select(options=[option(), option("Urine")]))), "same value"),
    "strange initial option": (message(actions(select(initial_option=option("Urine", "uti")))), "not among"),
    "long confirm": (message(actions(button(confirm={**CONFIRM, "confirm": plain("a" * 31)}))), "1 to 30"),
    "confirm without text": (message(actions(button(confirm={"title": plain("a")}))), "text is missing"),
    "input element in actions": (message(actions({"type": "plain_text_input"})), "not allowed here"),
    "button as input": (message({**INPUT, "element": button()}), "not allowed here"),
    "long markdown": (message({"type": "markdown", "text": "a" * 12_001}), "1 to 12000"),
    "two long markdown": (message(*[{"type": "markdown", "text": "a" * 6_001}] * 2), "all markdown blocks"),
    "broadcast in markdown": (message({"type": "markdown", "text": "<!here> look"}), "notify a whole"),
    "two tables": (message(table(1, 1), table(1, 1)), "at most 1 table"),
    "table in a container too": (message(table(1, 1), container(table(1, 1))), "at most 1 table"),
    "101 rows": (message(table(101, 1)), "1 to 100"),
    "21 columns": (message(table(1, 21)), "1 to 20"),
    "three charts": (message(*[chart()] * 3), "at most 2"),
    "chart without its values": (message(chart(series=[{"name": "a", "data": []}])), "one value for each category"),
    "chart with a name twice": (message(chart(series=chart()["chart"]["series"] * 2)), "same name"),
    "chart with a long label": (message(chart(axis_config={"categories": ["a" * 21]})), "1 to 20 characters"),
    "chart of no known kind": (message(chart(type="map")), "chart type 'map'"),
    "empty card": (message({"type": "card", "subtitle": plain("a")}), "needs hero_image or title"),
    "rich text in a container": (message(container(RICH)), "child block type 'rich_text'"),
    "feedback in a container": (message(container(FEEDBACK)), "child block type 'context_actions'"),
    "51 blocks with children": (message(*[container(*[section()] * 10)] * 5), "with those inside containers"),
    "eleven children": (message(container(*[section()] * 11)), "1 to 10"),
    "container in container": (message(container(container(section()))), "child block type 'container'"),
    "container without title": (message({"type": "container", "child_blocks": [section()]}), "needs title"),
    "collapsed, not collapsible": (message(container(section(), default_collapsed=True)), "needs is_collapsible"),
    "alert in a message": (message({"type": "alert", "text": plain("a")}), "modals only"),
    "too much in all": (message(*[section("x" * 2601)] * 5), "msg_blocks_too_long"),
    "too much beside the words": (message(actions(button(value="v" * 1900)), *[section("x" * 2800)] * 4), "too_long"),
    "image without alt text": (message({"type": "image", "image_url": "https://a.org/b.png"}), "alt_text is missing"),
    "http image": (message({"type": "image", "image_url": "http://a.org/b", "alt_text": "a"}), "https"),
    "javascript url": (message(actions(button(url="javascript:alert(1)"))), "https"),
    "user group in rich text": (
        message(
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}],
            }
        ),
        "'broadcast' is not allowed",
    ),
    "parse": (message(section(), parse="full"), "must stay off"),
    "link_names": (message(section(), link_names=True), "must stay off"),
    "escaped plain text": (message({"type": "header", "text": plain("CrCl &lt;30")}), "not escaped"),
    "response_type": (message(section(), response_type="public"), "must be one of"),
}


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_each_limit_is_a_fault_that_names_the_place(name: str) -> None:
    payload, words = BAD_MESSAGES[name]
    faults = check_message(payload)
    assert any(words in fault for fault in faults), faults


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> look",
        "<!here|here>",
        "<!everyone>",
        "<!subteam^S123|@id>",
        "<javascript:alert(1)|click>",
        "<ftp://example.org|not the web>",
        "<https://exa mple.org>",
        "<https://example.org|a|b>",
        "<evil>",
        "CrCl <30 mL/min and >10",
        "CrCl < 30",
        "a > b",
        "trimethoprim & sulfa",
        "&nbsp;",
    ],
)
def test_mrkdwn_holds_only_allowed_forms(text: str) -> None:
    assert check_message({"text": text})
    assert check_message(message(section(text)))


def test_a_quoted_dose_line_is_no_fault_but_a_mention_in_plain_text_is_only_words() -> None:
    assert check_message(message({"type": "header", "text": plain("<!channel> & CrCl <30")})) == ()


GOOD_VIEWS = {
    "the same action_id in two blocks": modal(INPUT, {**INPUT, "block_id": "egfr"}),
    "modal": modal(INPUT, {"type": "alert", "text": plain("a"), "level": "info"}),
    "hundred blocks": modal(*[section()] * 100),
    "all keys": modal(
        section(),
        close=plain("Close"),
        private_metadata="m" * 3000,
        callback_id="c" * 255,
        notify_on_close=True,
        clear_on_close=False,
    ),
    "home": {"type": "home", "blocks": [section(), container(section()), table(100, 20)]},
}


@pytest.mark.parametrize("name", GOOD_VIEWS)
def test_a_good_view_has_no_fault(name: str) -> None:
    assert check_view(GOOD_VIEWS[name]) == ()


BAD_VIEWS: dict[str, tuple[Json, str]] = {
    "the same action_id in one block": (modal(actions(button(), button())), "'share' is used twice"),
    "no title": ({"type": "modal", "blocks": [section()]}, "title is missing"),
    "long title": (modal(section(), title=plain("a" * 25)), "1 to 24"),
    "long submit": (modal(section(), submit=plain("a" * 25)), "1 to 24"),
    "long close": (modal(section(), close=plain("a" * 25)), "1 to 24"),
    "mrkdwn title": (modal(section(), title=mrkdwn("a")), "must be plain_text"),
    "inputs without submit": (
        {"type": "modal", "title": plain("a"), "blocks": [INPUT]},
        "submit is missing",
    ),
    "long metadata": (modal(section(), private_metadata="m" * 3001), "0 to 3000"),
    "long callback": (modal(section(), callback_id="c" * 256), "1 to 255"),
    "101 blocks": (modal(*[section()] * 101), "1 to 100"),
    "container in a modal": (modal(container(section())), "does not stand in modals"),
    "long alert": (modal({"type": "alert", "text": plain("a" * 201)}), "1 to 200"),
    "unknown key": (modal(section(), state={}), "unknown key 'state'"),
    "not a view": ([], "must be an object"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("name", BAD_VIEWS)
def test_each_limit_of_a_view_is_a_fault(name: str) -> None:
    view, words = BAD_VIEWS[name]
    faults = check_view(view)
    assert any(words in fault for fault in faults), faults


def test_blocks_can_be_checked_alone() -> None:
    assert check_blocks([section()]) == ()
    assert check_blocks([section()] * 51)
    assert check_blocks([section()] * 51, "modal") == ()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["section", "actions", "mrkdwn"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "blocks", "options", "rows", "child_blocks"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("check", [check_message, check_view])
@given(payload=json_values)
def test_any_json_gives_faults_and_never_an_exception(check: Callable[[Any], tuple[str, ...]], payload: Any) -> None:
    faults = check(payload)
    assert isinstance(faults, tuple)
    assert all(isinstance(fault, str) for fault in faults)


@given(text=st.text(min_size=1, max_size=200))
def test_any_text_escaped_as_slack_asks_is_no_fault(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert check_message({"text": escaped}) == ()


@given(text=st.text(alphabet="<>!@#|&;channelhere:/htps^ \n", min_size=1, max_size=60))
def test_what_passes_as_mrkdwn_never_notifies_a_channel(text: str) -> None:
    if not check_message({"text": text}):
        assert "<!c" not in text
        assert "<!h" not in text


def test_the_pieces_that_layouts_are_made_of_are_good() -> None:
    """Containers, tables, charts, pictures, feedback and local times, as the helpers make them."""
    words = [pieces.section(f"line {number}") for number in range(12)]
    made = [
        *pieces.folds("Alternatives", words),
        pieces.container("Renal dosing", [pieces.table([["Band", "Dose"], ["CrCl >50", ""]])], subtitle="label"),
        pieces.container(
            "Open", [pieces.actions([pieces.overflow("more", [pieces.option("a", "b")])])], collapsed=None
        ),
        pieces.chart("Susceptible", "%", ["KPC", "NDM"], {"2025": [94, 0], "2026": [92, 1.5]}),
        pieces.image("https://example.org/a.png", "94 of 100 KPC isolates", title="KPC"),
        pieces.section(pieces.local_time(1_790_000_000, "21 September 2026, <14:13")),
        pieces.feedback(),
    ]
    assert check_message(message(*made)) == ()
    assert check_view({"type": "home", "blocks": made}) == ()
    assert [len(block["child_blocks"]) for block in made[:2]] == [10, 2]
    assert check_view(modal(pieces.alert("Kept for 24 hours."), section())) == ()
