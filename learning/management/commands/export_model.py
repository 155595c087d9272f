"""A model as two files: safetensors, and its card as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from learning.management.projects import refusals
from learning.services.export_model import export_model
from learning.services.model_reference import find_model


class Command(BaseCommand):
    help = (
        "Write a model as OUT.safetensors (weights, card, hashes of its training set) and OUT.json (the card to read). "
        "Both say: research use only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", metavar="MODEL", help="PROJECT/NUMBER or a database id")
        parser.add_argument(
            "--out", type=Path, default=Path(), metavar="DIR", help="folder to write into (default here)"
        )

    def handle(self, *, model: str, out: Path, **_: Any) -> None:
        try:
            with refusals():
                weights, card = export_model(model=find_model(model), folder=out)
        except OSError as error:
            raise CommandError(f"{out} can't be written: {error.strerror}.") from None
        self.stdout.write(f"Wrote {weights} and {card}.")
