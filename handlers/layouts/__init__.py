"""How each reply looks: one pure function from a reply to what Slack is sent."""

from handlers.layouts.rendering import render, stamp, thread_of
from handlers.layouts.view import View

__all__ = ["View", "render", "stamp", "thread_of"]
