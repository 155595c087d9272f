from learning.models.comparison import ArmKind, Comparison, ComparisonArm, ComparisonCell
from learning.models.explanation import Explanation, ExplanationMethod, ExplanationPlane
from learning.models.loop import Iteration, Loop
from learning.models.model_version import HeatMap, ModelState, ModelVersion, PredictedMask, Prediction
from learning.models.receipt import Receipt
from learning.models.run import Run, RunEpoch, RunPurpose
from learning.models.saved_recipe import SavedRecipe
from learning.models.snapshot import Snapshot, SnapshotRow
from learning.models.weights_file import WeightsFile

__all__ = [
    "ArmKind", "Comparison", "ComparisonArm", "ComparisonCell", "Explanation", "ExplanationMethod", "ExplanationPlane",
    "HeatMap", "Iteration", "Loop", "ModelState", "ModelVersion", "PredictedMask", "Prediction", "Receipt", "Run",
    "RunEpoch", "RunPurpose", "SavedRecipe", "Snapshot", "SnapshotRow", "WeightsFile",
]
