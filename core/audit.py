"""Writing, checking and exporting the audit log (invariant 6)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any

from django.db import connection, transaction
from django.utils import timezone

from core.models import AuditEvent, Project, User

GENESIS = "0" * 64
_CHAIN_LOCK = 0x5241444C  # any constant; Postgres advisory locks are numbers


def _digest(
    previous: str, sequence: int, at: datetime, actor_id: int | None, action: str, project_id: int | None,
    subject: str, detail: dict[str, Any],
) -> str:
    line = [previous, sequence, at.isoformat(), actor_id, action, project_id, subject, detail]
    return hashlib.sha256(json.dumps(line, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """As both databases give it back: text keys, and whole numbers without a point. Raises ValueError for NaN."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number that the audit log can keep.")
        return int(value) if value.is_integer() else value
    return value


def record(
    action: str, *, actor: User | None = None, project: Project | None = None, subject: str = "", **detail: Any
) -> AuditEvent:
    """Append one event. `detail` must be JSON and must hold no PHI (pseudonyms and ids only)."""
    detail = _plain(detail)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # SQLite needs no lock of its own: its write transactions are serial already.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
        last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first() or (0, GENESIS)
        at = timezone.now()
        actor_id = actor.pk if actor is not None and actor.is_authenticated else None
        project_id = project.pk if project is not None else None
        return AuditEvent.objects.create(
            sequence=last[0] + 1, at=at, actor_id=actor_id, action=action, project_id=project_id, subject=subject,
            detail=detail, previous_hash=last[1],
            hash=_digest(last[1], last[0] + 1, at, actor_id, action, project_id, subject, detail),
        )


def first_break(events: Iterable[AuditEvent] | None = None) -> int | None:
    """The sequence number where the chain is broken, or None when it is whole."""
    previous, expected = GENESIS, 1
    for event in events if events is not None else AuditEvent.objects.order_by("sequence").iterator():
        digest = _digest(
            previous, event.sequence, event.at, event.actor_id, event.action, event.project_id, event.subject,
            event.detail,
        )
        if event.sequence != expected or event.previous_hash != previous or event.hash != digest:
            return expected
        previous, expected = event.hash, expected + 1
    return None


def export_to(file: IO[bytes]) -> None:
    """Write the whole log as JSON lines.

    The last line tells how many events there are, the last hash, and where the chain is broken (null: it is whole).
    """
    last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first() or (0, GENESIS)
    events = AuditEvent.objects.filter(sequence__lte=last[0]).order_by("sequence")
    for event in events.select_related("actor", "project").iterator():
        file.write(_line({
            "sequence": event.sequence, "at": event.at.isoformat(), "actor": event.actor_id,
            "actor_name": event.actor.username if event.actor else None, "action": event.action,
            "project": event.project_id, "project_slug": event.project.slug if event.project else None,
            "subject": event.subject, "detail": event.detail, "previous_hash": event.previous_hash, "hash": event.hash,
        }))
    file.write(_line({"events": last[0], "last_hash": last[1], "broken_at": first_break(events.iterator())}))


def _line(data: dict[str, Any]) -> bytes:
    return json.dumps(data, sort_keys=True).encode() + b"\n"
