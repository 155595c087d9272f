"""Readers' masks as rows of a snapshot, and such rows as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annotation.models import Finding
from core.models import Project
from imaging.models import Instance
from learning.models import SnapshotRow
from learning.recipe_parts import InputPart
from learning.services.images import pixels_of
from learning.services.mask_answers import MaskAnswer, mask_answers
from learning.services.mask_pixels import said_of, square_spacing, to_square

if TYPE_CHECKING:
    from learning.toolkit.segment import MaskExamples


def mask_rows(
    *, project: Project, studies: Iterable[int], findings: Sequence[Finding], only_readers: Sequence[str] | None = None,
    exclude_readers: Sequence[str] = (),
) -> list[SnapshotRow]:
    """A row per image on which the pixels of a finding are known, in part or as a whole; not saved."""
    codes = [finding.code for finding in findings]
    instances, found = mask_answers(
        project=project, studies=studies, only_readers=only_readers, exclude_readers=exclude_readers
    )
    rows = []
    for pk, said in found.items():
        mine = {code: said[code] for code in codes if code in said}
        if mine:
            rows.append(_row(instances[pk], mine))
    return rows


def _row(instance: Instance, said: dict[str, list[MaskAnswer]]) -> SnapshotRow:
    return SnapshotRow(
        instance=instance, patient=instance.series.study.patient, sop_uid=instance.sop_uid, origin="verified",
        targets={code: float(any(answer.blobs for answer in answers)) for code, answers in said.items()},
        masks={code: [answer.as_dict() for answer in answers] for code, answers in said.items()},
        observations={code: [pk for answer in answers for pk in answer.observations] for code, answers in said.items()},
        sources={code: ", ".join(answer.source for answer in answers) for code, answers in said.items()},
    )


def mask_examples(
    rows: Sequence[SnapshotRow], codes: Sequence[str], input: InputPart, progress: Any = lambda fraction: None
) -> MaskExamples:
    """Images and masks in the network's square; saved rows or not. Raises DataError for an input of volumes."""
    from learning.toolkit.data import DataError
    from learning.toolkit.segment import UNKNOWN, MaskExamples

    instances = Instance.objects.in_bulk([row.instance_id for row in rows])
    chosen = [instances[row.instance_id] for row in rows]
    if input.is_volume:
        raise DataError(
            "Masks of the reading room lie on single images; set input.volume to 'middle' to learn from the images "
            "that have one. Volumes with masks of their own are learned in a notebook: learning.toolkit.segment."
        )
    size = input.size
    images = pixels_of(chosen, input, progress)
    masks = np.full((len(rows), len(codes), size, size), UNKNOWN, np.uint8)
    for number, (row, instance) in enumerate(zip(rows, chosen, strict=True)):
        for column, code in enumerate(codes):
            if code in row.masks:
                masks[number, column] = to_square(said_of(row.masks[code], instance.rows, instance.columns), size)
    return MaskExamples.of_masks(
        images, masks, patients=[row.patient.pseudonym for row in rows], findings=list(codes),
        keys=[row.sop_uid for row in rows], spacing=[square_spacing(instance, size) for instance in chosen],
    )
