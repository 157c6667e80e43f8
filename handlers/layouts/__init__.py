"""How each reply looks: one pure function from a reply to what Slack is sent."""

from handlers.layouts.rendering import View, render, stamp, thread_of

__all__ = ["View", "render", "stamp", "thread_of"]
