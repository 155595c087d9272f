"""Classes that exclude each other: the loss, and one temperature for all of them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy.optimize import minimize_scalar

from learning.recipe import Recipe
from learning.toolkit.data import DataError
from learning.toolkit.ranks import auroc
from learning.toolkit.rarity import effective_weights

Matrix = npt.NDArray[np.floating]
_EDGE = 1e-7
_LEAST_CASES = 10
_LARGEST_CLASS_WEIGHT = 20.0


def masked_softmax_ce(
    logits: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    *,
    class_weights: torch.Tensor | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float | None = None,
) -> torch.Tensor:
    """Weighted mean over cases of the cross-entropy of C classes; 0 when there is none.

    logits, targets, weights   B x C; a row with a NaN target is masked. Targets of a row sum to 1.
    class_weights              C factors of the true class.
    label_smoothing            t becomes t (1 - s) + s / C.
    focal_gamma                each class counts (1 - its probability)^γ (Lin et al. 2017); 0 is cross-entropy, exactly.

    >>> round(masked_softmax_ce(torch.zeros(1, 4), torch.eye(4)[:1], torch.ones(1, 4)).item(), 4)
    1.3863
    """
    known = ~torch.isnan(targets).any(dim=1, keepdim=True)
    t = torch.where(known, targets, 0.0)
    share = (weights.mean(dim=1, keepdim=True) * known)[:, 0]
    if class_weights is not None:
        share_of_class = (t * class_weights).sum(dim=1)
    t = t * (1 - label_smoothing) + label_smoothing / t.shape[1]
    logs = F.log_softmax(logits.float(), dim=1)
    if focal_gamma is not None:
        t = t * torch.exp(focal_gamma * torch.log(-torch.expm1(logs.clamp(max=-1e-7))))
    loss = -(t * logs).sum(dim=1)
    if class_weights is not None:
        loss = loss * share_of_class
    return (loss * share).sum() / share.sum().clamp_min(1e-8)


def inverse_frequency(targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """C class weights n / (C n_c), at most 20, so that all classes weigh the same; 1 for a class without a case.

    >>> inverse_frequency(torch.eye(2)[[0, 0, 0, 1]], torch.ones(4, 2)).tolist()[1]
    2.0
    """
    sizes = class_sizes(targets, weights)
    factors = (sizes.sum() / (len(sizes) * sizes.clamp_min(1e-12))).clamp(max=_LARGEST_CLASS_WEIGHT)
    return torch.where(sizes > 0, factors, torch.ones_like(factors))


def class_sizes(targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """C weighted numbers of cases."""
    known = ~torch.isnan(targets).any(dim=1, keepdim=True)
    return (torch.where(known, targets, 0.0) * weights.mean(dim=1, keepdim=True)).sum(dim=0)


def log_frequency(targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """C logarithms of the classes' shares; that of half a case for a class without any."""
    sizes = class_sizes(targets, weights).double().clamp_min(0.5)
    return (sizes / sizes.sum()).log().float()


class ClassObjective:
    """Cross-entropy of classes that exclude each other."""

    figure = "AUROC"

    def __init__(self, recipe: Recipe, targets: torch.Tensor, weights: torch.Tensor) -> None:
        check_classes(targets.cpu().numpy())
        self.smoothing = recipe.regularisation.label_smoothing
        self.class_weights: torch.Tensor | None = None
        part = recipe.imbalance
        if part.class_weights == "inverse_prevalence":
            self.class_weights = inverse_frequency(targets, weights)
        if part.class_weights == "class_balanced":
            sizes = class_sizes(targets, weights)
            self.class_weights = torch.where(sizes > 0, effective_weights(sizes, part.beta), 1.0).float()
        self.gamma = part.focal_gamma if part.loss == "focal" else None
        self.prior: torch.Tensor | None = None
        if part.loss == "logit_adjustment":
            self.prior = part.logit_tau * log_frequency(targets, weights)

    def loss(
        self, logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, *, training: bool, share: float
    ) -> torch.Tensor:
        """See `Objective`."""
        return masked_softmax_ce(
            logits if self.prior is None else logits.float() + self.prior,
            targets,
            weights,
            class_weights=self.class_weights,
            label_smoothing=self.smoothing if training else 0.0,
            focal_gamma=self.gamma,
        )

    def metrics(
        self, logits: torch.Tensor, targets: torch.Tensor, findings: Sequence[str]
    ) -> dict[str, float | None]:
        """AUROC of each class against all others."""
        scores, truth = torch.softmax(logits.float(), dim=1).cpu().numpy(), targets.cpu().numpy()
        return {code: auroc(scores[:, i], truth[:, i]) for i, code in enumerate(findings)}


def check_classes(targets: Matrix) -> None:
    """Raise DataError unless every case without a gap has classes that sum to 1, and at least two classes occur."""
    whole = targets[~np.isnan(targets).any(axis=1)]
    sums = whole.sum(axis=1)
    if len(sums) and np.abs(sums - 1).max() > 1e-4:
        row = int(np.abs(sums - 1).argmax())
        raise DataError(
            f"Classes exclude each other, so the targets of a case sum to 1; one sums to {sums[row]:g}. "
            "Choose 'binary' for findings that occur together."
        )
    if (whole.max(axis=0, initial=0) >= 0.5).sum() < 2:
        raise DataError(f"{len(whole)} cases have a known class, and all have the same; learning needs two classes.")


def soften(probabilities: Matrix, temperature: float) -> npt.NDArray[np.float64]:
    """N x C probabilities with log probabilities divided by the temperature; rows sum to 1, their order stays.

    >>> soften(np.array([[0.8, 0.2]]), 1.0).round(6).tolist()
    [[0.8, 0.2]]
    """
    logs = np.log(np.clip(np.asarray(probabilities, dtype=np.float64), _EDGE, 1.0)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_class_temperature(probabilities: Matrix, targets: Matrix) -> float:
    """One temperature for all classes (Guo et al. 2017): least negative log-likelihood, never worse than 1.

    Rows with a NaN are left out; with fewer than 10 cases, or one class alone, it stays 1.
    """
    known = ~np.isnan(targets).any(axis=1)
    t, p = np.asarray(targets[known], np.float64), np.asarray(probabilities[known], np.float64)
    if len(t) < _LEAST_CASES or (t.max(axis=0) >= 0.5).sum() < 2:
        return 1.0

    def loss(log_temperature: float) -> float:
        return float(-(t * np.log(np.clip(soften(p, np.exp(log_temperature)), _EDGE, 1))).sum(axis=1).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded")
    return float(np.exp(found.x)) if found.fun < loss(0.0) else 1.0
