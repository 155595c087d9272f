"""Judge a model on images that it never saw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from learning.management.projects import FOLDER_HELP, MODEL_HELP, refusals
from learning.services.model_reference import find_model
from learning.services.outside_check import SeenInTraining, evaluate_outside
from learning.services.outside_report import Figure, Report

SEEN = 2
"""Exit code when a training image or patient is among the images."""


class Command(BaseCommand):
    help = (
        "Judge a model on a folder of labelled DICOM, PNG or JPEG images and write the figures as JSON "
        "(docs/evaluate.md). Nothing is imported or stored, and a model file needs no database. "
        "Exit code 2: training images or patients are inside."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", metavar="MODEL", help=MODEL_HELP)
        parser.add_argument("--images", type=Path, required=True, metavar="DIR", help=FOLDER_HELP)
        parser.add_argument(
            "--labels", type=Path, required=True, metavar="CSV",
            help="file,patient_id,<finding>… with 1 / 0 / -1 / empty, paths relative to the folder",
        )
        parser.add_argument(
            "--boxes", type=Path, metavar="CSV", help="file,finding,x,y,w,h in pixels: judges localisation too"
        )
        parser.add_argument(
            "--map", nargs="+", default=[], metavar="FINDING=COLUMN",
            help="which column of the labels holds which finding of the model",
        )
        parser.add_argument(
            "--allow-seen", action="store_true", help="go on with training images inside, and mark the result"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="JSON", help="where the figures go")

    def handle(
        self, *, model: str, images: Path, labels: Path, boxes: Path | None, map: list[str], allow_seen: bool,
        out: Path, **_: Any,
    ) -> None:
        with refusals(exit_codes={SeenInTraining: SEEN}):
            report = evaluate_outside(
                model=find_model(model), folder=images, labels=labels, boxes=boxes, column_map=_pairs(map),
                allow_seen=allow_seen, progress=_Progress(self),
            )
        try:
            out.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} can't be written: {error.strerror}.") from None
        self._tell(report, out)

    def _tell(self, report: Report, out: Path) -> None:
        for flag in report.flags:
            self.stderr.write(f"Warning: {flag}")
        if report.data.failed:
            self.stderr.write(f"Warning: {len(report.data.failed)} files could not be read; they are listed in {out}.")
        if report.data.labels_without_file:
            self.stderr.write(f"Warning: {len(report.data.labels_without_file)} rows of the labels have no file here.")
        self.stdout.write(f"{report.data.n_images} images of {report.data.n_patients} patients. {report.notice}")
        for part in report.findings:
            self.stdout.write(
                f"  {part.finding:<24} n {part.n:>6} ({part.n_positive} positive)  AUROC {_figure(part.auroc)}  "
                f"sensitivity {_figure(part.sensitivity)}  specificity {_figure(part.specificity)}"
            )
        self.stdout.write(f"Wrote {out}.")


class _Progress:
    """A line every tenth of the way."""

    def __init__(self, command: BaseCommand) -> None:
        self._command, self._next = command, 0.1

    def __call__(self, fraction: float, message: str) -> None:
        if fraction >= self._next and fraction < 1:
            self._command.stdout.write(f"{fraction:4.0%}  {message}")
            self._command.stdout.flush()
            self._next = fraction + 0.1


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        finding, equals, column = text.partition("=")
        if not (finding and equals and column):
            raise CommandError(f"--map wants FINDING=COLUMN, not {text!r}.")
        pairs[finding] = column
    return pairs


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return "not defined"
    interval = "" if figure.low is None else f" ({figure.low:.3f} to {figure.high:.3f})"
    return f"{figure.value:.3f}{interval}"
