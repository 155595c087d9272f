"""Importing: every file gets a verdict, one broken file never stops the others, doing it twice changes nothing."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from core.errors import Invalid
from core.models import Project, User
from imaging.dicom.deidentify import deidentify
from imaging.dicom.errors import ImportRefused
from imaging.dicom.keys import Keys
from imaging.dicom.pixels import StoredFile, store
from imaging.dicom.reading import looks_like_dicom, read_dicom
from imaging.dicom.wrap import looks_like_picture, wrap_picture
from imaging.models import ImportBatch, ImportVerdict, Instance
from imaging.services.archive import Incoming, archive_group, link_existing
from imaging.services.equipment import checked_site, told_of_known
from imaging.services.label_files import BoxRow, LabelFileError, LabelRow, LabelTable, is_label_file, read_table
from imaging.services.patients import site_keys
from imaging.services.volumes import assemble_volumes
from imaging.services.walk import Found, walk

GROUP = 40
MAX_FILE_BYTES = 2 * 2**30
Sink = Callable[[ImportBatch, Sequence[LabelRow], Sequence[BoxRow]], dict[str, int]]
Progress = Callable[[float, str], None]
Documents = Callable[[ImportBatch, Sequence[Found], Progress | None], dict[str, int]]
"""Given the JSON files, once images and labels are in: those that it reads get another verdict than *ignored*."""
Check = Callable[[ImportBatch, frozenset[str]], None]
"""Given the findings' columns before anything is written; raises Invalid for what can't be used."""


@dataclass
class _Work:
    """One import under way."""

    batch: ImportBatch
    keys: Keys
    table: LabelTable
    waiting: list[Incoming] = field(default_factory=list)
    site: str = ""
    verdicts: list[ImportVerdict] = field(default_factory=list)
    matched: dict[str, tuple[str, Instance]] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)
    """Label rows that some file answered to, stored or not."""
    documents: list[Found] = field(default_factory=list)


def start_batch(*, project: Project, user: User | None, options: dict[str, Any] | None = None) -> ImportBatch:
    """A batch to receive files into."""
    return ImportBatch.objects.create(project=project, created_by=user, options=options or {})


def import_paths(
    *, project: Project, user: User | None, paths: Sequence[Path], options: dict[str, Any] | None = None,
    labels_csv: Path | None = None, boxes_csv: Path | None = None, sink: Sink | None = None,
    progress: Progress | None = None, batch: ImportBatch | None = None, check: Check | None = None,
    documents: Documents | None = None,
) -> ImportBatch:
    """Import everything below the paths. `options`: source, map (finding → column), create_findings, site.

    A batch whose import was cut off may be imported again: it ends with the same rows. Raises Invalid when a path does
    not exist, or a label file or a site's name can't be used; nothing has been written then.
    """
    missing = [str(p) for p in paths if not Path(p).exists()]
    if missing:
        raise Invalid(f"No such file or folder: {missing[0]}")
    batch = batch or start_batch(project=project, user=user, options=options)
    scratch = Path(tempfile.mkdtemp(prefix="radloop-import-"))
    try:
        found = list(walk([Path(p) for p in paths], scratch))
        site = checked_site(str(batch.options.get("site") or ""))
        work = _Work(batch, site_keys(), _labels(found, labels_csv, boxes_csv, batch.options), site=site)
        if check is not None:
            check(batch, work.table.columns())
        ImportBatch.objects.filter(pk=batch.pk).update(state="running")
        for number, file in enumerate(found):
            _take(work, file)
            if progress is not None and number % 10 == 0:
                progress(number / len(found), f"{number} of {len(found)} files")
        _flush(work)
        _finish(work, sink, lambda: documents(batch, work.documents, progress) if documents and work.documents else {})
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    batch.refresh_from_db()
    return batch


def _labels(
    found: Sequence[Found], labels_csv: Path | None, boxes_csv: Path | None, options: dict[str, Any]
) -> LabelTable:
    labels = [labels_csv] if labels_csv else []
    boxes = [boxes_csv] if boxes_csv else []
    for file in found:
        kind = is_label_file(file.path) if file.path is not None and file.name.lower().endswith(".csv") else None
        if kind == "labels" and labels_csv is None and file.path is not None:
            labels.append(file.path)
        elif kind == "boxes" and boxes_csv is None and file.path is not None:
            boxes.append(file.path)
    try:
        table = read_table([p for p in labels if p], [p for p in boxes if p], options.get("map"))
    except LabelFileError as error:
        raise Invalid(str(error)) from None
    except OSError as error:
        raise Invalid(f"A label file can't be opened: {error.strerror}.") from None
    table.note_files(file.name for file in found)
    return table


def _take(work: _Work, file: Found) -> None:
    """Look at one file; a sound image waits for its group, everything else has its verdict at once."""
    try:
        if file.path is None:
            raise ImportRefused(file.refusal)
        incoming = _read(work, file)
    except ImportRefused as error:
        work.verdicts.append(_verdict(work, file.name, "refused", str(error)))
        return
    if incoming is None:
        assert file.path is not None
        is_label = is_label_file(file.path) is not None
        if not is_label and file.name.lower().endswith(".json"):
            work.documents.append(file)
        verdict = ("labels", "") if is_label else ("ignored", "Neither an image nor labels.")
        work.verdicts.append(_verdict(work, file.name, *verdict))
        return
    work.waiting.append(incoming)
    if len(work.waiting) >= GROUP:
        _flush(work)


def _read(work: _Work, file: Found) -> Incoming | None:
    """None for a file that is no image and does not claim to be one."""
    assert file.path is not None
    size = file.path.stat().st_size
    if size == 0:
        raise ImportRefused("The file is empty (0 bytes). Copy it again from its source.")
    if size > MAX_FILE_BYTES:
        raise ImportRefused("Over the limit of 2 GB for one file.")
    with file.path.open("rb") as stream:
        head = stream.read(132)
        is_dicom, is_picture = looks_like_dicom(head), looks_like_picture(head)
        if not is_dicom and not is_picture:
            if file.name.lower().endswith((".dcm", ".dicom", ".png", ".jpg", ".jpeg")):
                raise ImportRefused("Not an image, whatever its name says: neither DICOM, PNG nor JPEG inside.")
            return None
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    label = work.table.match(file.name)
    if label is not None:
        work.claimed.add(label)
    known = link_existing(work.batch.project, work.keys.file_digest(digest))
    if known is not None:
        told = told_of_known(known.series, None if is_picture else file.path, work.keys, work.site)
        return Incoming(file.name, label, work.keys.file_digest(digest), "", None, None, known, told)
    return _decode(work, file, digest, label, is_picture)


def _decode(work: _Work, file: Found, digest: str, label: str | None, is_picture: bool) -> Incoming:
    assert file.path is not None
    listed = work.table.raw.patient_ids.get(label or "", "")
    if is_picture:
        dataset = wrap_picture(file.path, patient_id=listed, seed=digest)
        patient_id = listed
    else:
        dataset = read_dicom(file.path)
        patient_id = str(dataset.get("PatientID") or "").strip() or listed
    # Without an identifier the study stands for its patient: flagged, and never mixed with another study.
    stand_in = patient_id or f"none:{dataset.StudyInstanceUID}"
    header = deidentify(dataset, work.keys, patient_id=stand_in, site=work.site)
    stored: StoredFile = store(dataset, header)
    return Incoming(file.name, label, work.keys.file_digest(digest), patient_id, stand_in, stored, None)


def _flush(work: _Work) -> None:
    """Write the waiting group: files first, then rows, in one transaction."""
    if not work.waiting:
        return
    group, work.waiting = work.waiting, []
    for result in archive_group(work.batch.project, work.keys, group):
        work.verdicts.append(_verdict(work, result.name, result.verdict, result.reason, result.instance))
        if result.label is not None and result.instance is not None:
            work.matched[result.name] = (result.label, result.instance)
    _write_verdicts(work)


def _verdict(
    work: _Work, name: str, verdict: str, reason: str = "", instance: Instance | None = None
) -> ImportVerdict:
    return ImportVerdict(batch=work.batch, name=name[-400:], verdict=verdict, reason=reason[:300], instance=instance)


def _write_verdicts(work: _Work) -> None:
    unique = {v.name: v for v in work.verdicts}
    _keep_stored(work, unique)
    ImportVerdict.objects.bulk_create(
        unique.values(), update_conflicts=True, unique_fields=["batch", "name"],
        update_fields=["verdict", "reason", "instance"],
    )
    work.verdicts = []


def _keep_stored(work: _Work, verdicts: dict[str, ImportVerdict]) -> None:
    """What an attempt that was cut off had stored was stored by this batch, though it is there already now."""
    again = [name for name, v in verdicts.items() if v.verdict == "already-there"]
    for before in ImportVerdict.objects.filter(batch=work.batch, verdict="stored", name__in=again):
        if before.instance_id == verdicts[before.name].instance_id:
            verdicts[before.name].verdict, verdicts[before.name].reason = before.verdict, before.reason


def _finish(work: _Work, sink: Sink | None, documents: Callable[[], dict[str, int]]) -> None:
    _write_verdicts(work)
    touched = work.batch.verdicts.filter(instance__isnull=False)
    changed = touched.filter(Q(verdict="stored") | Q(instance__series__volume=None))
    assemble_volumes(set(changed.values_list("instance__series_id", flat=True)))
    counts: dict[str, Any] = {"labels_without_file": len(work.table.keys() - work.claimed)}
    if sink is not None:
        counts |= sink(work.batch, *_label_rows(work))
    counts |= documents()
    counts |= Counter(work.batch.verdicts.values_list("verdict", flat=True))
    with transaction.atomic():
        ImportBatch.objects.filter(pk=work.batch.pk).update(state="done", counts=counts)


def _label_rows(work: _Work) -> tuple[list[LabelRow], list[BoxRow]]:
    labels, boxes = [], []
    for name, (label, instance) in work.matched.items():
        values = work.table.raw.values.get(label)
        if values:
            labels.append(LabelRow(name, instance, values))
        boxes += [BoxRow(name, instance, *box) for box in work.table.raw.boxes.get(label, [])]
    return labels, boxes
