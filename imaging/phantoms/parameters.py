"""A phantom thorax as numbers: drawn once from (seed, index), rendered as radiograph, CT and report.

Lengths are in units of 180 mm (half the width of the field): x to the image's right (the patient's left on a PA view),
y down, z towards the back; the origin is the middle of the chest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FINDINGS: tuple[str, ...] = ("nodule", "effusion", "consolidation", "pneumothorax", "cardiomegaly")
PREVALENCE: dict[str, float] = {
    "nodule": 0.3, "effusion": 0.3, "consolidation": 0.3, "pneumothorax": 0.2, "cardiomegaly": 0.3,
}
UNIT_MM = 180.0
SITES = 3
CTR_LIMIT = 0.55
"""Cardiomegaly is a cardiothoracic ratio above this; none is drawn between 0.53 and 0.565."""
CTR_NORMAL, CTR_GRADES = (0.41, 0.53), (0.565, 0.60, 0.64)


@dataclass(frozen=True)
class Lesion:
    """One lesion. `grade` is ordinal severity 1…3; `subtype` is a hidden kind inside the class, reported nowhere."""

    finding: str
    side: str
    grade: int
    subtype: int
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    extent: float = 0.0
    density: float = 0.0
    texture_seed: int = 0


@dataclass(frozen=True)
class Distractor:
    """A benign look-alike: nipple shadow, calcified granuloma, skin fold, electrode, scar, fat pad.

    Drawn before the findings, so equally frequent with any of them.
    """

    kind: str
    x: float
    y: float
    size: float
    density: float
    angle: float = 0.0


@dataclass(frozen=True)
class Thorax:
    """Everything that decides what the images look like."""

    seed: int
    index: int
    sex: str
    age_years: int
    site: int
    habitus: float
    """Thickness of soft tissue, 0.85…1.25."""
    zoom: float
    offset: tuple[float, float]
    """How large the chest is shown, and where its middle lies in the field."""
    lung_width: float
    lung_height: float
    rotation_deg: float
    tilt: float
    domes: tuple[float, float]
    """Height of the right and left diaphragm."""
    ctr: float
    heart_y: float
    heart_left: float
    """Share of the heart's width left of the midline."""
    rib_phase: float
    rib_count: int
    vessel_seed: int
    exposure: float
    noise: float
    blur: float
    tone: tuple[float, float, float]
    distractors: tuple[Distractor, ...]
    lesions: tuple[Lesion, ...]

    @property
    def labels(self) -> dict[str, int]:
        """1 / 0 for each of FINDINGS."""
        present = {lesion.finding for lesion in self.lesions}
        return {finding: int(finding in present) for finding in FINDINGS}

    @property
    def grades(self) -> dict[str, int]:
        """0 (absent) to 3 for each of FINDINGS."""
        found = {lesion.finding: lesion.grade for lesion in self.lesions}
        return {finding: found.get(finding, 0) for finding in FINDINGS}

    def without_lesions(self) -> Thorax:
        """The same chest blanked: no lesion, and a heart of normal size where it was enlarged."""
        generator = np.random.default_rng([self.seed, self.index, 77])
        ctr = self.ctr if self.ctr <= CTR_LIMIT else float(generator.uniform(*CTR_NORMAL))
        return replace(self, lesions=(), ctr=ctr)
