"""The reviewers' way into the audit log. Knows no Slack; each read is in the log before anything of it is shown.

A person who may not review never gets here: `refused` records the attempt, and the command is then answered as any
unknown word is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from handlers.insights import Insights
from handlers.ports import (
    Admission,
    Asker,
    AuditLog,
    AuditRecord,
    Clock,
    Duplicate,
    EntryType,
    StoreUnavailable,
)
from handlers.review import (
    PLACE,
    Desk,
    Filters,
    Page,
    ReviewLog,
    ReviewRights,
    ReviewUnavailable,
    Shown,
    day_of,
)

_MOST_DENIALS = 20  # of one person in a minute, as many as the limiter takes: the log must not fill
_MOST_PEOPLE = 4096


@dataclass(frozen=True, slots=True)
class Unread:
    """Nothing can be shown: the read could not be recorded, or the log could not be read."""

    why: Literal["not_recorded", "not_readable", "not_found"]


class Reviewing:
    """Runs a read: the right, the record, the log. In this order."""

    def __init__(
        self,
        *,
        rights: ReviewRights,
        log: ReviewLog,
        audit: AuditLog,
        admission: Admission,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._rights = rights
        self._log = log
        self._audit = audit
        self._admission = admission
        self._clock = clock
        self._new_id = new_id
        self._denials: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    @property
    def today(self) -> date:
        """The UTC day."""
        return day_of(self._clock.now_ms())

    async def refused(self, asker: Asker, what: str) -> bool:
        """Whether this person may not review; that they tried is in the log."""
        reason = await self._rights.refusal(asker)
        if reason is None:
            return False
        if self._is_new_denial(asker):
            record = self._record("admin.denied", asker, {"what": what}, {"outcome": "denied", "reason": reason})
            try:
                await self._audit.append(record)
            except StoreUnavailable:
                self._audit.note(record)  # nothing is shown either way; the ordinary answer refuses by itself
        return True

    async def is_repeated(self, asker: Asker) -> bool:
        """Whether this delivery was taken before; without the store nothing is claimed, and nothing will be shown."""
        try:
            return isinstance(await self._admission.admit(asker, charge=False), Duplicate)
        except StoreUnavailable:
            return False

    async def page(self, asker: Asker, desk: Desk) -> Page | Unread:
        """A page of the list."""
        ask = {"what": "list", **desk.filters.words(), "page": desk.page}
        if not await self._recorded("admin.read", asker, ask):
            return Unread("not_recorded")
        try:
            return await self._log.page(asker.team, desk.filters, desk.before[-1] if desk.before else None)
        except ReviewUnavailable:
            return Unread("not_readable")

    async def entry(self, asker: Asker, place: str) -> Shown | Unread:
        """One entry in full, with the answer that was shown."""
        if PLACE.fullmatch(place) is None:
            return Unread("not_found")
        if not await self._recorded("admin.read", asker, {"what": "entry", "entry": place}):
            return Unread("not_recorded")
        try:
            return await self._log.entry(asker.team, place) or Unread("not_found")
        except ReviewUnavailable:
            return Unread("not_readable")

    async def insights(self, asker: Asker, filters: Filters) -> Insights | Unread:
        """Counts over the period of the filters."""
        ask = {"what": "insights", "first": str(filters.first), "last": str(filters.last)}
        if not await self._recorded("admin.read", asker, ask):
            return Unread("not_recorded")
        try:
            return await self._log.insights(asker.team, filters.first, filters.last)
        except ReviewUnavailable:
            return Unread("not_readable")

    async def export(self, asker: Asker, filters: Filters) -> bool:
        """Record that a reviewer wants these entries as a file; False: it could not be recorded."""
        return await self._recorded("admin.export", asker, {"what": "request", **filters.words()})

    async def _recorded(self, kind: EntryType, asker: Asker, ask: Mapping[str, Any]) -> bool:
        try:
            await self._audit.append(self._record(kind, asker, ask, {}))
        except StoreUnavailable:
            return False
        return True

    def _record(self, kind: EntryType, asker: Asker, ask: Mapping[str, Any], ans: Mapping[str, Any]) -> AuditRecord:
        role: Literal["clinician", "reviewer"] = "clinician" if kind == "admin.denied" else "reviewer"
        return AuditRecord(rid=self._new_id(), type=kind, asker=asker, ask=ask, ans=ans, role=role)

    def _is_new_denial(self, asker: Asker) -> bool:
        key = (asker.team, asker.user, self._clock.now_ms() // 60_000)
        self._denials[key] = self._denials.get(key, 0) + 1
        while len(self._denials) > _MOST_PEOPLE:
            self._denials.popitem(last=False)
        return self._denials[key] <= _MOST_DENIALS
