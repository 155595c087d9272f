"""A model's word on a folder of images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from learning.management.projects import FOLDER_HELP, MODEL_HELP, refusals
from learning.services.model_reference import find_model
from learning.services.outside_predictions import predict_outside


class Command(BaseCommand):
    help = (
        "Predict every DICOM, PNG or JPEG image of a folder and write a table (docs/evaluate.md). Nothing is imported "
        "or stored, and a model file needs no database. Research use only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", metavar="MODEL", help=MODEL_HELP)
        parser.add_argument("--images", type=Path, required=True, metavar="DIR", help=FOLDER_HELP)
        parser.add_argument("--out", type=Path, required=True, metavar="CSV", help="where the predictions go")

    def handle(self, *, model: str, images: Path, out: Path, **_: Any) -> None:
        try:
            with refusals():
                done = predict_outside(model=find_model(model), folder=images, out=out)
        except OSError as error:
            raise CommandError(f"{out} can't be written: {error.strerror}.") from None
        for file, reason in done.failed:
            self.stderr.write(f"Left out {file}: {reason}")
        if done.seen:
            self.stderr.write(f"Warning: {done.seen} of these images were trained on, or their patients were.")
        self.stdout.write(f"Wrote {done.images} predictions to {out}.")
