from learning.models.loop import Iteration, Loop
from learning.models.model_version import ModelState, ModelVersion, Prediction
from learning.models.run import Run, RunEpoch, RunPurpose
from learning.models.snapshot import Snapshot, SnapshotRow

__all__ = [
    "Iteration", "Loop", "ModelState", "ModelVersion", "Prediction", "Run", "RunEpoch", "RunPurpose", "Snapshot",
    "SnapshotRow",
]
