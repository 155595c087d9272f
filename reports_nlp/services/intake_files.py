"""The files of an intake, read one after the other in bounded memory; every record gets a verdict."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.db.models import Count

from core.errors import Invalid
from imaging.services.walk import Found, walk
from reports_nlp.models import ReportIntake
from reports_nlp.services.intake_after import after_import
from reports_nlp.services.intake_door import Door
from reports_nlp.services.intake_group import take_group
from reports_nlp.services.intake_options import source_options
from reports_nlp.services.intake_store import Stored, write_verdicts
from reports_nlp.sources import Record, SourceError, detect, parse
from reports_nlp.sources.detect import HEAD_BYTES
from reports_nlp.sources.fhir_links import collect_links

GROUP = 100
"""Records per transaction."""
Progress = Callable[[float, str], None]


@dataclass
class _Work:
    """One import under way."""

    intake: ReportIntake
    door: Door
    errors: list[SourceError] = field(default_factory=list)
    records: int = 0


def import_files(
    *, intake: ReportIntake, paths: Sequence[Path], progress: Progress | None = None
) -> ReportIntake:
    """Read everything below the paths; doing it again writes nothing.

    Raises Invalid for a path that does not exist, SourceError when no record came in because a file can't be used.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise Invalid(f"No such file or folder: {missing[0]}")
    options = intake.options
    door = Door(project=intake.project, sender=options.get("sender", ""), language=options.get("language", ""))
    work = _Work(intake, door)
    ReportIntake.objects.filter(pk=intake.pk).update(state="running")
    scratch = Path(tempfile.mkdtemp(prefix="radloop-reports-"))
    try:
        _read_all(work, list(walk(paths, scratch)), progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        after_import(intake=intake)
    _finish(work)
    intake.refresh_from_db()
    return intake


def _read_all(work: _Work, found: Sequence[Found], progress: Progress | None) -> None:
    formats = {file.name: _format_of(work, file) for file in found}
    linked = collect_links(file.path for file in found if formats[file.name] == "fhir" and file.path is not None)
    total = sum(file.path.stat().st_size for file in found if file.path is not None) or 1
    before = 0
    for file in found:
        if file.path is None:
            _refuse(work, file.name, "refused", file.refusal)
            continue
        size = file.path.stat().st_size
        if not formats[file.name]:
            _refuse(work, file.name, "ignored", "Neither a report nor a table of reports.")
        else:
            span = (before / total, size / total)
            _read_file(work, file, formats[file.name], linked, partial(_tell, work, progress, span))
        before += size


def _tell(work: _Work, progress: Progress | None, span: tuple[float, float], part: float) -> None:
    if progress is not None:
        progress(min(1.0, span[0] + part * span[1]), f"{work.records} records read")


def _format_of(work: _Work, file: Found) -> str:
    if file.path is None:
        return ""
    chosen = str(work.intake.options.get("format") or "")
    if chosen:
        return chosen
    with file.path.open("rb") as stream:
        return detect(file.name, stream.read(HEAD_BYTES))


def _read_file(work: _Work, file: Found, format: str, linked: object, tell: Callable[[float], None]) -> None:
    assert file.path is not None
    options = source_options(work.intake.options, linked=linked)
    size = max(1, file.path.stat().st_size)
    try:
        with file.path.open("rb") as stream:
            for group in _groups(parse(format, stream, file.name, options)):
                _store(work, file.name, group)
                tell(0.0 if stream.closed else min(1.0, stream.tell() / size))
    except SourceError as error:
        work.errors.append(error)
        _refuse(work, file.name, "refused", str(error))


def _groups(records: Iterator[Record]) -> Iterator[list[Record]]:
    while group := list(islice(records, GROUP)):
        yield group


def _store(work: _Work, name: str, group: Sequence[Record]) -> None:
    work.records += len(group)
    take_group(intake=work.intake, door=work.door, name=name, group=group)


def _refuse(work: _Work, name: str, verdict: str, reason: str) -> None:
    write_verdicts(intake=work.intake, name=name, outcomes=[Stored("", verdict, reason)])


def _finish(work: _Work) -> None:
    rows = work.intake.verdicts.order_by().values_list("verdict").annotate(Count("pk"))
    counts = dict(rows)
    used = {"stored", "new-version", "already-there"} & set(counts)
    with transaction.atomic():
        state = "done" if used or not work.errors else "failed"
        counts["waiting"] = work.intake.reports.filter(study=None, is_latest=True).count()
        ReportIntake.objects.filter(pk=work.intake.pk).update(state=state, counts=counts)
    if state == "failed":
        raise work.errors[0]
