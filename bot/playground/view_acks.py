"""What a modal does with the acknowledgement of its submission."""

from __future__ import annotations

from bot.playground.records import Json, View
from bot.playground.refusals import SlackError
from bot.playground.workspace import Workspace
from handlers.blockcheck import check_view


def answer_submission(slack: Workspace, view: View, body: Json | str | None) -> None:
    """Close the view, or follow the ack's `response_action`."""
    if not body:
        slack.close_view(view)
        return
    if not isinstance(body, dict) or body.get("response_action") not in {"clear", "errors", "update", "push"}:
        raise SlackError("invalid_response_action")
    match body["response_action"]:
        case "clear":
            slack.close_view(view, whole_stack=True)
        case "errors":
            _show_errors(slack, view, body.get("errors"))
        case "update":
            slack.change_view(view, _checked(body.get("view")))
        case "push":
            slack.open_view(view.user, _checked(body.get("view")), previous=view)


def _show_errors(slack: Workspace, view: View, errors: object) -> None:
    inputs = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_errors")  # errors may name input blocks only
    view.errors = {str(block_id): str(text) for block_id, text in errors.items()}
    slack.touch()


def _checked(view: object) -> Json:
    if not isinstance(view, dict) or (faults := check_view(view)):
        raise SlackError("invalid_view", errors=list(faults) if isinstance(view, dict) else [])
    return view
