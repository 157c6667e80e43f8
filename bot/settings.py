"""`Settings`: everything the process is told from outside, read once, frozen, every fault named with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.faults import Fault, SettingsError
from bot.settings_values import (
    Limit,
    check_api_url,
    check_channel,
    host_name,
    parse_bucket,
    parse_ids,
    parse_people,
    parse_redis_url,
    parse_secret,
)

ON_CALL = "the infectious diseases (ID) consult service or the clinical pharmacist on call"
DEFAULT_PORT = 3000
SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL")

BotToken = Annotated[SecretStr | None, BeforeValidator(parse_secret("xoxb-", "xoxe.xoxb-"))]
AppToken = Annotated[SecretStr | None, BeforeValidator(parse_secret("xapp-"))]
SigningSecret = Annotated[SecretStr | None, BeforeValidator(parse_secret())]
RedisUrl = Annotated[SecretStr | None, BeforeValidator(parse_redis_url)]
LimitSetting = Annotated[Limit, BeforeValidator(Limit.parse)]
BucketUrl = Annotated[str | None, BeforeValidator(parse_bucket)]
Ids = Annotated[frozenset[str], BeforeValidator(parse_ids)]
Channel = Annotated[str | None, AfterValidator(check_channel)]
People = Annotated[frozenset[tuple[str, str]], BeforeValidator(parse_people)]


class Settings(BaseSettings):
    """Each field is the environment variable of its alias. `load_settings` fills it from one mapping."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    slack_bot_token: BotToken = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: AppToken = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SigningSecret = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: Annotated[str, AfterValidator(check_api_url)] = Field(
        "https://slack.com/api/", validation_alias="SLACK_API_URL"
    )
    redis_url: RedisUrl = Field(None, validation_alias="REDIS_URL")
    redis_reader_url: RedisUrl = Field(None, validation_alias="CRE_REDIS_READER_URL")
    redis_sealer_url: RedisUrl = Field(None, validation_alias="CRE_REDIS_SEALER_URL")
    host: str = Field("0.0.0.0", validation_alias="HOST")  # noqa: S104 (a container's port; the door asks for signatures)
    port: int | None = Field(None, ge=0, le=65535, validation_alias="PORT")
    limit_user: LimitSetting = Field(Limit(20, 60, 10), validation_alias="CRE_LIMIT_USER")
    limit_channel: LimitSetting = Field(Limit(60, 60, 30), validation_alias="CRE_LIMIT_CHANNEL")
    limit_workspace: LimitSetting = Field(Limit(600, 60, 100), validation_alias="CRE_LIMIT_WORKSPACE")
    on_call: str = Field(ON_CALL, min_length=3, max_length=300, validation_alias="CRE_ON_CALL")
    replicas: int = Field(1, ge=1, le=64, validation_alias="CRE_REPLICAS")
    channels: Ids = Field(frozenset(), validation_alias="CRE_CHANNELS")
    consult_channel: Channel = Field(None, validation_alias="CRE_CONSULT_CHANNEL")
    consult_minutes: int = Field(15, ge=2, le=24 * 60, validation_alias="CRE_CONSULT_MINUTES")
    feedback_channel: Channel = Field(None, validation_alias="CRE_FEEDBACK_CHANNEL")
    audit_reviewers: People = Field(frozenset(), validation_alias="CRE_AUDIT_REVIEWERS")
    data_dir: Path | None = Field(None, validation_alias="CRE_DATA_DIR")
    spool_dir: Path | None = Field(None, validation_alias="CRE_SPOOL_DIR")
    audit_key_file: Path | None = Field(None, validation_alias="CRE_AUDIT_KEY_FILE")
    audit_level: Literal["redis", "replicated"] = Field("redis", validation_alias="CRE_AUDIT_LEVEL")
    audit_replicas: int = Field(1, ge=1, le=5, validation_alias="CRE_AUDIT_REPLICAS")
    audit_on_timeout: Literal["degrade", "refuse"] = Field("degrade", validation_alias="CRE_AUDIT_ON_TIMEOUT")
    archive_dir: Path | None = Field(None, validation_alias="CRE_ARCHIVE_DIR")
    seal_key_file: Path | None = Field(None, validation_alias="CRE_SEAL_KEY_FILE")
    checkpoint_dir: Path | None = Field(None, validation_alias="CRE_CHECKPOINT_DIR")
    checkpoint_bucket: BucketUrl = Field(None, validation_alias="CRE_CHECKPOINT_BUCKET")
    audit_hot_days: int = Field(90, ge=1, le=95, validation_alias="CRE_AUDIT_HOT_DAYS")
    archive_months: int = Field(73, ge=1, le=1200, validation_alias="CRE_ARCHIVE_MONTHS")
    knowledge_dir: Path | None = Field(None, validation_alias="CRE_KNOWLEDGE_DIR")
    local_dir: Path | None = Field(None, validation_alias="CRE_LOCAL_DIR")
    signers_file: Path | None = Field(None, validation_alias="CRE_SIGNERS_FILE")
    signoffs_dir: Path | None = Field(None, validation_alias="CRE_SIGNOFFS_DIR")
    reviewers_needed: int = Field(2, ge=1, le=5, validation_alias="CRE_REVIEWERS_NEEDED")
    replica: str = Field(default_factory=host_name, pattern=r"^[A-Za-z0-9._-]{1,63}$", validation_alias="CRE_REPLICA")
    log_format: Literal["json", "console"] = Field("json", validation_alias="CRE_LOG_FORMAT")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", validation_alias="CRE_LOG_LEVEL")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in, so that a test or the playground is never coloured by somebody's environment."""
        return (init_settings,)


class Mode(StrEnum):
    """What the settings are for, which decides what may not be missing."""

    HTTP = "http"
    SOCKET = "socket"
    LOCAL = "local"


REMEDIES = {
    "SLACK_BOT_TOKEN": "api.slack.com/apps, your app, OAuth & Permissions: copy the Bot User OAuth Token (xoxb-)",
    "SLACK_APP_TOKEN": "api.slack.com/apps, your app, Basic Information, App-Level Tokens: make one with "
    "connections:write (xapp-)",
    "SLACK_SIGNING_SECRET": "api.slack.com/apps, your app, Basic Information: copy the Signing Secret",
    "REDIS_URL": "start a Redis (7.0 or newer) and set redis://127.0.0.1:6379/0; to only try the bot, "
    "run `cre-bot playground`",
}
_NEEDED = {
    Mode.HTTP: ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL"),
    Mode.SOCKET: ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "REDIS_URL"),
    Mode.LOCAL: (),
}


def load_settings(mode: Mode, environ: Mapping[str, str]) -> Settings:
    """Settings from the environment and secret files; raises SettingsError that names every fault at once."""
    faults: list[Fault] = []
    given = {name: environ[name] for name in setting_names() if environ.get(name, "").strip()}
    given.update(_secrets_from_files(environ, frozenset(given), faults))
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            name, problem = str(detail["loc"][0]), detail["msg"].removeprefix("Value error, ")
            faults.append(Fault(name, f"is wrong: {problem}", REMEDIES.get(name, "correct it or unset it")))
    named = {fault.name for fault in faults}
    faults.extend(
        Fault(name, "is not set", REMEDIES[name]) for name in _NEEDED[mode] if name not in given and name not in named
    )
    if faults or settings is None:
        raise SettingsError(faults)
    return settings


def setting_names() -> tuple[str, ...]:
    """The environment variables that are read, in the order of the fields."""
    return tuple(str(field.validation_alias) for field in Settings.model_fields.values())


def secret_file(name: str, environ: Mapping[str, str]) -> Path | None:
    """The file that a secret comes from: `NAME_FILE`, else a file NAME in `CRE_SECRETS_DIR`; None when from neither."""
    if environ.get(name, "").strip():
        return None
    if pointer := environ.get(f"{name}_FILE", "").strip():
        return Path(pointer)
    folder = environ.get("CRE_SECRETS_DIR", "").strip()
    path = Path(folder) / name
    return path if folder and path.is_file() else None


def _secrets_from_files(environ: Mapping[str, str], given: frozenset[str], faults: list[Fault]) -> dict[str, str]:
    """Secrets from `NAME_FILE`, else from a file NAME in `CRE_SECRETS_DIR`; the environment itself goes first."""
    found: dict[str, str] = {}
    for name in SECRETS:
        if name in given and environ.get(f"{name}_FILE", "").strip():
            faults.append(Fault(name, f"is set twice, here and by {name}_FILE", "unset one of the two"))
        if (path := secret_file(name, environ)) is None:
            continue
        try:
            found[name] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            what = error.strerror if isinstance(error, OSError) else "not a text file"
            faults.append(Fault(name, f"cannot be read from its file ({what})", "check the path and its rights"))
    return {name: value for name, value in found.items() if value}
