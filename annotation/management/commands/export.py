"""Export a project's labels."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotation.formats import EXPORTERS, Selection, exporter
from annotation.models import SourceKind
from annotation.services.reserve import open_test_set
from core import audit
from core.management.named import project_named, user_named


class Command(BaseCommand):
    help = "Write current observations as CSV or COCO."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug")
        parser.add_argument("format", choices=list(EXPORTERS))
        parser.add_argument("--out", default="-", help="file, - for standard output")
        parser.add_argument("--with-test", metavar="USER", help="the test set too; counted as opened by this user")
        parser.add_argument("--kinds", nargs="+", choices=SourceKind.values, default=["reader"])

    def handle(
        self, *, project: str, format: str, out: str, kinds: list[str], with_test: str | None, **_: Any
    ) -> None:
        found = project_named(project)
        export, _media, _extension = exporter(format)
        opener = user_named(with_test or None)
        if opener is not None:
            open_test_set(project=found, user=opener, model_version="", note=f"Labels exported ({format})")
        audit.record("labels.exported", project=found, subject=f"format:{format}", kinds=kinds)
        chunks = export(Selection(found, tuple(kinds), bool(with_test)))
        if out == "-":
            sys.stdout.buffer.writelines(chunks)
            return
        with open(out, "wb") as file:
            file.writelines(chunks)
        self.stdout.write(f"Wrote {out}.")
