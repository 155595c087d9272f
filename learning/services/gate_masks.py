"""Judging models that outline on the gate set: Dice against readers' masks there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from annotation.models import Finding
from core.models import Project, User
from learning.models import ModelVersion, SnapshotRow
from learning.services.gate import model_path, reserved_studies
from learning.services.images import pixels_of, usable
from learning.services.mask_rows import mask_examples, mask_rows

if TYPE_CHECKING:
    from learning.recipe_parts import InputPart
    from learning.toolkit.comparison import Comparison


def gate_rows(project: Project, codes: Sequence[str], input: InputPart) -> list[SnapshotRow]:
    """Gate images, or series, on which readers settled pixels of these findings and that the input can show."""
    findings = list(Finding.objects.filter(project=project, code__in=codes))
    rows = mask_rows(
        project=project, studies=reserved_studies(project, "gate"), findings=findings, volumes=input.is_volume
    )
    _, left_out = usable([row.instance for row in rows], input)
    return [row for row in rows if row.instance_id not in left_out]


def gate_masks(project: Project, model: Any, codes: Sequence[str]) -> dict[str, Any] | None:
    """`evaluate_masks` of the model on the gate set; None when nobody has read it."""
    from learning.toolkit.segment import evaluate_masks
    from learning.toolkit.segment.judging import score_rows

    rows = gate_rows(project, codes, model.input)
    if not rows:
        return None
    examples = mask_examples(rows, codes, model.input)
    scores = score_rows(model, examples, np.arange(len(examples)))
    told = evaluate_masks(scores, findings=codes, patients=examples.patients)
    return told | {"simulated_readers": _are_simulated(rows)}


def paired_masks(first: ModelVersion, second: ModelVersion, *, margin: float) -> Comparison:
    """First minus second in mean Dice, paired by image on the first one's grid, over the findings that both outline.

    Raises DataError when these cases cannot compare them.
    """
    from learning.toolkit.comparison import compare_scores
    from learning.toolkit.data import DataError
    from learning.toolkit.export import load_model
    from learning.toolkit.segment.judging import score_images
    from learning.toolkit.segment.scores import mean_dice

    codes = [code for code in second.findings if code in first.findings]
    models = [load_model(model_path(version))[0] for version in (first, second)]
    if not codes:
        raise DataError("The two models outline no finding in common.")
    if models[0].input.is_volume != models[1].input.is_volume:
        raise DataError("One of the two models outlines images and the other volumes.")
    rows = gate_rows(first.project, codes, models[0].input)
    if not rows:
        raise DataError("no reader has painted a mask on a gate case or called its findings absent.")
    examples = mask_examples(rows, codes, models[0].input)
    images = [row.instance for row in rows]
    scores = [mean_dice(score_images(model, pixels_of(images, model.input), examples)) for model in models]
    return compare_scores([scores[0]], [scores[1]], patients=examples.patients, margin=margin, figure="Dice")


def _are_simulated(rows: Sequence[SnapshotRow]) -> bool:
    sources = {name for row in rows for text in row.sources.values() for name in text.split(", ")}
    readers = {name.partition(":")[2] for name in sources}
    return not User.objects.filter(username__in=readers, is_simulated=False).exists()
