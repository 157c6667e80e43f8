"""`Archiving`: the background task that seals, and lets go of the spool what is sealed; made as the settings ask."""

from __future__ import annotations

import asyncio
import os
from importlib.util import find_spec
from pathlib import Path

import structlog
from redis.asyncio import Redis

from bot.audit.archive.checkpoints import Checkpoints, Place, places_of
from bot.audit.archive.seal_key import SealKeyError, SealKeys, load_seal_keys
from bot.audit.archive.sealing import LOOK_SECONDS, Sealer
from bot.audit.archive.segments import FOLDER, Archive, ArchiveError
from bot.audit.archive.unended import SealLog
from bot.audit.chain import Keyring
from bot.audit.writer.log import RedisAuditLog
from bot.embedded import data_dir
from bot.faults import Fault, StartError
from bot.redis_store import FAULTS
from bot.settings import Settings
from bot.tasks import end_all
from handlers.ports import Clock, StoreUnavailable

_NO_PRIVATE_KEY = Fault(
    "CRE_SEAL_KEY_FILE", "holds no private key: this host can verify, not seal", "name the file with the private key"
)
_log = structlog.get_logger(__name__)


def archive_of(settings: Settings) -> Archive:
    """The archive, wherever the settings have it; it need not exist."""
    return Archive(archive_folder(settings))


def archive_folder(settings: Settings) -> Path:
    """CRE_ARCHIVE_DIR, else `archive/` in the data directory."""
    return settings.archive_dir.expanduser() if settings.archive_dir else data_dir(settings.data_dir) / FOLDER


def seal_keys_of(settings: Settings, *, make: bool) -> SealKeys | None:
    """The keys of the settings; raises StartError."""
    setting = settings.seal_key_file.expanduser() if settings.seal_key_file else None
    try:
        return load_seal_keys(setting, data_dir(settings.data_dir), make=make)
    except SealKeyError as error:
        remedy = "openssl genpkey -algorithm ed25519 -out seal.key && chmod 400 seal.key"
        raise StartError([Fault("CRE_SEAL_KEY_FILE", str(error), remedy)]) from None


def checkpoint_places(settings: Settings) -> tuple[Place, ...]:
    """Where checkpoints go besides the log; raises StartError."""
    if settings.checkpoint_bucket and not find_spec("boto3"):
        fault = Fault("CRE_CHECKPOINT_BUCKET", "needs a client for S3", "pip install 'cre-bot[s3]', or unset it")
        raise StartError([fault])
    return places_of(settings.checkpoint_dir, settings.checkpoint_bucket, settings.archive_months)


def check_archive(settings: Settings) -> list[Fault]:
    """What would keep the bot from sealing: keys, folder, places of checkpoints. Makes nothing."""
    faults: list[Fault] = []
    places: tuple[Place, ...] = ()
    archive = archive_of(settings)
    try:
        keys = seal_keys_of(settings, make=False)
        if keys is not None and not keys.signs:
            faults.append(_NO_PRIVATE_KEY)
        places = checkpoint_places(settings)
    except StartError as error:
        faults += error.faults
    try:
        archive.newest()
    except ArchiveError as error:
        faults.append(Fault("CRE_ARCHIVE_DIR", str(error), "restore the archive from its backup"))
    made = next(path for path in (archive.folder, *archive.folder.absolute().parents) if path.exists())
    if not os.access(made, os.W_OK | os.X_OK):
        faults.append(
            Fault("CRE_ARCHIVE_DIR", f"cannot be written to: {made}", "name a folder that the bot can write to")
        )
    for place in places:
        try:
            place.newest()
        except FileNotFoundError:
            continue  # a folder is made with the first checkpoint
        except OSError as error:
            told = error.strerror or str(error)
            faults.append(Fault(place.name, f"cannot be used ({told})", "check its name, rights and credentials"))
    return faults


def new_sealer(settings: Settings, redis: Redis, clock: Clock, log: SealLog) -> Sealer:
    """A sealer as the settings ask for it; makes archive folder and key. Raises StartError."""
    keys = seal_keys_of(settings, make=True)
    if keys is None or not keys.signs:
        raise StartError([_NO_PRIVATE_KEY])
    archive = archive_of(settings)
    try:
        archive.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        problem = f"cannot be used: {archive.folder} ({error.strerror})"
        raise StartError([Fault("CRE_ARCHIVE_DIR", problem, "name a folder that the bot can write to")]) from None
    keyring = Keyring.open(settings.audit_key_file, data_dir(settings.data_dir))
    checkpoints = Checkpoints(keys, checkpoint_places(settings))
    return Sealer(redis, archive, keys, keyring, checkpoints, clock, log, settings.audit_hot_days)


class Archiving:
    """Seals in the background as long as the bot runs. Started once the audit log is; stopped before it."""

    def __init__(self, sealer: Sealer, audit: RedisAuditLog) -> None:
        self._sealer = sealer
        self._audit = audit
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin; what fails later is logged and tried again."""
        self._tasks = [
            asyncio.create_task(self._sealer.run(), name="audit-sealer"),
            asyncio.create_task(self._let_go(), name="audit-spool-release"),
        ]

    async def stop(self) -> None:
        """End at once: a segment is whole or not there, and the next replica goes on."""
        await end_all(self._tasks)

    async def release(self) -> int:
        """Remove spool files in which everything is sealed; how many."""
        writers = await self._audit.spooled_writers()
        return await self._audit.release(await self._sealer.sealed_up_to(writers))

    async def _let_go(self) -> None:
        while True:
            await asyncio.sleep(12 * LOOK_SECONDS)
            try:
                await self.release()
            except (*FAULTS, ArchiveError, StoreUnavailable) as error:
                _log.error("audit.release_failed", error=type(error).__name__)
