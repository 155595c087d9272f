"""Which weights of a network are trained, and how fast each learns."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from torch import nn

from learning.recipe import Recipe
from learning.toolkit.nets import Network

ParameterGroup = dict[str, Any]


class Tuning(Protocol):
    """Decides over the weights of one network during one training."""

    def groups(self, model: Network) -> list[ParameterGroup]:
        """Parameter groups for the optimiser; `factor` multiplies the learning rate of a group."""

    def train_mode(self, model: Network) -> None:
        """Training mode for what is trained, evaluation mode for what is frozen."""

    def at_step(self, model: Network, share: float) -> None:
        """Called before each step with the part of all steps that is done, 0 to 1."""


class TuneAll:
    """Every weight is trained at the same rate; one-dimensional ones (norms, biases) are not decayed."""

    def __init__(self, weight_decay: float) -> None:
        self.weight_decay = weight_decay

    def groups(self, model: Network) -> list[ParameterGroup]:
        """See `Tuning`."""
        return [decayed_group(model.parameters(), self.weight_decay), undecayed_group(model.parameters())]

    def train_mode(self, model: Network) -> None:
        """See `Tuning`."""
        model.train()

    def at_step(self, model: Network, share: float) -> None:
        """Nothing changes on the way."""


class TuneStages:
    """The head and the top stages learn, each stage at its own rate; what lies below stays as it was, bit for bit.

    Layers of the backbone that belong to no stage (what fuses slices or views) are new, so they learn with the head.

    free         stages that learn, counted from the top; None: all.
    body_rate    share of the head's learning rate that the top stage gets (Tajbakhsh et al. 2016).
    layer_decay  each stage further down gets this share of the one above.
    probe_share  part of all steps in which only the head learns (Kumar et al. 2022).
    keeps_norms  batch normalisation keeps the given means and variances everywhere.
    """

    def __init__(
        self,
        weight_decay: float,
        *,
        free: int | None = None,
        body_rate: float = 1.0,
        layer_decay: float = 1.0,
        probe_share: float = 0.0,
        keeps_norms: bool = False,
    ) -> None:
        self.weight_decay = weight_decay
        self.free = free
        self.body_rate = body_rate
        self.layer_decay = layer_decay
        self.probe_share = probe_share
        self.keeps_norms = keeps_norms
        self.is_probing = probe_share > 0

    def groups(self, model: Network) -> list[ParameterGroup]:
        """See `Tuning`. Frozen stages are in no group and get no gradient."""
        rates = [(parameters_without_stage(model), 1.0)]
        stages = list(reversed(model.stages))
        for distance, (_, layers) in enumerate(stages):
            if self.free is None or distance < self.free:
                rates.append((parameters_of(layers), self.body_rate * self.layer_decay**distance))
        self._open(model)
        groups: list[ParameterGroup] = []
        for parameters, factor in rates:
            groups += [
                decayed_group(parameters, self.weight_decay, factor),
                undecayed_group(parameters, factor),
            ]
        return [group for group in groups if group["params"]]

    def train_mode(self, model: Network) -> None:
        """See `Tuning`."""
        model.train()
        for layers in self._closed(model):
            for layer in layers:
                layer.eval()
        if self.keeps_norms:
            for layer in model.backbone.modules():
                if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                    layer.eval()

    def at_step(self, model: Network, share: float) -> None:
        """Frees the body when the head has had its share of the steps."""
        probing = share < self.probe_share
        if probing != self.is_probing:
            self.is_probing = probing
            self._open(model)
            self.train_mode(model)

    def _closed(self, model: Network) -> Sequence[Sequence[nn.Module]]:
        stages = [layers for _, layers in model.stages]
        free = 0 if self.is_probing else len(stages) if self.free is None else self.free
        return stages[: max(0, len(stages) - free)]

    def _open(self, model: Network) -> None:
        """Gradients for what learns now."""
        model.requires_grad_(True)
        for layers in self._closed(model):
            for layer in layers:
                layer.requires_grad_(False)


def parameters_of(layers: Iterable[nn.Module]) -> list[nn.Parameter]:
    """All weights of some layers, each once."""
    return [p for layer in layers for p in layer.parameters()]


def parameters_without_stage(model: Network) -> list[nn.Parameter]:
    """The head and whatever of the backbone belongs to no stage."""
    staged = {id(p) for _, layers in model.stages for p in parameters_of(layers)}
    return [p for p in model.parameters() if id(p) not in staged]


def decayed_group(parameters: Any, weight_decay: float, factor: float = 1.0) -> ParameterGroup:
    """The matrices and kernels among `parameters`."""
    return {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay, "factor": factor}


def undecayed_group(parameters: Any, factor: float = 1.0) -> ParameterGroup:
    """The norms and biases among `parameters`."""
    return {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0, "factor": factor}


def make_tuning(recipe: Recipe, model: nn.Module) -> Tuning:
    """The recipe's way of tuning. Incremental tuning is a chain of shallow ones (`incremental`)."""
    part, decay = recipe.tuning, recipe.regularisation.weight_decay
    plain = part.kind == "all" and part.body_rate == part.layer_decay == 1
    if plain and part.norm_statistics == "update":
        return TuneAll(decay)
    return TuneStages(
        decay,
        free=part.stages if part.kind in ("shallow", "incremental") else None,
        body_rate=part.body_rate,
        layer_decay=part.layer_decay,
        probe_share=part.probe_share if part.kind == "probe_then_tune" else 0.0,
        keeps_norms=part.norm_statistics == "keep",
    )


def words_of(recipe: Recipe, model: Network) -> str:
    """What learns, for the run's page: `Frozen: stem, layer1, layer2. Learning: layer3, layer4 and the head.`"""
    names = [name for name, _ in model.stages]
    if recipe.tuning.kind == "frozen" or not names:
        return "Frozen: the whole network; a linear classifier learns on its features."
    free = recipe.tuning.stages if recipe.tuning.kind in ("shallow", "incremental") else len(names)
    cut = max(0, len(names) - free)
    learning = ", ".join(names[cut:])
    frozen = f"Frozen: {', '.join(names[:cut])}. " if cut else ""
    return f"{frozen}Learning: {learning + ' and ' if learning else ''}the head."
