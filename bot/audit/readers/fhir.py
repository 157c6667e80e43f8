"""An entry as a FHIR R4B AuditEvent, in the style of IHE BALP "minimal": identifiers, not details, no results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from bot.audit.rows import Row

SYSTEM = "urn:cre-bot"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_EVENT = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_OBJECT = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_REST = {"system": _EVENT, "code": "rest", "display": "RESTful Operation"}
_APPLICATION = {"system": _DCM, "code": "110100", "display": "Application Activity"}
_AUDITED = {"system": _DCM, "code": "110101", "display": "Audit Log Used"}
_RECIPIENT = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
    "code": "IRCP",
    "display": "information recipient",
}
# E: what the event did was carried out (execute); R: something was read; C: something was made.
_ACTIONS = {"admin.read": "R", "admin.export": "R", "feedback": "C", "consult.requested": "C", "knowledge.signed": "C"}
_MINOR = frozenset({"denied", "limited", "unavailable"})


def audit_event(row: Row, body: Mapping[str, Any]) -> dict[str, Any]:
    """The AuditEvent of an entry. `recorded` ts, `agent` who and app, `entity` request, question and payload."""
    kind = str(body["t"])
    code, text = _outcome(kind, body)
    app = body["app"]
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": f"{row.m[:32]}",
        "type": _type(kind),
        "subtype": [{"system": f"{SYSTEM}:entry", "code": kind}],
        "action": _ACTIONS.get(kind, "E"),
        "recorded": datetime.fromtimestamp(body["ts"] / 1000, UTC).isoformat(timespec="milliseconds"),
        "outcome": code,
        "agent": [*_people(body), _server(app)],
        "source": {
            "site": str(app["replica"]),
            "observer": _named(f"{SYSTEM}:replica", str(app["replica"])),
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "4",
                    "display": "Application Server",
                }
            ],
        },
        "entity": _entities(row, body),
    }
    if text:
        event["outcomeDesc"] = text
    return event


def line(row: Row, body: Mapping[str, Any]) -> bytes:
    """The AuditEvent as a line of NDJSON (FHIR Bulk Data)."""
    return orjson.dumps(audit_event(row, body), option=orjson.OPT_APPEND_NEWLINE)


def _type(kind: str) -> dict[str, str]:
    if kind.startswith("admin."):
        return _AUDITED
    if kind.startswith(("answer.", "query.", "rate.", "feedback", "consult.")):
        return _REST
    return _APPLICATION


def _outcome(kind: str, body: Mapping[str, Any]) -> tuple[str, str]:
    outcome = str((body.get("ans") or {}).get("outcome", ""))
    status = str((body.get("dlv") or {}).get("status", ""))
    if kind == "answer.failed":
        return "8", status
    if kind in ("answer.unknown", "chain.break") or outcome in _MINOR or kind in ("query.denied", "admin.denied"):
        return "4", outcome or status
    return "0", outcome or status


def _people(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    who, src = body["who"], body["src"]
    if not who.get("user"):
        return []
    agent: dict[str, Any] = {
        "type": {"coding": [_RECIPIENT]},
        "role": [{"coding": [{"system": f"{SYSTEM}:role", "code": str(who["role"])}]}],
        "who": _named(f"{SYSTEM}:slack:{who['team']}", str(who["user"])),
        "requestor": True,
    }
    if src.get("channel"):
        agent["network"] = {"address": str(src["channel"])}  # the Slack channel
    return [agent]


def _server(app: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": {"coding": [{"system": _DCM, "code": "110152", "display": "Destination Role ID"}]},
        "who": _named(f"{SYSTEM}:app", f"cre-bot/{app['version']}"),
        "requestor": False,
    }


def _entities(row: Row, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [
        {
            "what": _named(f"{SYSTEM}:request", str(body["rid"])),
            "type": {
                "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
                "code": "XrequestId",
            },
            "detail": [
                {"type": "writer", "valueString": row.w},
                {"type": "sequence", "valueString": str(row.s)},
                {"type": "mac", "valueString": row.m},
            ],
        }
    ]
    if ask := body.get("ask"):
        query = orjson.dumps(ask, option=orjson.OPT_SORT_KEYS)
        found.append(
            {
                "type": {"system": _OBJECT, "code": "2", "display": "System Object"},
                "role": {"system": _ROLE, "code": "24", "display": "Query"},
                "description": query.decode(),
            }
        )
    ans = body.get("ans") or {}
    if "payload_sha256" in ans:
        details = ("edition", "knowledge_sha256", "overlay_sha256", "template")
        shown: dict[str, Any] = {
            "what": _named(f"{SYSTEM}:payload-sha256", str(ans["payload_sha256"])),
            "type": {"system": _OBJECT, "code": "2", "display": "System Object"},
            "role": {"system": _ROLE, "code": "3", "display": "Report"},
        }
        if named := [{"type": name, "valueString": str(ans[name])} for name in details if name in ans]:
            shown["detail"] = named
        found.append(shown)
    return found


def _named(system: str, value: str) -> dict[str, Any]:
    return {"identifier": {"system": system, "value": value}}
