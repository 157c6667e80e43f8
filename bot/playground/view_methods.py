"""The Web API methods for modals and Homes. A trigger id opens one modal, within three seconds; a Home needs none."""

from __future__ import annotations

from bot.playground.bodies import view_body
from bot.playground.records import Json, Trigger
from bot.playground.refusals import SlackError, decoded, need
from bot.playground.workspace import TRIGGER_SECONDS, Workspace
from handlers.blockcheck import check_view

MOST_PROMPTS = 4


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


def views_publish(slack: Workspace, args: Json) -> Json:
    (user_id,) = need(args, "user_id")
    user, payload = slack.users.get(user_id), _checked_view(args)
    if user is None:
        raise SlackError("user_not_found")
    if payload["type"] != "home":
        raise SlackError("invalid_arguments", response_metadata={"messages": ["[ERROR] only a home can be published"]})
    home = slack.homes.get(user.id)
    if args.get("hash") and home is not None and args["hash"] != home.hash:
        raise SlackError("hash_conflict")
    return {"view": view_body(slack, slack.publish_home(user.id, payload))}


def set_suggested_prompts(slack: Workspace, args: Json) -> Json:
    channel_id, _ = need(args, "channel_id", "prompts")
    prompts = decoded(args["prompts"], "invalid_arguments")
    channel = slack.channels.get(channel_id)
    if channel is None or channel.kind != "im":
        raise SlackError("channel_not_found")
    if not isinstance(prompts, list) or len(prompts) > MOST_PROMPTS:
        raise SlackError("invalid_arguments")
    if any(not isinstance(each, dict) or not each.get("title") or not each.get("message") for each in prompts):
        raise SlackError("invalid_arguments")
    if not args.get("thread_ts"):  # with one, Slack says yes and shows nothing in the agent's conversation
        slack.prompts[channel_id] = {"title": args.get("title") or "", "prompts": prompts}
        slack.touch()
    return {}


def views_update(slack: Workspace, args: Json) -> Json:
    key = args.get("view_id") or args.get("external_id")
    shown = [*slack.views.values(), *slack.homes.values()]
    views = [v for v in shown if key and key in (v.id, v.payload.get("external_id"))]
    if not views:
        raise SlackError("not_found")
    if args.get("hash") and args["hash"] != views[0].hash:
        raise SlackError("hash_conflict")
    slack.change_view(views[0], _checked_view(args))
    return {"view": view_body(slack, views[0])}
