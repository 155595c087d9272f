"""C1: switched off it is not there, a trace of it is hardly there, and switched on it does something."""

from pathlib import Path

import torch

from learning.recipe import Recipe
from learning.toolkit.controls.control import Control
from learning.toolkit.controls.strategy import PLAIN, Strategy
from learning.toolkit.data import Examples
from learning.toolkit.reports import FitResult

TINY, AGREE = 1e-9, 1e-5


def no_op(
    strategy: Strategy, train: Examples, val: Examples | None, base: Recipe, *, workdir: Path, tiny: float = TINY
) -> Control:
    """Plain training against the strategy off, with its knob at a trace, and on; all with the same seed.

    off   bit-identical in weights and metrics. A knob of 1e-9 gives weights within 1e-5, so that a code that merely
          asks whether the knob is 0 is caught; a discrete strategy has no trace and says so.
    on    other weights, and where the strategy has a term of its own, a gradient of it in every epoch.
    """
    plain = PLAIN.fit(train, val, base, workdir / "plain")
    off = strategy.fit(train, val, strategy.without(base), workdir / "off")
    on = strategy.fit(train, val, strategy.recipe(base), workdir / "on")
    moved, same = distance(plain, on), distance(plain, off) == 0 and metrics(plain) == metrics(off)
    passed, told = same and moved > AGREE, [f"off {'identical' if same else 'DIFFERENT'}"]
    if strategy.knob:
        trace = strategy.fit(train, val, strategy.recipe(base, strategy.zero + tiny), workdir / "tiny")
        drift = distance(plain, trace)
        passed &= drift <= AGREE
        told.append(f"{strategy.knob} at {strategy.zero:g}{tiny:+g} moves a weight by {drift:.2g} at most")
    else:
        told.append("no amount to turn down: on and off alone")
    told.append(f"on moves one by {moved:.2g}")
    if strategy.gradient:
        norm = min((report.gradient_norms.get(strategy.gradient, 0.0) for report in on.history), default=0.0)
        passed &= norm > 0
        told.append(f"smallest gradient norm of {strategy.gradient} {norm:.2g}")
    return Control("C1 no-op", bool(passed), "; ".join(told))


def metrics(result: FitResult) -> list[dict[str, object]]:
    """Per epoch, all but the clock."""
    return [report.metrics() for report in result.history]


def distance(first: FitResult, second: FitResult) -> float:
    """Largest difference of any weight between two networks of one shape; infinite between different shapes."""
    a, b = first.model.state_dict(), second.model.state_dict()
    if {k: v.shape for k, v in a.items()} != {k: v.shape for k, v in b.items()}:
        return float("inf")
    return max(float((a[name].double() - b[name].double()).abs().max()) for name in a if a[name].numel())


def equal(first: FitResult, second: FitResult) -> bool:
    """Weights and metrics agree bit for bit."""
    pairs = zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True)
    return metrics(first) == metrics(second) and all(torch.equal(a, b) for a, b in pairs)
