"""Nothing that anybody writes, or is called, comes out live: no mention, link or format of theirs reaches Slack.

What is sent holds labels of our own vocabulary only, so each vector carries a word of its own that must never appear.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import islice, product

import pytest

from bot.playground.records import Channel
from handlers.layouts import blocks
from tests.scenarios.conftest import CONSULTS, DOORS, FEEDBACK, House, open_house
from tests.servers import Kind, RedisServer

CANARY = "zq{:03}xv"
PAYLOADS = (
    "<!channel> {}", "<!here|{}>", "<!everyone> {}", "<!subteam^S0123ABCD|@{}>", "<!date^1392734382^{{date}}|{}>",
    "<@U0PHARMA01> {}", "<@U0PHARMA01|{}>", "<#C0ICU00001|{}>", "<https://evil.example/{}|click>",
    "<mailto:{}@evil.example|mail>", "https://evil.example/{}", "*{}*", "~{}~", "_{}_", "`{}`", "```{}```", "> {}",
    "&lt;!channel&gt; {}", "&amp;lt;!channel&amp;gt; {}", "&#60;!channel&#62; {}", "&#x3c;@U0PHARMA01&#x3e; {}",
    "\u200b<!chan\u200bnel> {}", "<\u2060!here> {}", "\u202e{}\u202c<!here>", "\u2066{}\u2069*", "\ufeff*{}*",
    "\uff1c!channel\uff1e {}", "@channel {}", "@here {}", "@everyone {}", ":{}:", "[{}](https://evil.example)",
    "<javascript:alert(1)|{}>", "<slack://user?team=T&id={}|x>", "\\u003c!channel\\u003e {}", "{}\r\n<!here>",
    "{}\x00<!here>", '{}","blocks":[{{"type":"divider"}}],"x":"', "{{{{{}}}}} ${{7*7}} %s", "<<!channel>!channel> {}",
    "<!channel\n> {}", "*_~{}~_*",
)  # fmt: skip
QUESTIONS = (
    "kpc bacteremia {}", "{} ndm pneumonia crcl 25", "kpc {} pneumonia", "{}", "kpc {}", "MRSA {} bacteremia",
    "kpcc {} pneumonia", "allergy to {}, oxa-48 cuti", "help {}", "Klebsiella {} in blood, NDM, amikacin R",
    "unknown mechanism {} bacteremia", "levo {} kpc cystitis",
)  # fmt: skip
SURFACES = ("command", "mention", "direct", "shortcut")
LIVE = re.compile(r"<([^>]*)>")
OWN_MENTION = re.compile(r"@U0CLINIC01|@U0ADMIN001")  # who shared, asked for and took: by id, from the signed request
OWN_DATE = re.compile(r"!date\^\d+\^")


def vectors(count: int) -> Iterator[tuple[str, str]]:
    """As many different texts, every payload and every question among them, with the word that marks each."""
    pairs = sorted(product(range(len(PAYLOADS)), range(len(QUESTIONS))), key=lambda pair: (sum(pair) % 7, pair))
    for number, (payload, question) in enumerate(islice(pairs, count)):
        canary = CANARY.format(number)
        yield canary, QUESTIONS[question].format(PAYLOADS[payload].format(canary))


def live(house: House, own_links: frozenset[str]) -> list[str]:
    """Every construct that Slack would bring to life, and that is not one of our own."""
    found = []
    for call in house.slack.calls:
        for written in LIVE.findall(json.dumps(call.args, ensure_ascii=False)):
            link = written.partition("|")[0]
            if not (OWN_MENTION.fullmatch(written) or OWN_DATE.match(written) or link in own_links):
                found.append(f"{call.method}: <{written}>")
    return found


@pytest.fixture(params=DOORS, ids=[door for door, _ in DOORS])
async def named_badly(request: pytest.FixtureRequest, redis_servers: dict[Kind, RedisServer]) -> AsyncIterator[House]:
    """People and a channel whose names are attacks; limits out of the way."""
    door, server = request.param
    lots = "100000/min burst 100000"
    settings = {
        **{f"CRE_LIMIT_{scope}": lots for scope in ("USER", "CHANNEL", "WORKSPACE")},
        "CRE_CONSULT_CHANNEL": CONSULTS,
        "CRE_FEEDBACK_CHANNEL": FEEDBACK,
    }
    async with open_house(door, redis_servers[server].emptied(), **settings) as house:
        slack = house.slack.workspace
        for user in ("U0CLINIC01", "U0ADMIN001"):
            attack = f"<!channel> *zqname* <@{user}>"
            slack.users[user] = replace(slack.users[user], name=attack, real_name=attack, title=attack)
        members = set(slack.channels["C0ICU00001"].members)
        attack = "<!here|zqchannel>_*~`"
        slack.channels["C0ICU00001"] = Channel("C0ICU00001", attack, "channel", members, attack)
        yield house


async def ask(house: House, surface: str, text: str) -> None:
    slack, user, channel = house.slack, "U0CLINIC01", "C0ICU00001"
    if surface == "command":
        await slack.command(user, channel, text)
    elif surface == "mention":
        await slack.mention(user, channel, text)
    elif surface == "direct":
        await slack.direct_message(user, text)
    else:
        await slack.say("U0PHARMA01", channel, text)
        await slack.message_shortcut(user, slack.workspace.messages[-1])


async def test_500_vectors_in_what_is_written(named_badly: House) -> None:
    """Half of them at each door, on every surface: Slack received no word and no live construct of theirs."""
    house = named_badly
    mine = [pair for index, pair in enumerate(vectors(500)) if index % 2 == bool(house.doors)]
    assert len(mine) == 250
    for index, (_, text) in enumerate(mine):
        await ask(house, SURFACES[index % 4], text)
    received = json.dumps([call.args for call in house.slack.calls], ensure_ascii=False)
    assert [canary for canary, _ in mine if canary in received] == []
    assert "zqname" not in received
    assert "zqchannel" not in received
    assert "evil.example" not in received
    assert live(house, own_links(house)) == []
    house.slack.web_api.record("planted", {"text": "<!channel> hello"}, {"ok": True})
    assert live(house, own_links(house)) == ["planted: <!channel>"]


async def test_every_flow_after_a_vector(named_badly: House) -> None:
    """Forms, modals, share, consult, its reminder and its taking, feedback: nothing of text or names in any."""
    house, slack = named_badly, named_badly.slack
    chosen = list(vectors(500))[::100]
    for canary, text in chosen:
        sent = await slack.command("U0CLINIC01", "C0ICU00001", f"kpc bacteremia crcl 25 {text}")
        if '"action_id": "consult"' not in json.dumps(sent.shown.blocks if sent.shown else []):
            sent = await slack.command("U0CLINIC01", "C0ICU00001", f"kpc bacteremia {canary}")
        assert sent.shown is not None
        for control, values in (
            ("set_renal", {"number": "30"}),
            ("set_reports", {"resistant": ["amikacin"]}),
            ("set_allergy", {"allergies": ["penicillin"]}),
            ("new_question", {"allergies": ["other"]}),
        ):
            await slack.click("U0CLINIC01", sent.shown, control)
            await slack.submit_view("U0CLINIC01", values=values)
        for control in ("show_details", "show_article", "share", "consult"):
            await slack.click("U0CLINIC01", sent.shown, control)
        await slack.click("U0ADMIN001", house.public("U0ADMIN001", "id-consults")[-1], "take_consult")
        await slack.click("U0CLINIC01", sent.shown, "feedback", "bad")
        await slack.submit_view("U0CLINIC01", values={"reason": "other"})
        await slack.click("U0CLINIC01", sent.shown, "correct")
    assert {"chat.postMessage", "chat.scheduleMessage", "views.open", "response_url", "ack"} <= {
        call.method for call in slack.calls
    }
    received = json.dumps([call.args for call in slack.calls], ensure_ascii=False)
    assert [canary for canary, _ in chosen if canary in received] == []
    assert "zqname" not in received
    assert "zqchannel" not in received
    assert live(house, own_links(house)) == []


def own_links(house: House) -> frozenset[str]:
    """The addresses of our own references."""
    content = house.bot.knowledge.content
    found = re.findall(r'https?://[^\s"<>|\\]+', content.model_dump_json())
    return frozenset(blocks.escape(link) for link in found)
