from imaging.models.hanging import HangingVersion
from imaging.models.imports import ImportBatch, ImportVerdict
from imaging.models.patient import Patient, Split, VaultIdentity
from imaging.models.study import Instance, ProjectStudy, Series, Study, Volume

__all__ = [
    "HangingVersion", "ImportBatch", "ImportVerdict", "Instance", "Patient", "ProjectStudy", "Series", "Split", "Study",
    "VaultIdentity", "Volume",
]
