"""The shape of a Slack app manifest: docs.slack.dev/reference/app-manifest, as far as an app like ours may use it.

Slack's page says which keys there are; the lengths are those of Slack's published schema, and of its documents where
that has no word (`agent_view`, which came after it).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Url = Annotated[str, StringConstraints(pattern=r"^https?://", max_length=3000)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=50)]


class Shape(BaseModel):
    """A part of the manifest: no key that Slack does not know, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Metadata(Shape):
    major_version: Literal[1, 2]
    minor_version: int


class DisplayInformation(Shape):
    name: Annotated[str, StringConstraints(min_length=1, max_length=35)]
    description: Annotated[str, StringConstraints(min_length=1, max_length=140)]
    long_description: Annotated[str, StringConstraints(min_length=175, max_length=4000)]
    background_color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$")]


class AppHome(Shape):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class Prompt(Shape):
    title: Annotated[str, StringConstraints(min_length=1, max_length=75)]
    message: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class AgentView(Shape):
    agent_description: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    suggested_prompts: Annotated[list[Prompt], Field(max_length=4)] = []


class BotUser(Shape):
    display_name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    always_online: bool = False


class Shortcut(Shape):
    name: Annotated[str, StringConstraints(min_length=1, max_length=24)]
    type: Literal["message", "global"]
    callback_id: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    description: Annotated[str, StringConstraints(min_length=1, max_length=150)]


class SlashCommand(Shape):
    command: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9_-]{1,31}$")]
    description: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    usage_hint: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    should_escape: bool
    url: Url | None = None


class Features(Shape):
    app_home: AppHome
    agent_view: AgentView
    bot_user: BotUser
    slash_commands: Annotated[list[SlashCommand], Field(min_length=1, max_length=50)]
    shortcuts: Annotated[list[Shortcut], Field(min_length=1, max_length=10)]


class Scopes(Shape):
    bot: Annotated[list[Word], Field(max_length=255)]


class OAuthConfig(Shape):
    scopes: Scopes


class EventSubscriptions(Shape):
    bot_events: Annotated[list[Word], Field(max_length=100)]
    request_url: Url | None = None


class Interactivity(Shape):
    is_enabled: bool
    request_url: Url | None = None


class AppSettings(Shape):
    event_subscriptions: EventSubscriptions
    interactivity: Interactivity
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Manifest(Shape):
    """The whole file."""

    metadata: Annotated[Metadata, Field(alias="_metadata")]
    display_information: DisplayInformation
    features: Features
    oauth_config: OAuthConfig
    settings: AppSettings
