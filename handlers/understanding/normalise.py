"""Raw Slack text to plain lower-case words and signs: markup, entities, accents, dashes and invisible characters go."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

MAX_LENGTH = 4000
"""Longest text that is read, in characters after normalising."""
_LONGEST = 4 * MAX_LENGTH  # of which most would have to be invisible to be read

_ADDRESSED = re.compile(
    r"[ ]+<@[A-Z0-9]+(?:\|[^<>\n]*)?>(?=[?!.,;:])"
)  # "dose for me <@U0BOT>?": the sign is the word's
_MARKUP = re.compile(r"<([^<>\n]{0,2000})>")
_STRUCK = re.compile(r"(?<![\w~])~(?=\S)([^~\n]{1,400}?)(?<=\S)~(?![\w~])")
_EMOJI = re.compile(r":([a-z0-9_+-]{1,40}):")
_SIGNED = re.compile(r"[(\[+-](?:(?<=[(\[])\s?([+-])\s?(?:ve)?[)\]]|(?<![+-].)(?<=([+-]))\s?ve\b)")
_RESULT = re.compile(r"\((?<=\w.)\s?([+-])\s?\)(?=\s*\w)")  # "KPC(+) NDM(-)": of the word it stands at
_DECIMAL = re.compile(r" \.(?=\d)")  # "MIC .25"
_APOSTROPHE = re.compile(r"(?<=[a-z])['`\u00b4](?=[a-z])")
_LEADERS = re.compile(
    r"(?<!\.)\.{2,}+\s?(?=(?:[rsi]|neg|pos|negative|positive|(?:not )?detected|resistant|susceptible)\b\s?(?:\n|$|\())"
)
"""Dots that lead the eye from a name to its result, as reports print them ("Colistin ..... R")."""
_BLANKS = re.compile(r"[^\S\n](?:[^\S\n]+|(?<! ))")  # all but a space by itself
_BLANK = re.compile(r"_{3,}")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"), "-")
_QUOTES = {**dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u2032"), "'"), **dict.fromkeys(map(ord, "\u201c\u201d"), '"')}
_SIGNS = {
    0x2705: " positive ", 0x2714: " positive ", 0x2795: " positive ", 0x274C: " negative ", 0x2796: " negative ",
    0x2716: " negative ", 0x2717: " negative ", 0x2718: " negative ", 0x2715: " negative ", 0x2713: " positive ",
    0x1F44E: " negative ",
    0x03B2: "beta", 0x03BC: "u", 0x00B5: "u", 0x2265: ">", 0x2264: "<",
    0x2192: " -> ", 0x27A1: " -> ", 0x21D2: " -> ",
    0x00B1: " ", 0x1FA78: " blood ",
    0x2022: "\n", 0x00A0: " ", 0x2028: "\n", 0x2029: "\n", 0x000D: "\n", 0x00DF: "ss", 0x00BF: "", 0x00A1: "",
    0x00D7: "x", 0x00AD: "",
}  # fmt: skip
_TRANSLATION = {chr(code): sign for code, sign in {**_DASHES, **_QUOTES, **_SIGNS}.items()}
_LIGATURES = "\ufbb2", "\ufdff"  # one may become eighteen letters, none of which we know
_FEW = 12  # characters quicker replaced one by one than all in one pass
_EMOJI_SIGNS = {
    "white_check_mark": " positive ", "heavy_check_mark": " positive ", "heavy_plus_sign": " positive ",
    "x": " negative ", "heavy_minus_sign": " negative ", "no_entry": " negative ",
    "thumbsdown": " negative ", "-1": " negative ",
    "negative_squared_cross_mark": " negative ",
}  # fmt: skip


def unwrap(raw: str) -> str:
    """The text a reader sees: Slack's links, mentions, dates, entities and struck words resolved; case kept."""
    text = raw
    if "<" in text:
        text = _MARKUP.sub(_label, _ADDRESSED.sub("", text))
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    if "~" in text:
        text = _STRUCK.sub(" ", text)
    return text


def normalise(seen: str) -> str:
    """Lower-case text without accents, invisible characters or markup. Any string gives a string."""
    text = seen if len(seen) <= _LONGEST else seen[:_LONGEST]  # still too long to be read
    if not text.isascii():
        text = _without(text, _is_mark)  # sorting long runs of them would cost their square
        text = _without(
            unicodedata.normalize("NFKD", _translate(unicodedata.normalize("NFKC", _translate(text)))), _is_invisible
        )
    text = text.casefold()
    if ":" in text:
        text = _EMOJI.sub(lambda m: _EMOJI_SIGNS.get(m[1], m[0] if m[1].isdigit() else " "), text)
    if "___" in text:
        text = _BLANK.sub(" unknown ", text)  # "KPC: ______"
    if "*" in text or "_" in text or "`" in text or "\t" in text:
        text = text.replace("*", " ").replace("_", " ").replace("`", " ").replace("\t", " | ")
    if " ." in text:
        text = _DECIMAL.sub(" 0.", text)
    if ".." in text:
        text = _LEADERS.sub(": ", text)
    if "'" in text or "`" in text:
        text = _APOSTROPHE.sub("", text)
    if "&" in text:
        text = text.replace("&", " and ")
    if "+" in text or "-" in text:
        text = _RESULT.sub(lambda m: " positive, " if m[1] == "+" else " negative, ", text)
        text = _SIGNED.sub(lambda m: " positive " if (m[1] or m[2]) == "+" else " negative ", text)
    return _BLANKS.sub(" ", text).strip()


def _label(match: re.Match[str]) -> str:
    inside = match[1]
    if not inside:
        return " "
    if inside[0] in "@#":
        return " "
    target, bar, label = inside.partition("|")
    if inside[0] == "!":
        return f" {label} " if bar else " "
    if bar:
        return label
    return " " if re.match(r"(?:https?|mailto|tel|ftp|slack):", target) else match[0]


def _translate(text: str) -> str:
    first, last = _LIGATURES
    signs = {c: _TRANSLATION.get(c, " ") for c in set(text) if c in _TRANSLATION or first <= c <= last}
    return _replace(text, signs)


def _without(text: str, unwanted: Callable[[str], object]) -> str:
    return _replace(text, {c: "" for c in set(text) if unwanted(c)})


def _replace(text: str, signs: Mapping[str, str]) -> str:
    if len(signs) > _FEW:
        return text.translate({ord(character): sign for character, sign in signs.items()})
    for character, sign in signs.items():
        text = text.replace(character, sign)
    return text


def _is_mark(character: str) -> bool:
    """Also those that are none of themselves and come apart into some (U+0F73)."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) in ("Mn", "Me")


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Mn", "Cf", "Me", "Cs", "Co") or (category == "Cc" and character not in "\n\t")
