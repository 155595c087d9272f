"""Public weights into the site's list, from a file or from where their publisher keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from learning.management.projects import refusals
from learning.models import WeightsFile
from learning.services.public_weights import NONE_YET, add_weights

NAMES = (
    "FAMILY/NAME; families: imagenet, xrv, radimagenet, medicalnet, monai. Published names, such as imagenet/resnet18, "
    "xrv/densenet121-res224-all or medicalnet/resnet18, are fetched; others need --file. Without a name: list."
)


class Command(BaseCommand):
    help = (
        "Add public weights that recipes can start from. The file is read without running anything in it, fitted to "
        "the network, kept as tensors alone, and its SHA-256 and licence are recorded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="", metavar="NAME", help=NAMES)
        parser.add_argument("--file", type=Path, metavar="FILE", help="weights file, or a MONAI bundle (zip or folder)")
        parser.add_argument("--network", default="", help="our network that takes them, where the name does not tell")
        parser.add_argument("--publisher", default="", help="as the file's page says; else the family's")
        parser.add_argument("--licence", default="", help="as the file's page says; else the family's")

    def handle(self, *, name: str, file: Path | None, network: str, publisher: str, licence: str, **_: Any) -> None:
        if not name:
            self._list()
            return
        with refusals():
            weights = add_weights(
                name=name, file=file, network=network, publisher=publisher, licence=licence, progress=self._progress
            )
        unused = f"; not used: {', '.join(weights.unused)}" if weights.unused else ""
        self.stdout.write(f"Added {weights} for {weights.network}: {weights.tensors} tensors{unused}.")
        self.stdout.write(f"SHA-256 {weights.sha256}. {weights.publisher}. Licence: {weights.licence}.")

    def _progress(self, part: float | None) -> None:
        if part is not None and self.stdout.isatty():
            self.stdout.write(f"\r{part:4.0%}", ending="")

    def _list(self) -> None:
        for weights in WeightsFile.objects.all():
            self.stdout.write(f"{weights}  {weights.network}  {weights.licence}  sha256 {weights.sha256[:16]}")
        if not WeightsFile.objects.exists():
            self.stdout.write(f"Weights of this site: {NONE_YET}.")
