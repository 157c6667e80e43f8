"""Checkpoints: each digest's hash, signed, told to places that who runs Redis or the archive does not control."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Self
from urllib.parse import urlsplit

import orjson
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.audit.archive.digests import Digest, Sha256
from bot.audit.archive.seal_key import SealKeys

_NAME = re.compile(r"checkpoint-[0-9a-f-]{36}-[0-9]{9}\.json")
_TIMEOUT_SECONDS = 10
_log = structlog.get_logger(__name__)
logging.getLogger(__name__).setLevel(logging.INFO)  # whatever CRE_LOG_LEVEL says: the line is evidence


class BadCheckpointError(ValueError):
    """A checkpoint that is none."""


class Checkpoint(BaseModel):
    """Archive `origin` had digest `n`, whose file has this SHA-256."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    v: Literal[1] = 1
    origin: str
    n: Annotated[int, Field(ge=1)]
    at: Annotated[int, Field(ge=0)]
    digest_sha256: Sha256
    key: str
    signature: str = ""

    def said(self) -> bytes:
        """The bytes that are signed."""
        content = self.model_dump(exclude={"signature"})
        return b"cre-checkpoint-1\n" + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def of(cls, digest: Digest, digest_sha256: str, keys: SealKeys) -> Self:
        """The signed checkpoint of a digest."""
        bare = cls(origin=digest.origin, n=digest.n, at=digest.at, digest_sha256=digest_sha256, key=keys.signer)
        return bare.model_copy(update={"signature": keys.sign(bare.said())})

    @classmethod
    def read(cls, content: bytes) -> Self:
        """From its JSON, or a line of our log that holds it; raises BadCheckpointError."""
        try:
            found = orjson.loads(content)
            if isinstance(found, dict) and found.get("event") == "audit.checkpoint":
                found = {
                    "origin": found["origin"],
                    "n": found["segment"],
                    "at": found["at"],
                    "digest_sha256": found["digest"],
                    "key": found["key"],
                    "signature": found["signature"],
                }
            return cls.model_validate(found)
        except (orjson.JSONDecodeError, ValidationError, KeyError):
            raise BadCheckpointError("not a checkpoint") from None

    def file(self) -> bytes:
        return orjson.dumps(self.model_dump(), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)

    @property
    def name(self) -> str:
        """Its file: an origin begins with its time, so the newest is the last by name."""
        return f"checkpoint-{self.origin}-{self.n:09d}.json"


class Place(Protocol):
    """Where checkpoints are kept. Both may block; both raise OSError when the place can't be used."""

    @property
    def name(self) -> str: ...

    def put(self, checkpoint: Checkpoint) -> None:
        """Keep it, never over another."""
        ...

    def newest(self) -> bytes | None:
        """The content of the newest."""
        ...


class Folder:
    """A directory, best on another machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = "CRE_CHECKPOINT_DIR"

    def put(self, checkpoint: Checkpoint) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / checkpoint.name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400), "wb") as file:
            file.write(checkpoint.file())
            file.flush()
            os.fsync(file.fileno())

    def newest(self) -> bytes | None:
        names = [name for name in os.listdir(self._folder) if _NAME.fullmatch(name)]
        return (self._folder / max(names)).read_bytes() if names else None


class Bucket:
    """An S3 bucket with object lock, `s3://bucket/prefix`: what is put there can't be changed until its time is over.

    Needs `pip install cre-bot[s3]`; credentials, region and another endpoint come by the usual AWS_… variables.
    """

    def __init__(self, url: str, keep_months: int) -> None:
        parts = urlsplit(url)
        self._bucket, prefix = parts.netloc, parts.path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._keep = timedelta(days=31 * keep_months)
        self._client: Any = None
        self.name = "CRE_CHECKPOINT_BUCKET"

    def put(self, checkpoint: Checkpoint) -> None:
        self._call(
            "put_object",
            Key=self._prefix + checkpoint.name,
            Body=checkpoint.file(),
            ContentType="application/json",
            IfNoneMatch="*",
            ObjectLockMode="COMPLIANCE",
            ObjectLockRetainUntilDate=datetime.fromtimestamp(checkpoint.at // 1000, UTC) + self._keep,
        )

    def newest(self) -> bytes | None:
        newest = ""
        token: dict[str, str] = {}
        while True:
            page = self._call("list_objects_v2", Prefix=f"{self._prefix}checkpoint-", **token)
            newest = max([newest, *(each["Key"] for each in page.get("Contents", ()))])
            if not page.get("IsTruncated"):
                break
            token = {"ContinuationToken": page["NextContinuationToken"]}
        return bytes(self._call("get_object", Key=newest)["Body"].read()) if newest else None

    def _call(self, method: str, **arguments: Any) -> Any:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise OSError("needs `pip install cre-bot[s3]`") from None
        try:
            if self._client is None:
                patience = {"connect_timeout": _TIMEOUT_SECONDS, "read_timeout": _TIMEOUT_SECONDS}
                self._client = boto3.client("s3", config=Config(**patience, retries={"total_max_attempts": 3}))
            return getattr(self._client, method)(Bucket=self._bucket, **arguments)
        except ClientError as error:
            raise OSError(f"refused: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise OSError(f"out of reach: {type(error).__name__}") from None


class Checkpoints:
    """Sends to the log always, and to every place that is set; a place that fails is told and tried next time."""

    def __init__(self, keys: SealKeys, places: Sequence[Place] = ()) -> None:
        self._keys = keys
        self._places = places

    async def send(self, digest: Digest, digest_sha256: str) -> tuple[str, ...]:
        """Tell all places; the names of those that failed."""
        checkpoint = Checkpoint.of(digest, digest_sha256, self._keys)
        _log.info(
            "audit.checkpoint",
            origin=checkpoint.origin,
            segment=checkpoint.n,
            at=checkpoint.at,
            digest=checkpoint.digest_sha256,
            key=checkpoint.key,
            signature=checkpoint.signature,
        )
        failed = []
        for place in self._places:
            try:
                await asyncio.to_thread(place.put, checkpoint)
            except OSError as error:
                reason = error.strerror or str(error)
                _log.error("audit.checkpoint_failed", mode=place.name, segment=checkpoint.n, reason=reason)
                failed.append(place.name)
        return tuple(failed)


def places_of(directory: Path | None, bucket: str | None, keep_months: int) -> tuple[Place, ...]:
    """The places that the settings name."""
    found: list[Place] = []
    if directory is not None:
        found.append(Folder(directory.expanduser()))
    if bucket:
        found.append(Bucket(bucket, keep_months))
    return tuple(found)
