"""The file that `evaluate` writes: its shape, and what each field means (docs/evaluate.md)."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from learning.statement import STATEMENT

NOTICE: Final = STATEMENT


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Figure(_Shape):
    """A figure with its 95 % interval."""

    value: float
    low: float | None = Field(description="Lower bound; null when too few bootstrap replicates define the figure.")
    high: float | None = Field(description="Upper bound; null likewise.")


class ModelPart(_Shape):
    """The model that was judged."""

    name: str
    sha256: str = Field(description="Of the model file.")
    findings: list[str]
    created: str
    n_images: int = Field(description="Images it was trained on, pseudolabelled ones aside.")
    n_patients: int
    is_calibrated: bool = Field(description="Whether its probabilities were calibrated on cases kept for that.")


class Failed(_Shape):
    """A file that could not be judged."""

    file: str
    reason: str


class DataPart(_Shape):
    """The images that it was judged on."""

    n_images: int = Field(description="Images read, labelled and judged.")
    n_patients: int = Field(description="Different patients; an image without a patient id counts as one.")
    n_without_patient_id: int
    n_ignored_files: int = Field(description="Files that are no images, or have no row in the labels.")
    failed: list[Failed]
    labels_without_file: list[str] = Field(description="Rows of the labels whose file is not in the folder.")
    columns_left_out: list[str] = Field(description="Label columns that the model does not know.")


class OverlapPart(_Shape):
    """Whether the model had seen any of this in training."""

    was_checked: bool = Field(description="False when the model file carries no hashes of its training set.")
    n_images: int = Field(description="Images that were in the training set, by UID or by pixels.")
    n_patients: int = Field(description="Patients that were in the training set.")
    was_allowed: bool = Field(description="True when --allow-seen let the evaluation go on; the figures then flatter.")


class ReliabilityPart(_Shape):
    """Cases whose probability fell into one of 15 equal bins."""

    predicted: float
    observed: float
    n: int


class FindingPart(_Shape):
    """One finding. Figures that are not defined are null; `reason` says why."""

    finding: str
    column: str = Field(description="Column of the labels that it was judged against.")
    n: int = Field(description="Images with a 1 or a 0.")
    n_positive: int
    n_equivocal: int = Field(description="Images labelled -1; left out.")
    n_patients: int
    reason: str | None
    auroc: Figure | None
    auprc: Figure | None
    threshold: float
    threshold_from: str = Field(description="Which cases the threshold was chosen on; never these.")
    sensitivity: Figure | None = Field(description="At the threshold.")
    specificity: Figure | None = Field(description="At the threshold.")
    brier: Figure | None
    ece: float | None = Field(description="Expected calibration error over 15 bins.")
    reliability: list[ReliabilityPart]
    roc: list[tuple[float, float]] = Field(description="(false positive rate, true positive rate), at most 101 points.")
    flags: list[str] = Field(description="Sentences that must be shown wherever these figures are.")


class BoxPart(_Shape):
    """Weak localisation of one finding, on the images that have a box for it."""

    finding: str
    n_images: int
    n_boxes: int
    hit: Figure | None = Field(description="Share of images whose activation box has its centre in a reader's box.")
    iou: Figure | None = Field(description="Mean overlap (intersection over union) with the best fitting box.")
    froc: Figure | None = Field(
        description="Mean share of boxes found at 1/8 to 8 false marks an image (FROC), over images with a box and "
        "those labelled absent; a mark finds the box that it overlaps by 0.3 or more."
    )
    found_at: list[tuple[float, float]] = Field(description="False marks an image, and the share of boxes found there.")
    flags: list[str]


class IntervalPart(_Shape):
    """How the intervals were made."""

    method: Literal["percentile bootstrap over patients"] = "percentile bootstrap over patients"
    level: float = 0.95
    replicates: int
    seed: int


class Report(_Shape):
    """What `manage.py evaluate` found."""

    format: Literal["radloop-evaluation"] = "radloop-evaluation"
    version: Literal[1] = 1
    notice: Literal[
        "Research use only. Not a medical device; not for diagnosis or for decisions about patients."
    ] = NOTICE
    created: str
    model: ModelPart
    data: DataPart
    overlap: OverlapPart
    intervals: IntervalPart
    macro_auroc: Figure | None = Field(description="Mean over the findings where it is defined.")
    macro_auprc: Figure | None
    findings: list[FindingPart]
    not_judged: dict[str, str] = Field(description="Finding of the model -> why it was not judged.")
    localisation: list[BoxPart] = Field(description="Empty unless boxes were given.")
    flags: list[str] = Field(description="Sentences that hold for every figure in this file.")


def report_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of the file."""
    schema = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
