"""What a training tells while it runs and when it ends."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from learning.toolkit.nets import Network
from learning.toolkit.weights import Transfer

StoppedBecause = Literal["finished", "early", "time", "cancelled"]


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One pass over the training images. Losses are means per assessed target; seconds are wall-clock.

    val_auroc       one figure per finding, higher is better; `figure` says which: AUROC, quadratic kappa, Dice.
    gradient_norms  of each term of the loss, means over every fourth step.
    inner           what an inner training is for ("Choosing the depth: fold 1 of 3…"); empty for the training itself.
    done            part of the whole that is done, 0 to 1, where inner trainings make it more than its epochs.
    """

    epoch: int
    epochs: int
    step: int
    train_loss: float
    val_loss: float | None
    val_auroc: dict[str, float | None]
    learning_rate: float
    gradient_norms: dict[str, float]
    is_best: bool
    seconds: float
    seconds_left: float
    notes: tuple[str, ...] = ()
    figure: str = "AUROC"
    inner: str = ""
    done: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    def metrics(self) -> dict[str, Any]:
        """All but the clock: equal bit for bit between runs with the same seed, data and recipe."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("seconds")}


@dataclass(frozen=True, slots=True)
class FitResult:
    """A trained network in evaluation mode with the weights of epoch `kept_epoch`, and how it came about.

    start   what came from the given weights; None from scratch.
    chosen  what inner validation chose, JSON-ready: the depth with its curve, or C of each classifier.
    """

    model: Network
    history: list[EpochReport]
    kept_epoch: int
    stopped_because: StoppedBecause
    notes: tuple[str, ...] = field(default=())
    start: Transfer | None = None
    chosen: dict[str, Any] = field(default_factory=dict)
