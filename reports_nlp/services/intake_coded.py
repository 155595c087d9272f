"""A group of coded diagnoses becomes rows, verdicts, and lines of the ledger for those whose study is here."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from imaging.models import Study
from reports_nlp.models import CodedRecord, ReportIntake
from reports_nlp.services.coded_records import keep_codes, record_codes
from reports_nlp.services.intake_door import GONE, Door, Keyed
from reports_nlp.services.intake_store import Stored, write_verdicts
from reports_nlp.services.matching import find_studies, match_waiting_codes
from reports_nlp.sources import CodedItem

_TRIES = 4


def store_codes(*, intake: ReportIntake, door: Door, name: str, items: Sequence[CodedItem]) -> list[Stored]:
    """Keep the coded records, with a verdict each. Committed when it returns."""
    items = [door.plain(item) for item in items]
    door.look_up([item.identity for item in items])
    keyed = [door.keyed(item.identity) for item in items]
    for attempt in range(_TRIES):
        try:
            with transaction.atomic():
                outcomes, rows = _store(intake, door, items, keyed)
                write_verdicts(intake=intake, name=name, outcomes=outcomes, coded=rows)
            break
        except IntegrityError:
            # Another import stored one of them between our look and our write; now it is known.
            if attempt == _TRIES - 1:
                raise
    match_waiting_codes(project=intake.project, records=[row.pk for row in rows.values() if row.study_id is None])
    return outcomes


def _store(
    intake: ReportIntake, door: Door, items: Sequence[CodedItem], keyed: Sequence[Keyed]
) -> tuple[list[Stored], dict[str, CodedRecord]]:
    gone = door.gone(keyed)
    studies = [study for study, _ in find_studies(project=intake.project, keyed=keyed)]
    wanted = [
        (item, door.coded_key(item.number, item.identity), _row(intake, item, key, study, door))
        for item, key, study in zip(items, keyed, studies, strict=True) if key not in gone
    ]
    kept = keep_codes(intake=intake, items=wanted)
    refused = [Stored(i.place, "refused", GONE) for i, key in zip(items, keyed, strict=True) if key in gone]
    record_codes(project=intake.project, studies=list(_studies(kept_of=[one.record for one in kept])))
    outcomes = [Stored(one.place, one.verdict, one.reason) for one in kept]
    return [*outcomes, *refused], {one.place: one.record for one in kept if one.record is not None}


def _studies(*, kept_of: Sequence[CodedRecord | None]) -> Sequence[Study]:
    return list(Study.objects.filter(pk__in={row.study_id for row in kept_of if row is not None and row.study_id}))


def _row(intake: ReportIntake, item: CodedItem, keyed: Keyed, study: Study | None, door: Door) -> CodedRecord:
    return CodedRecord(
        project=intake.project, study=study, key=door.coded_key(item.number, item.identity), system=item.system[:20],
        code=item.code[:20], state=item.state, accession=keyed.accession, study_uid=keyed.study_uid,
        pseudonym=keyed.pseudonym, date=keyed.date, intake=intake,
    )
