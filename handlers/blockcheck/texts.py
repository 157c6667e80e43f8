"""Text in a payload: its length, and that mrkdwn holds no mention, link or raw character that must not be there.

`<`, `>` and `&` are Slack's control characters: "CrCl <30 and >10" sent raw is eaten as a link. In mrkdwn they are
escaped; in plain_text they are not, or the reader sees "&lt;".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handlers.blockcheck.shapes import Check, Inspection, boolean, string

_TOKEN = re.compile(r"<([^<>\n]*)>")
_ALLOWED_TOKEN = re.compile(
    r"""(?: (?:https?://[^\s|<>]+ | mailto:[^\s|<>]+ | tel:[0-9+()\-]+) (?:\|[^|<>]+)?   # a link of ours
      | @[UW][A-Z0-9]+                                                                  # a person
      | \#C[A-Z0-9]+ (?:\|[^|<>]*)?                                                     # a channel
      | !date\^[0-9]+\^[^^|<>]+(?:\^https://[^\s|<>]+)?\|[^|<>]+                        # a date in local time
    )""",
    re.VERBOSE,
)
_BROADCAST = re.compile(r"<!(?:channel|here|everyone|group|subteam)\b|<@S[A-Z0-9]+|@(?:channel|here|everyone)\b")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_QUOTE_MARK = re.compile(r"^>+ ?", re.MULTILINE)


def check_mrkdwn(seen: Inspection, where: str, text: str) -> None:
    """Only the allowed `<...>` forms, and no raw control character outside them."""
    rest: list[str] = []
    last = 0
    for token in _TOKEN.finditer(text):
        rest.append(text[last : token.start()])
        last = token.end()
        if not _ALLOWED_TOKEN.fullmatch(token.group(1)):
            seen.fault(where, f"{token.group(0)[:40]!r} is not an allowed form")
    outside = "".join([*rest, text[last:]])
    if "<" in outside:
        seen.fault(where, "holds an unescaped <")
    if ">" in _QUOTE_MARK.sub("", outside):
        seen.fault(where, "holds an unescaped >")
    if "&" in _ENTITY.sub("", outside):
        seen.fault(where, "holds an unescaped &")


def check_standard_markdown(seen: Inspection, where: str, value: Any) -> None:
    """The text of a markdown block: counted apart, and never a broadcast."""
    string(12_000)(seen, where, value)
    if isinstance(value, str):
        seen.markdown_characters += len(value)
        if _BROADCAST.search(value):
            seen.fault(where, "would notify a whole channel or group")


def raw_text(most: int) -> Check:
    """Words shown as they are (a table cell, the text of a rich_text element)."""
    return string(most)


def text_object(most: int, *, mrkdwn: bool) -> Check:
    """A text object of at most `most` characters; plain_text only unless `mrkdwn`."""
    kinds = ("plain_text", "mrkdwn") if mrkdwn else ("plain_text",)

    def check(seen: Inspection, where: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            seen.fault(where, "must be a text object")
            return
        kind, text = value.get("type"), value.get("text")
        if kind not in kinds:
            seen.fault(where, f"must be {' or '.join(kinds)}, not {kind!r}")
        extra = {"mrkdwn": "verbatim", "plain_text": "emoji"}.get(str(kind))
        for key in value:
            if key not in {"type", "text", extra}:
                seen.fault(where, f"unknown key {key!r}")
        if extra in value:
            boolean(seen, f"{where}/{extra}", value[extra])
        raw_text(most)(seen, f"{where}/text", text)
        if not isinstance(text, str):
            return
        if kind == "mrkdwn":
            check_mrkdwn(seen, f"{where}/text", text)
        elif kind == "plain_text" and _ENTITY.search(text):
            seen.fault(f"{where}/text", "plain_text is not escaped: the reader would see the entity")

    return check


def plain(most: int) -> Check:
    return text_object(most, mrkdwn=False)


def either(most: int) -> Check:
    return text_object(most, mrkdwn=True)
