"""COCO files among imported files: their marks enter the ledger, and each annotation that does not has its verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from annotation.services.coco_file import used_categories
from annotation.services.coco_shape import check_shape, is_coco
from annotation.services.import_coco import MOST_BYTES, MOST_REFUSALS, CocoCounts, import_coco, read_coco
from annotation.services.import_labels import finding_key, known_findings
from annotation.services.schema import create_finding
from core import audit
from core.errors import Invalid
from imaging.models import ImportBatch, ImportVerdict, Instance
from imaging.services.label_files import LabelTable, RawLabels
from imaging.services.walk import Found

NOWHERE = "No image of this name is in the project or among the files."
Progress = Callable[[float, str], None]


def import_coco_files(batch: ImportBatch, files: Sequence[Found], progress: Progress | None = None) -> dict[str, int]:
    """Read the COCO files among `files`; others keep their verdict. Returns `marks` and `mark_lines`, the new ones.

    A file that can't be used is refused and said; images and labels of the batch stay.
    """
    total = {"marks": 0, "mark_lines": 0}
    for number, file in enumerate(files, start=1):
        if progress is not None:
            progress(1.0, f"Marks: file {number} of {len(files)}")
        assert file.path is not None
        try:
            counts = _read(batch, file.path)
        except Invalid as error:
            _tell(batch, file.name, "refused", error.message)
            continue
        if counts is not None:
            _tell_counts(batch, file.name, counts)
            total = {"marks": total["marks"] + counts.marks, "mark_lines": total["mark_lines"] + counts.lines}
    return total


def _read(batch: ImportBatch, path: Path) -> CocoCounts | None:
    """None for JSON that does not mean to be COCO."""
    if path.stat().st_size > MOST_BYTES:
        raise Invalid(f"The file is larger than {MOST_BYTES >> 20} MB. Divide it.")
    rows = read_coco(path.read_bytes())
    if not is_coco(rows):
        return None
    check_shape(rows)
    if batch.options.get("create_findings", True):
        _create_findings(batch, rows)
    counts = import_coco(
        project=batch.project, user=batch.created_by, rows=rows, source=str(batch.options.get("source", "")),
        named=_named(batch, rows),
    )
    if rows["images"] and len(counts.unknown_images) == len(rows["images"]):
        raise Invalid("None of its images is in the project or among the files. Drop it together with them.")
    if counts.lines:
        audit.record(
            "labels.imported", actor=batch.created_by, project=batch.project, subject="format:coco",
            marks=counts.marks, lines=counts.lines,
        )
    return counts


def _create_findings(batch: ImportBatch, rows: Any) -> None:
    known = known_findings(batch.project)
    for name in sorted(set(used_categories(rows).values())):
        if finding_key(name) not in known and slugify(name):
            create_finding(project=batch.project, user=batch.created_by, name=name.strip()[:80])


def _named(batch: ImportBatch, rows: Any) -> dict[str, Instance]:
    """Images of this batch by the names that the file gives them, told as by labels.csv; never where two are meant."""
    listed: dict[str, dict[str, str]] = {row["file_name"]: {} for row in rows["images"] if row.get("file_name")}
    table = LabelTable(RawLabels({}, listed, {}))
    verdicts = list(
        batch.verdicts.filter(instance__isnull=False, instance__series__study__patient__withdrawn_at=None)
        .select_related("instance__series__study").defer("instance__metadata", "instance__frame_table")
    )
    table.note_files(verdict.name for verdict in verdicts)
    meant: dict[str, list[Instance]] = {}
    for verdict in verdicts:
        entry = table.match(verdict.name)
        if entry is not None and verdict.instance is not None:
            meant.setdefault(entry, []).append(verdict.instance)
    return {entry: instances[0] for entry, instances in meant.items() if len(instances) == 1}


def _tell_counts(batch: ImportBatch, name: str, counts: CocoCounts) -> None:
    words = [f"{counts.marks} marks, {counts.lines} new lines"]
    if counts.not_taken:
        words.append(f"{counts.not_taken} annotations not taken")
    if counts.unknown_images:
        words.append(f"{len(counts.unknown_images)} images not here")
    _tell(batch, name, "labels", "; ".join(words) + ".")
    left_out = [(f"{name}: {what}", why) for what, why in counts.refused]
    left_out += [(f"{name}: image {image}", NOWHERE) for image in counts.unknown_images[:MOST_REFUSALS]]
    unique = {what[-400:]: why[:300] for what, why in left_out}
    ImportVerdict.objects.bulk_create(
        [ImportVerdict(batch=batch, name=n, verdict="mark-refused", reason=why) for n, why in unique.items()],
        update_conflicts=True, unique_fields=["batch", "name"], update_fields=["verdict", "reason"],
    )


def _tell(batch: ImportBatch, name: str, verdict: str, reason: str) -> None:
    ImportVerdict.objects.update_or_create(
        batch=batch, name=name[-400:], defaults={"verdict": verdict, "reason": reason[:300]}
    )
