"""A model's word on a folder of outside images, as a table."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from imaging.services.label_files import LabelTable
from learning.services.gate import operating_points
from learning.services.model_reference import ModelReference
from learning.services.outside_images import OutsideImage, Tally
from learning.services.outside_judging import Judged, judge_folder
from learning.services.outside_report import NOTICE

if TYPE_CHECKING:
    from learning.toolkit.export import ModelCard


@dataclass(frozen=True)
class Written:
    """How many images were predicted, how many of them were trained on, and what could not be read."""

    images: int
    seen: int
    failed: list[tuple[str, str]]


def predict_outside(*, model: ModelReference, folder: Path, out: Path) -> Written:
    """Write `file, <finding>, <finding>_call, …, in_training, notice`, a row per image; probabilities are calibrated.

    Raises Invalid for a missing folder or an unusable model file, OSError when `out` can't be written.
    """
    tally = Tally()
    judged, card = judge_folder(model=model, folder=folder, table=LabelTable(), tally=tally)
    points, _ = operating_points(card)
    partial = out.with_name(out.name + ".partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        columns = [name for code in card.findings for name in (code, f"{code}_call")]
        writer.writerow(["file", *columns, "in_training", "notice"])
        for image, row in zip(judged.images, judged.probabilities, strict=True):
            pairs = zip(row, points, strict=True)
            cells = [cell for p, point in pairs for cell in (f"{p:.6f}", int(p >= point.threshold))]
            writer.writerow([image.name, *cells, _seen(judged, card, image), NOTICE])
    partial.replace(out)
    seen = sum(_seen(judged, card, image) == "yes" for image in judged.images)
    return Written(len(judged.images), seen, tally.failed)


def _seen(judged: Judged, card: ModelCard, image: OutsideImage) -> str:
    if card.seen is None:
        return "unknown"
    return "yes" if image.name in judged.seen_images or image.patient_id in judged.seen_patients else "no"
