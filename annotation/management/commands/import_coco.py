"""Import marks from a COCO file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.services.import_coco import import_coco, read_coco
from core import audit
from core.errors import DomainError
from core.management.named import project_named

MOST_LINES = 20


class Command(BaseCommand):
    help = "Import boxes, outlines and masks from a COCO file, e.g. one that `export … coco` wrote."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug")
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="who says it, as kind:name, e.g. reader:anna")

    def handle(self, *, project: str, file: Path, source: str, **_: Any) -> None:
        found = project_named(project)
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            counts = import_coco(project=found, user=None, rows=read_coco(file.read_bytes()), source=source)
        except DomainError as error:
            raise CommandError(error.message) from None
        audit.record("labels.imported", project=found, subject="format:coco", marks=counts.marks, lines=counts.lines)
        self.stdout.write(f"{counts.marks} marks, {counts.lines} new lines.")
        if counts.unknown_images:
            self.stdout.write(f"{len(counts.unknown_images)} images of the file are not in this project.")
        if counts.not_taken:
            self.stdout.write(f"{counts.not_taken} annotations were not taken:")
            for name, why in counts.refused[:MOST_LINES]:
                self.stdout.write(f"  {name}: {why}")
            if counts.not_taken > MOST_LINES:
                self.stdout.write(f"  and {counts.not_taken - MOST_LINES} more")
