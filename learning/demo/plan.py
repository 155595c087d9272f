"""What the demo project holds. The numbers are chosen so that two cores have it ready in minutes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoPlan:
    """Counts of studies and cases. CT series belong to patients who also have a radiograph."""

    seed: int = 20_261_124
    radiographs: int = 740
    full_size: int = 20
    ct_series: int = 40
    first: int = 24
    """Imported and put on the worklist before anything else, so that reading can begin."""
    gate: int = 220
    calibration: int = 60
    labelled: int = 120
    judged_reports: int = 40
    """Reports on which a simulated reader gives verdicts."""
    size: tuple[int, int] = (512, 512)
    full: tuple[int, int] = (2500, 2000)
    ct_shape: tuple[int, int, int] = (48, 128, 128)

    @property
    def patients(self) -> int:
        return self.radiographs + self.full_size

    @property
    def studies(self) -> int:
        return self.patients + self.ct_series


SMALL = DemoPlan(radiographs=110, full_size=2, ct_series=3, first=12, gate=30, calibration=12, labelled=30,
                 judged_reports=10,
                 size=(256, 256), full=(1024, 1024), ct_shape=(12, 48, 48))
"""For tests: the same circle in seconds."""

FINDINGS = [
    # code, name, key, grades, RadLex, laterality, definition
    ("nodule", "Nodule", "n", [], "RID3875", True,
     "Rounded opacity up to 3 cm, well or poorly defined. Nipple shadows and calcified granulomas don't count."),
    ("effusion", "Pleural effusion", "e", ["small", "moderate", "large"], "RID34539", True,
     "Fluid in the pleural space: blunted costophrenic angle or a meniscus; graded by the height it reaches."),
    ("consolidation", "Consolidation", "c", [], "RID43255", True,
     "Homogeneous increase of lung attenuation that hides vessels; lobar or patchy."),
    ("pneumothorax", "Pneumothorax", "p", [], "RID5352", True,
     "Visible visceral pleural line without lung markings beyond it."),
    ("cardiomegaly", "Cardiomegaly", "h", [], "RID35057", False,
     "Cardiothoracic ratio above 0.55 on a PA radiograph."),
]
