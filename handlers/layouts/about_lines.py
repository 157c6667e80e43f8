"""What is known of an antimicrobial beyond its dose, one line a topic; tests, coverage and works as lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from handlers.layouts import regimen_lines as rl
from handlers.layouts.blocks import Block, escape, sections
from handlers.layouts.drawing import Part
from handlers.layouts.references import References
from knowledge.answer import AboutView, Answer, TopicView
from knowledge.background import Background, WorkView

_LEFT_OUT = "Left out here for length: {}. Ask for each by name, for example: dose of {}."


def standing(answer: Answer) -> list[Part]:
    """Where each antimicrobial that the question names stands here: always shown."""
    return [Part(f"About {view.name}", partial(rl.bullets, [view.here])) for view in answer.about if view.here]


def known(answer: Answer) -> list[Part]:
    """What is known of the antimicrobials that a question names, each in its fold."""
    return [
        Part(title, partial(_topics, [topic]), required=False, fold=title, tier=1)
        for view in answer.about
        for title in (f"About {view.name}",)
        for topic in view.topics
    ]


def background(around: Background, refs: References, room: int) -> list[Block]:
    """All of it as blocks: what is about the answer as a whole first, then one antimicrobial after the other."""
    lists = (
        ("The mechanism", rl.bullets(around.mechanism, refs)),
        ("Finding the mechanism", rl.bullets(around.testing, refs)),
        ("How common, how serious", rl.bullets(around.epidemiology, refs)),
        ("Consultation", rl.bullets(around.consultation, refs)),
        ("What the sources cover", rl.bullets(around.coverage, refs)),
        ("Not verified in the sources read", [f"• {escape(text)}" for text in around.open_points]),
    )
    blocks = [block for title, lines in lists if lines for block in sections(title, lines)]
    for index, view in enumerate(around.about):
        more = sections(_heading(view), _topics(view.topics, refs))
        if len(blocks) + len(more) > room:
            names = [escape(left.name) for left in around.about[index:]]
            return [*blocks, *sections("", [_LEFT_OUT.format(", ".join(names), names[0])])]
        blocks += more
    return blocks


def works(around: Background, refs: References) -> list[str]:
    """How each cited source was read."""
    return [_work(work) for work in around.works if work.source in refs.sources]


def _heading(view: AboutView) -> str:
    brands = f" ({', '.join(view.brands)})" if view.brands else ""
    return escape(f"About {view.name}{brands}: {view.drug_class}")


def _topics(topics: Sequence[TopicView], refs: References) -> list[str]:
    return [f"• *{escape(topic.title)}.* {_joined(rl.said(line, refs) for line in topic.lines)}" for topic in topics]


def _joined(said: Iterable[str]) -> str:
    return "; ".join(said)


def _work(work: WorkView) -> str:
    published = ". ".join(part for part in (work.authors, work.published_in, work.doi and f"doi {work.doi}") if part)
    told = [f"• *{escape(work.short)}.* {escape(work.title)}"]
    told += [escape(text) for text in (published, f"Read: {work.read_as}", work.notes) if text]
    return ". ".join(text.rstrip(".") for text in told)
