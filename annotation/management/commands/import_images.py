"""Import images and labels from a path on this machine."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.models import ReservedSet, Worklist
from annotation.services.coco_uploads import import_coco_files
from annotation.services.import_labels import check_columns, label_sink, parse_source
from annotation.services.imports import queue_imported
from annotation.services.reserve import PURPOSES, draw_reserved_sets
from annotation.services.worklists import create_worklist
from core.errors import DomainError
from core.management.named import project_named, user_named
from core.models import Project, User
from imaging.models import ImportBatch
from imaging.services.import_files import import_paths, start_batch

NOT_FILES = (
    "lines", "unchanged", "boxes_outside_image", "marks", "mark_lines", "mark-refused",
    "labels_without_file", "queued", "awaiting_draw",
)


class Command(BaseCommand):
    help = (
        "Import DICOM (any order, any depth, zips too), PNG and JPEG below a path, with labels.csv "
        "(file,patient_id,<finding>… as 1/0/-1/empty), boxes.csv (file,finding,x,y,w,h) and COCO files (.json). "
        "Importing again changes nothing. Exit status 1 when no image was stored or known."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug")
        parser.add_argument("path", type=Path, help="a folder, a file or a zip")
        parser.add_argument("--labels", type=Path, help="labels.csv; found below the path if not given")
        parser.add_argument("--boxes", type=Path, help="boxes.csv; found below the path if not given")
        parser.add_argument(
            "--source", default="unknown:unknown", metavar="KIND:NAME",
            help="whose labels they are: reader:NAME, report:LABELER, record:NAME or model:NAME (default: unknown). "
            "Only readers' labels count in reserved sets.",
        )
        parser.add_argument("--map", nargs="+", action="extend", default=[], metavar="FINDING=COLUMN",
                            help="which columns of labels.csv are findings; the others are left out then")
        parser.add_argument("--user", metavar="NAME", help="who imports; sees the verdicts on the import page too")
        parser.add_argument("--reserve", nargs="+", metavar="SET=STUDIES", default=[],
                            help=f"draw the reserved sets afterwards, once: {', '.join(PURPOSES)}; or: none")
        parser.add_argument("--seed", type=int, help="of that draw; random if not given")
        parser.add_argument("--worklist", metavar="NAME", help="put the pool's new studies on this worklist")
        parser.add_argument("--site", metavar="NAME", default="", help="where the images were taken, in a word of your "
                            "own (default: a pseudonym of the institution in their headers)")

    def handle(self, *, project: str, path: Path, **options: Any) -> None:
        found = project_named(project)
        try:
            parse_source(options["source"])
            sizes = sizes_of(options["reserve"])
            batch = self._import(found, path, options)
            drawn = self._draw(found, sizes, options, batch.created_by)
            counts = {**batch.counts, **queue_imported(batch=batch)}
        except DomainError as error:
            raise CommandError(str(error)) from None
        ImportBatch.objects.filter(pk=batch.pk).update(counts=counts)
        self._report(batch, counts, drawn)
        if not counts.get("stored") and not counts.get("already-there"):
            sys.exit(1)

    def _import(self, project: Project, path: Path, options: dict[str, Any]) -> ImportBatch:
        user = user_named(options["user"])
        worklist = options["worklist"] and (
            Worklist.objects.filter(project=project, name=options["worklist"]).first()
            or create_worklist(project=project, name=options["worklist"], user=user)
        )
        batch = start_batch(project=project, user=user, options={
            "source": options["source"], "map": mapping_of(options["map"]), "create_findings": True,
            "worklist": worklist.pk if worklist else None, "site": options["site"],
        })
        progress = self._progress if self.stderr.isatty() else None
        return import_paths(
            project=project, user=user, paths=[path], labels_csv=options["labels"], boxes_csv=options["boxes"],
            sink=label_sink, check=check_columns, progress=progress, batch=batch, documents=import_coco_files,
        )

    def _progress(self, fraction: float, message: str) -> None:
        self.stderr.write(f"\r{100 * fraction:3.0f}%  {message}", ending="")

    def _draw(
        self, project: Project, sizes: dict[str, int] | None, options: dict[str, Any], user: User | None
    ) -> dict[str, int]:
        if sizes is None or ReservedSet.objects.filter(project=project).exists():
            return {}
        seed = secrets.randbelow(2**31) if options["seed"] is None else options["seed"]
        return draw_reserved_sets(project=project, sizes=sizes, seed=seed, user=user)

    def _report(self, batch: ImportBatch, counts: dict[str, int], drawn: dict[str, int]) -> None:
        self.stdout.write("verdict        files")
        for verdict, files in sorted(counts.items()):
            if verdict not in NOT_FILES:
                self.stdout.write(f"{verdict:<14} {files:>5}")
        lines, same = counts.get("lines", 0), counts.get("unchanged", 0)
        self.stdout.write(f"labels: {lines} new, {same} as before, from {batch.options['source']}")
        if counts.get("marks"):
            self.stdout.write(f"marks: {counts['marks']} read, {counts['mark_lines']} new lines")
        for refused in batch.verdicts.filter(verdict__in=["refused", "mark-refused"]):
            self.stdout.write(f"refused: {refused.name}: {refused.reason}")
        for name, text in (
            ("labels_without_file", "files that labels or boxes speak of were not there"),
            ("boxes_outside_image", "boxes lie outside their image and were left out"),
            ("queued", "studies were put on the worklist"),
            ("awaiting_draw", "studies wait until the reserved sets are drawn (--reserve gate=200, or the page)"),
        ):
            if counts.get(name):
                self.stdout.write(f"{counts[name]} {text}")
        for purpose, studies in drawn.items():
            self.stdout.write(f"reserved for {purpose}: {studies} studies")


def mapping_of(pairs: list[str]) -> dict[str, str]:
    """`finding=column` …; raises CommandError for anything else."""
    mapping = {}
    for pair in pairs:
        finding, separator, column = pair.partition("=")
        if not separator or not finding.strip() or not column.strip():
            raise CommandError(f"--map {pair!r}: write FINDING=COLUMN.")
        mapping[finding.strip()] = column.strip()
    return mapping


def sizes_of(pairs: list[str]) -> dict[str, int] | None:
    """`gate=200` …, or `none`; None when nothing was asked for. Raises CommandError for anything else."""
    if not pairs:
        return None
    if pairs == ["none"]:
        return {"gate": 0}
    sizes = {}
    for pair in pairs:
        purpose, _, number = pair.partition("=")
        if purpose not in PURPOSES or not number.isdigit():
            raise CommandError(f"--reserve {pair!r}: write SET=STUDIES with a set of {', '.join(PURPOSES)}, or none.")
        sizes[purpose] = int(number)
    return sizes
