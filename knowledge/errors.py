"""What goes wrong with the knowledge itself."""

from __future__ import annotations


class KnowledgeDataError(Exception):
    """The data can't be used. `faults` names every fault with its file, key and remedy."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        count = len(self.faults)
        return "\n".join([f"{count} fault{'s' if count != 1 else ''} in the knowledge data:", *self.faults])
