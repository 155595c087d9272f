"""Import reports and coded records from files on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from core.management.named import project_named, user_named
from reports_nlp.management.intake import add_name_option, add_reading_options
from reports_nlp.models import ReportIntake
from reports_nlp.services.intake import fail_intake, open_intake
from reports_nlp.services.intake_files import import_files
from reports_nlp.services.intake_options import map_of
from reports_nlp.sources import SOURCES, SourceError

SHOWN = 50
"""Refused records that are named one by one."""


class Command(BaseCommand):
    help = (
        "Import reports: CSV, TSV, Excel, plain texts, HL7 v2 (ORU^R01), FHIR (DiagnosticReport, Condition; JSON, "
        "Bundle, NDJSON), DICOM SR, CDA, Open-i XML; files, folders and zips. Texts are de-identified before anything "
        "is stored. Importing again changes nothing. Exit status 1 when no record was stored or known."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="slug")
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="file, folder or zip")
        parser.add_argument("--format", default="", choices=["", *SOURCES], help="found out if not given")
        add_reading_options(parser)
        add_name_option(parser)

    def handle(self, *, project: str, files: list[Path], **options: Any) -> None:
        found, user = project_named(project), user_named(options["user"])
        names = ("format", "language", "encoding", "sender", "name_is")
        try:
            chosen = {name: options[name] for name in names} | {"map": map_of(options["map"])}
            intake = open_intake(project=found, user=user, options=chosen)
            import_files(intake=intake, paths=files, progress=self._progress if self.stderr.isatty() else None)
        except DomainError as error:
            raise CommandError(str(error)) from None
        except SourceError as error:
            fail_intake(intake=intake, message=str(error), columns=error.columns)
            self._report(intake)
            raise CommandError(str(error)) from None
        self._report(intake)
        if not {"stored", "new-version", "already-there"} & set(intake.counts):
            sys.exit(1)

    def _progress(self, fraction: float, message: str) -> None:
        self.stderr.write(f"\r{100 * fraction:3.0f}%  {message}", ending="")

    def _report(self, intake: ReportIntake) -> None:
        self.stdout.write("verdict        records")
        for verdict in ("stored", "new-version", "already-there", "refused", "ignored"):
            if intake.counts.get(verdict):
                self.stdout.write(f"{verdict:<14} {intake.counts[verdict]:>7}")
        refused = intake.verdicts.filter(verdict="refused")
        for one in refused[:SHOWN]:
            place = f" {one.place}" if one.place else ""
            self.stdout.write(f"refused: {one.name}{place}: {one.reason}")
        if refused.count() > SHOWN:
            self.stdout.write(f"… and {refused.count() - SHOWN} more")
        if intake.counts.get("waiting"):
            self.stdout.write(f"{intake.counts['waiting']} reports wait for their study")
