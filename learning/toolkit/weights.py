"""Starting from weights that somebody else trained, without executing anything."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from learning.toolkit.nets import Network
from learning.toolkit.nets.norms import norm_mismatch
from learning.toolkit.publishers import absent_biases, fit_channels, is_first_layer, our_names
from learning.toolkit.weights_file import WEIGHTS, ModelFileError, Tensors, read_weights

__all__ = ["WEIGHTS", "ModelFileError", "Transfer", "read_weights", "start_from"]

_COUNTER = "num_batches_tracked"
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Transfer:
    """Which weights of the network came from the file, and which of the file's were left.

    loaded   number of tensors taken.
    fresh    the network's tensors that the file does not have.
    unused   the file's tensors that the network does not have: its head, as a rule.
    adapted  first layers that were fitted to another number of channels.
    """

    loaded: int
    fresh: tuple[str, ...]
    unused: tuple[str, ...] = ()
    adapted: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """For the run's log."""
        parts = [f"Started from {self.loaded} tensors of the given model"]
        if self.adapted:
            parts.append(f"fitted to the channels: {', '.join(self.adapted)}")
        if self.fresh:
            parts.append(f"fresh: {_listed(self.fresh)}")
        if self.unused:
            parts.append(f"not used: {_listed(self.unused)}")
        return "; ".join(parts) + "."

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def start_from(model: Network, path: Path, weights: str = "") -> Transfer:
    """Load every tensor of the file that fits by name and shape (bare backbones too); the rest stays fresh.

    weights  FAMILY/NAME of public weights, whose names are translated first and must give the whole backbone; empty
             for a model of ours.

    Raises ModelFileError when nothing fits, or when public weights leave any of the backbone untouched.
    """
    return adopt(model, read_weights(path), weights, name=path.name)


def adopt(model: Network, found: Tensors, weights: str = "", *, name: str = "The file") -> Transfer:
    """`start_from` for a table of tensors that was read already; `name` is for messages."""
    if weights:
        found = our_names(found, weights, model.name)
    own = model.state_dict()
    fitting, taken, adapted = _match(own, found)
    if weights:
        fitting |= absent_biases(own, fitting)
    if not fitting:
        raise ModelFileError(
            f"No tensor of {name} fits this network by name and shape; choose the network it was trained with."
        )
    mismatch = norm_mismatch(own, found) if model.stages else ""
    if mismatch:
        raise ModelFileError(f"{name} does not fit this network's normalisation. {mismatch}")
    fresh = tuple(own_name for own_name in own if own_name not in fitting and not own_name.endswith(_COUNTER))
    missing = [one for one in fresh if one.startswith("backbone.") and not one.startswith("backbone.combine.")]
    if weights and missing:
        raise ModelFileError(
            f"{name} is not {weights} for {model.name}: {len(missing)} tensors of the network are not in it with "
            f"the right shape ({_listed(missing)}). Choose the network that it was trained with."
        )
    model.load_state_dict(fitting, strict=False)
    unused = tuple(other for other in found if other not in taken and not other.endswith(_COUNTER))
    loaded = sum(not own_name.endswith(_COUNTER) for own_name in fitting) if weights else len(fitting)
    return Transfer(loaded, fresh, unused, tuple(adapted))


def _match(own: Tensors, found: Tensors) -> tuple[Tensors, set[str], list[str]]:
    """What fits, the names in the file that were taken, and ours whose channels were fitted."""
    fitting: Tensors = {}
    taken: set[str] = set()
    adapted: list[str] = []
    for name, tensor in own.items():
        given = next((other for other in (name, *_aliases(name)) if other in found), None)
        if given is None:
            continue
        if found[given].shape == tensor.shape:
            fitting[name] = found[given].to(tensor.dtype)
        elif name.startswith("backbone.") and is_first_layer(found[given].shape, tensor.shape):
            fitting[name] = fit_channels(found[given].to(tensor.dtype), tensor.shape)
            adapted.append(name)
        else:
            continue
        taken.add(given)
    return fitting, taken, adapted


def _aliases(name: str) -> tuple[str, ...]:
    """The same weight in a bare backbone, and in a network that reads one view where this one reads several."""
    return _bare(name), name.replace("backbone.encoder.", "backbone.", 1)


def _bare(name: str) -> str:
    return name.removeprefix("backbone.").removeprefix("encoder.")


def _listed(names: Any) -> str:
    shown = list(names)
    rest = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + rest
