"""A model's probabilities for outside images, and which of these images it was trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.errors import Invalid
from imaging.services.label_files import LabelTable
from learning.services.model_reference import ModelReference
from learning.services.outside_images import OutsideImage, Progress, Tally, read_folder
from learning.toolkit.volumes import preparation_of

if TYPE_CHECKING:
    from learning.toolkit.export import ModelCard

Table = npt.NDArray[np.float64]


def silent(fraction: float, message: str) -> None:
    return


@dataclass
class Judged:
    """Images with calibrated probabilities (N x F), and which of them the model was trained on."""

    images: list[OutsideImage] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    seen_images: set[str] = field(default_factory=set)
    seen_patients: set[str] = field(default_factory=set)

    @property
    def probabilities(self) -> Table:
        return np.concatenate(self.tables) if self.tables else np.zeros((0, 0))


def judge_folder(
    *, model: ModelReference, folder: Path, table: LabelTable, tally: Tally, only_labelled: bool = False,
    progress: Progress = silent, each: Callable[[Any, list[OutsideImage], Table], None] | None = None,
) -> tuple[Judged, ModelCard]:
    """Predict the folder's images. `each` is called with the network, a chunk of images and their probabilities.

    Raises Invalid for a missing folder or an unusable model file.
    """
    from learning.toolkit.export import load_model
    from learning.toolkit.prediction import predict
    from learning.toolkit.weights import ModelFileError

    try:
        network, card = load_model(model.path)
    except ModelFileError as error:
        raise Invalid(str(error)) from None
    if network.input.volume == "views" or not preparation_of(network.input).is_plain:
        raise Invalid(
            "A folder is judged image by image, whole and in grey. This model sees series, several views, Hounsfield "
            "units, millimetres or crops: import the cases into a project, and predict and judge them there."
        )
    judged = Judged()
    chunks = read_folder(
        folder, size=network.input.size, table=table, tally=tally, only_labelled=only_labelled, progress=progress
    )
    for chunk in chunks:
        pixels = np.stack([image.pixels for image in chunk])
        probabilities = np.asarray(card.calibrated(predict(network, pixels).probabilities), np.float64)
        _note_seen(judged, card, chunk, pixels)
        judged.images += chunk
        judged.tables.append(probabilities)
        if each is not None:
            each(network, chunk, probabilities)
    return judged, card


def _note_seen(judged: Judged, card: ModelCard, chunk: list[OutsideImage], pixels: Any) -> None:
    if card.seen is None:
        return
    for way in (0, 1):
        found = card.seen.overlap(
            keys=[i.uids[way] for i in chunk], patients=[i.patients[way] for i in chunk], images=pixels
        )
        judged.seen_images |= {chunk[row].name for row in found.images}
        judged.seen_patients |= {chunk[row].patient_id for row in found.patients}
