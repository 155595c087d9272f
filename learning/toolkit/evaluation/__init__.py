"""How good is a model on these cases: every figure with n and an interval over patients."""

from learning.toolkit.evaluation.judge import check_predictions, evaluate
from learning.toolkit.evaluation.shapes import Evaluation, FindingMetrics, ReliabilityBin

__all__ = ["Evaluation", "FindingMetrics", "ReliabilityBin", "check_predictions", "evaluate"]
