"""What a judgement tells: every figure with n and an interval over patients."""

from dataclasses import asdict, dataclass
from typing import Any

from learning.toolkit.bootstrap import Estimate


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Cases whose probability fell into one of 15 equal bins: mean probability, share of positives, number."""

    predicted: float
    observed: float
    n: int


@dataclass(frozen=True, slots=True)
class FindingMetrics:
    """One finding. Figures that need both classes are None when one is missing; `reason` then says so.

    sensitivity, specificity, balanced_accuracy  at `threshold`.
    sensitivity_at                               where the specificity is at least `at_specificity`, on these cases.
    """

    finding: str
    n: int
    n_positive: int
    n_patients: int
    reason: str | None
    auroc: Estimate | None
    auroc_delong_se: float | None
    auprc: Estimate | None
    threshold: float
    threshold_from: str
    sensitivity: Estimate | None
    specificity: Estimate | None
    balanced_accuracy: Estimate | None
    sensitivity_at: Estimate | None
    at_specificity: float
    brier: Estimate | None
    ece: float | None
    reliability: tuple[ReliabilityBin, ...]
    roc: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All findings, and the averages over those findings where the figure is defined.

    runs  tables of probabilities that were judged together (repeats, seeds); intervals cover them and the patients.
    """

    n: int
    n_patients: int
    findings: tuple[FindingMetrics, ...]
    macro_auroc: Estimate | None
    macro_auprc: Estimate | None
    replicates: int
    seed: int
    runs: int = 1

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: numbers, strings, lists and None, never NaN."""
        return asdict(self)
