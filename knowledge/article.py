"""The educational article: each statement as its own, and the state of its reference list."""

from __future__ import annotations

from knowledge.provenance import Applies, DataModel, FactId, Sourced, SourceId, Text


class Statement(Sourced, Applies):
    """One statement of the educational article, as its own, with the reference numbers as printed there."""

    id: FactId
    heading: Text
    text: Text
    printed_references: tuple[int, ...] = ()
    agrees_with: tuple[FactId, ...] = ()
    conflicts: tuple[FactId, ...] = ()


class ArticleReference(DataModel):
    """An entry of the article's printed reference list."""

    as_printed: Text
    likely_number: Text
    identified: bool
    reference: SourceId | None = None
    note: Text | None = None


class Article(DataModel):
    """The educational article: all its statements and the state of its references."""

    source: SourceId
    label: Text
    flaws: tuple[Text, ...]
    statements: tuple[Statement, ...]
    references: tuple[ArticleReference, ...]
