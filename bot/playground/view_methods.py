"""The Web API methods for modals: a trigger id opens one view, within three seconds."""

from __future__ import annotations

from bot.playground.bodies import view_body
from bot.playground.records import Json, Trigger
from bot.playground.refusals import SlackError, decoded, need
from bot.playground.workspace import TRIGGER_SECONDS, Workspace
from handlers.blockcheck import check_view


def _checked_view(args: Json) -> Json:
    view = decoded(args.get("view"), "invalid_arguments")
    if view is None:
        need(args, "view")
    faults = check_view(view)
    if faults:
        messages = [f"[ERROR] {fault} [json-pointer:/view]" for fault in faults]
        raise SlackError("invalid_arguments", response_metadata={"messages": messages})
    return dict(view)


def _trigger(slack: Workspace, args: Json) -> Trigger:
    (trigger_id,) = need(args, "trigger_id")
    trigger = slack.triggers.get(trigger_id)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if slack.clock() - trigger.made_at > TRIGGER_SECONDS:
        raise SlackError("expired_trigger_id")
    return trigger


def views_open(slack: Workspace, args: Json) -> Json:
    trigger = _trigger(slack, args)
    payload = _checked_view(args)
    trigger.used = True
    return {"view": view_body(slack, slack.open_view(trigger.user, payload))}


def views_push(slack: Workspace, args: Json) -> Json:
    trigger = _trigger(slack, args)
    payload = _checked_view(args)
    below = slack.stack(slack.users[trigger.user])
    if not below:
        raise SlackError("not_found")
    if len(below) >= 3:
        raise SlackError("push_limit_reached")
    trigger.used = True
    return {"view": view_body(slack, slack.open_view(trigger.user, payload, previous=below[-1]))}


def views_update(slack: Workspace, args: Json) -> Json:
    key = args.get("view_id") or args.get("external_id")
    views = [v for v in slack.views.values() if key and key in (v.id, v.payload.get("external_id"))]
    if not views:
        raise SlackError("not_found")
    if args.get("hash") and args["hash"] != views[0].hash:
        raise SlackError("hash_conflict")
    slack.change_view(views[0], _checked_view(args))
    return {"view": view_body(slack, views[0])}
