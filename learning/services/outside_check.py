"""Judging a model on images that this installation never saw: how a hospital, or a sceptic, checks us."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import Conflict, Invalid
from imaging.services.label_files import LabelFileError, LabelTable, read_table
from learning.services.gate import operating_points
from learning.services.model_reference import ModelReference
from learning.services.outside_images import Progress, Tally
from learning.services.outside_judging import Judged, Table, judge_folder, silent
from learning.services.outside_report import (
    DataPart,
    Failed,
    FindingPart,
    IntervalPart,
    ModelPart,
    OverlapPart,
    Report,
)

if TYPE_CHECKING:
    from learning.toolkit.export import ModelCard


class SeenInTraining(Conflict):
    """Some of the images or patients were trained on, so the figures would flatter the model."""

    code = "seen-in-training"


def evaluate_outside(
    *, model: ModelReference, folder: Path, labels: Path, boxes: Path | None = None,
    column_map: dict[str, str] | None = None, allow_seen: bool = False, progress: Progress = silent,
) -> Report:
    """Judge the model on the labelled images of a folder.

    Raises SeenInTraining when a training image or patient is among them (unless allowed), Invalid for labels that can't
    be used or fit no finding of the model.
    """
    from learning.services.outside_boxes import BoxTally
    from learning.toolkit.export import read_card
    from learning.toolkit.weights import ModelFileError

    try:
        table, findings = read_table([labels], [boxes] if boxes else [], column_map), read_card(model.path).findings
    except (LabelFileError, ModelFileError) as error:
        raise Invalid(str(error)) from None
    except OSError as error:
        raise Invalid(f"A label file can't be opened: {error.strerror}.") from None
    columns = match_columns(findings, table)
    tally, drawn = Tally(), BoxTally(findings, table)
    judged, card = judge_folder(
        model=model, folder=folder, table=table, tally=tally, only_labelled=True, progress=progress,
        each=drawn.add if boxes else None,
    )
    if not judged.images:
        raise Invalid(_nothing(tally, table))
    if (judged.seen_images or judged.seen_patients) and not allow_seen:
        raise SeenInTraining(_refusal(judged), images=len(judged.seen_images), patients=len(judged.seen_patients))
    report = _report(model, card, judged, tally, table, columns, allow_seen)
    for part in report.findings:
        part.column = (column_map or {}).get(part.column, part.column)
    report.localisation = drawn.report(flags=report.flags)
    return report


def match_columns(findings: tuple[str, ...], table: LabelTable) -> dict[str, str]:
    """Finding of the model → column of the labels, case, spaces and dashes aside. Raises Invalid when none fits."""
    names = dict.fromkeys(c for values in table.raw.values.values() for c in values)
    known = {plain(name): name for name in names}
    columns = {code: known[plain(code)] for code in findings if plain(code) in known}
    if not columns:
        raise Invalid(
            f"No column of the labels is a finding of this model. Columns: {', '.join(names) or 'none'}; "
            f"the model knows: {', '.join(findings)}. Name the pairs with --map finding=column."
        )
    return columns


def plain(name: str) -> str:
    """A name with case, spaces and dashes aside, so that 'Pleural effusion' is `pleural-effusion`."""
    return "".join(c for c in name.lower() if c.isalnum())


def _nothing(tally: Tally, table: LabelTable) -> str:
    why = f" {len(tally.failed)} could not be read; the first: {tally.failed[0][1]}" if tally.failed else ""
    example = next(iter(table.raw.values), "none")
    return f"No image of the folder has a row in the labels (first row: {example!r}).{why}"


def _refusal(judged: Judged) -> str:
    return (
        f"{len(judged.seen_images)} of these images and {len(judged.seen_patients)} of their patients were in this "
        "model's training set, so its figures here would flatter it. Take them out, or go on with --allow-seen, which "
        "marks the result."
    )


def targets_of(judged: Judged, table: LabelTable, columns: dict[str, str]) -> Table:
    """N x F in the order of `columns`: 1, 0, -1 as written, NaN where nothing is."""
    rows = [table.raw.values.get(image.label or "", {}) for image in judged.images]
    return np.array([[float(row.get(c) or "nan") for c in columns.values()] for row in rows])


def patients_of(judged: Judged) -> list[str]:
    """An image without a patient id stands for a patient of its own."""
    return [image.patient_id or f"image:{image.name}" for image in judged.images]


def _report(
    model: ModelReference, card: ModelCard, judged: Judged, tally: Tally, table: LabelTable, columns: dict[str, str],
    allow_seen: bool,
) -> Report:
    from learning.toolkit.evaluation import evaluate

    patients, targets = patients_of(judged), targets_of(judged, table, columns)
    rows = [card.findings.index(code) for code in columns]
    flags = _flags(judged, card)
    points, points_from = operating_points(card)
    result = evaluate(
        judged.probabilities[:, rows], np.where(targets == -1, np.nan, targets), findings=list(columns),
        patients=patients, points=[points[r] for r in rows], points_from=points_from,
    ).as_dict()
    equivocal = (targets == -1).sum(axis=0)
    findings = [
        FindingPart(**_figures(part), column=columns[part["finding"]], n_equivocal=int(equivocal[n]), flags=flags)
        for n, part in enumerate(result["findings"])
    ]
    return Report(
        created=datetime.now(UTC).isoformat(timespec="seconds"), model=_model_part(model, card),
        data=_data_part(judged, tally, table, columns, patients),
        overlap=OverlapPart(
            was_checked=card.seen is not None, n_images=len(judged.seen_images), n_patients=len(judged.seen_patients),
            was_allowed=allow_seen and bool(judged.seen_images or judged.seen_patients),
        ),
        intervals=IntervalPart(replicates=result["replicates"], seed=result["seed"]),
        macro_auroc=result["macro_auroc"], macro_auprc=result["macro_auprc"], findings=findings,
        not_judged={code: "The labels have no column for it." for code in card.findings if code not in columns},
        localisation=[], flags=flags,
    )


def _figures(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name in FindingPart.model_fields}


def _flags(judged: Judged, card: ModelCard) -> list[str]:
    flags = []
    missing = sum(not image.patient_id for image in judged.images)
    if missing:
        flags.append(
            f"{missing} of {len(judged.images)} images have no patient id and count as patients of their own: intervals"
            " may be too narrow, and whether those patients were trained on could not be checked."
        )
    if card.seen is None:
        flags.append("The model file carries no hashes of its training set: overlap with it could not be checked.")
    if judged.seen_images or judged.seen_patients:
        flags.append(
            f"SEEN IN TRAINING: {len(judged.seen_images)} of these images and {len(judged.seen_patients)} of their "
            "patients were in the model's training set; these figures flatter it."
        )
    return flags


def _model_part(model: ModelReference, card: ModelCard) -> ModelPart:
    return ModelPart(
        name=card.name, sha256=hashlib.sha256(model.path.read_bytes()).hexdigest(), findings=list(card.findings),
        created=card.created, n_images=card.n_images, n_patients=card.n_patients,
        is_calibrated=card.temperatures is not None,
    )


def _data_part(
    judged: Judged, tally: Tally, table: LabelTable, columns: dict[str, str], patients: list[str]
) -> DataPart:
    names = {c for values in table.raw.values.values() for c in values}
    met = {i.label for i in judged.images} | {table.match(file) for file, _ in tally.failed}
    return DataPart(
        n_images=len(judged.images), n_patients=len(set(patients)),
        n_without_patient_id=sum(not image.patient_id for image in judged.images), n_ignored_files=tally.ignored,
        failed=[Failed(file=file, reason=reason) for file, reason in tally.failed],
        labels_without_file=sorted(set(table.raw.values) - {label for label in met if label is not None}),
        columns_left_out=sorted(names - set(columns.values())),
    )
