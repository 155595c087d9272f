"""Volumes with masks: what was said slice by slice on the grid of a network, and a network's masks on the slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from imaging.dicom.slices import onto_slices, said_on_grid, spacing_on_grid
from imaging.models import Instance, Volume
from imaging.prepared_volume import axes_of
from learning.models import SnapshotRow
from learning.recipe_parts import InputPart
from learning.services.mask_pixels import UNKNOWN, Bytes, said_of


def volume_masks(
    row: SnapshotRow, instance: Instance, codes: Sequence[str], input: InputPart
) -> tuple[Bytes, tuple[float, float, float]]:
    """F x depth x size x size masks of the series, and the millimetres between voxels."""
    volume = Volume.objects.get(series=instance.series_id)
    axes, shape = axes_of(volume), (input.depth, input.size, input.size)
    masks = np.full((len(codes), *shape), UNKNOWN, np.uint8)
    for column, code in enumerate(codes):
        if code in row.masks:
            slices = _Slices(row.masks[code], volume)
            masks[column] = said_on_grid(slices.at, axes, shape, unknown=UNKNOWN)
    return masks, spacing_on_grid(axes, shape)


class _Slices:
    def __init__(self, answers: Sequence[dict[str, Any]], volume: Volume) -> None:
        self.answers, self.volume = answers, volume

    def at(self, number: int) -> Bytes:
        """rows x columns of what readers say of a slice."""
        uid = self.volume.sop_uids[number]
        here = [answer["slices"].get(uid, {"blobs": [], "rest": answer["rest"]}) for answer in self.answers]
        return said_of(here, self.volume.rows, self.volume.columns)


def slices_of(
    instance: Instance, probabilities: npt.NDArray[np.float32]
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """depth x size x size of the network to each slice of the instance's series: SOP instance UID, rows x columns."""
    volume = Volume.objects.get(series=instance.series_id)
    yield from zip(volume.sop_uids, onto_slices(probabilities, axes_of(volume)), strict=True)
