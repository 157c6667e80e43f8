"""What a layout needs beside the reply."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.layouts.labels import Names
from handlers.roles import Role


@dataclass(frozen=True, slots=True)
class View:
    """What a layout needs beside the reply: labels, the on-call route, who reads it, and where it could be shared."""

    names: Names
    on_call: str
    shareable: bool = False
    private: bool = True
    role: Role = Role.PHYSICIAN  # orders and words the sections, never what safety demands
    in_thread: bool = False  # sharing goes to the thread that the question stands in
