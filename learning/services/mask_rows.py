"""Readers' masks as rows of a snapshot, and such rows as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annotation.models import Finding
from core.models import Project
from imaging.models import Instance
from learning.models import SnapshotRow
from learning.recipe_parts import InputPart
from learning.services.images import left_out_told, pixels_of, usable
from learning.services.mask_answers import MaskAnswer, mask_answers
from learning.services.mask_pixels import said_of, square_spacing, to_square
from learning.services.mask_volumes import volume_masks
from learning.services.volume_answers import VolumeAnswer, volume_answers

if TYPE_CHECKING:
    from learning.toolkit.segment import MaskExamples


def mask_rows(
    *, project: Project, studies: Iterable[int], findings: Sequence[Finding], volumes: bool = False,
    only_readers: Sequence[str] | None = None, exclude_readers: Sequence[str] = (),
) -> list[SnapshotRow]:
    """A row per image on which the pixels of a finding are known, in part or as a whole; not saved.

    volumes  a row per series of slices instead, under the image that stands for it.
    """
    codes = [finding.code for finding in findings]
    ask = volume_answers if volumes else mask_answers
    instances, found = ask(
        project=project, studies=studies, only_readers=only_readers, exclude_readers=exclude_readers
    )
    rows = []
    for pk, said in found.items():
        mine = {code: said[code] for code in codes if code in said}
        if mine:
            rows.append(_row(instances[pk], mine))
    return rows


def _row(instance: Instance, said: Mapping[str, Sequence[MaskAnswer | VolumeAnswer]]) -> SnapshotRow:
    return SnapshotRow(
        instance=instance, patient=instance.series.study.patient, sop_uid=instance.sop_uid, origin="verified",
        targets={code: float(any(answer.blobs for answer in answers)) for code, answers in said.items()},
        masks={code: [answer.as_dict() for answer in answers] for code, answers in said.items()},
        observations={code: [pk for answer in answers for pk in answer.observations] for code, answers in said.items()},
        sources={code: ", ".join(answer.source for answer in answers) for code, answers in said.items()},
    )


def mask_examples(
    rows: Sequence[SnapshotRow], codes: Sequence[str], input: InputPart, progress: Any = lambda fraction: None,
    log: Callable[[str], None] = lambda line: None,
) -> MaskExamples:
    """Images or volumes with their masks, on the network's grid; saved rows or not.

    log  hears which series can't be seen as the recipe wants, and of which all marks are too thin for its slices.
    Raises DataError for rows that were frozen for the other kind of input, and when no series can be seen.
    """
    from learning.toolkit.segment import MaskExamples

    chosen, instances = _seen(rows, input, log)
    images = pixels_of(instances, input, progress)
    made = [_masks_of(row, instance, codes, input) for row, instance in zip(chosen, instances, strict=True)]
    if input.is_volume:
        _tell_lost(chosen, codes, [masks for masks, _ in made], input, log)
    return MaskExamples.of_masks(
        images, np.stack([masks for masks, _ in made]), patients=[row.patient.pseudonym for row in chosen],
        findings=list(codes), keys=[row.sop_uid for row in chosen], spacing=[spacing for _, spacing in made],
    )


def _seen(
    rows: Sequence[SnapshotRow], input: InputPart, log: Callable[[str], None]
) -> tuple[list[SnapshotRow], list[Instance]]:
    from learning.toolkit.data import DataError

    if any(input.is_volume != _is_volume(row) for row in rows):
        held, wanted = ("images", "volumes") if input.is_volume else ("volumes", "images")
        raise DataError(f"The snapshot holds masks of {held}, and the recipe reads {wanted}; freeze one for it.")
    known = Instance.objects.select_related("series").in_bulk([row.instance_id for row in rows])
    _, left_out = usable(known.values(), input)
    told = left_out_told(left_out.values(), volumes=input.is_volume)
    if told:
        log(told)
    chosen = [row for row in rows if row.instance_id not in left_out]
    if not chosen:
        raise DataError(f"No series with masks can be used. {told}")
    return chosen, [known[row.instance_id] for row in chosen]


def _is_volume(row: SnapshotRow) -> bool:
    return any("slices" in answer for answers in row.masks.values() for answer in answers)


def _masks_of(row: SnapshotRow, instance: Instance, codes: Sequence[str], input: InputPart) -> tuple[Any, Any]:
    """F x … masks of one row, and the millimetres between their pixels."""
    if input.is_volume:
        return volume_masks(row, instance, codes, input)
    said = [said_of(row.masks.get(code, ()), instance.rows, instance.columns) for code in codes]
    return np.stack([to_square(one, input.size) for one in said]), square_spacing(instance, input.size)


def _tell_lost(
    rows: Sequence[SnapshotRow], codes: Sequence[str], masks: Sequence[Any], input: InputPart,
    log: Callable[[str], None],
) -> None:
    for column, code in enumerate(codes):
        lost = sum(
            row.targets.get(code) == 1 and not (own[column] == 1).any() for row, own in zip(rows, masks, strict=True)
        )
        if lost:
            log(
                f"Of {code}, every mark of {lost} series is thinner than half of a voxel at {input.depth} slices of "
                f"{input.size} pixels, or lies between slices of which nothing is known. Raise input.depth."
            )
