"""A model as an ONNX file for other programs: calibrated probabilities, checked against torch before it is kept.

ONNX holds a graph of known operators and its weights; nothing in it can execute code of ours.
"""

import io
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from learning.statement import STATEMENT
from learning.toolkit.export import ModelCard
from learning.toolkit.nets import Network
from learning.toolkit.readers import input_shape
from learning.toolkit.weights import ModelFileError

TOLERANCE = 1e-4
"""Largest difference of a probability between ONNX Runtime and torch that is still called equal."""
_OPSET = 17
_BATCHES = (1, 3)
_EDGE = 1e-7


@dataclass(frozen=True, slots=True)
class OnnxCheck:
    """What the comparison with torch found: largest difference of any probability, over how many made-up inputs."""

    largest_difference: float
    inputs: int

    @property
    def sentence(self) -> str:
        """For the page and the card."""
        return (
            f"ONNX Runtime and torch differ by at most {self.largest_difference:.1e} in probability "
            f"over {self.inputs} random inputs."
        )


class _Calibrated(nn.Module):
    """Network input to calibrated probabilities, B x F, in one graph."""

    temperatures: torch.Tensor
    shifts: torch.Tensor

    def __init__(self, model: Network, card: ModelCard) -> None:
        super().__init__()
        self.model = model
        f = len(card.findings)
        self.register_buffer("temperatures", torch.tensor(card.temperatures or (1.0,) * f))
        self.register_buffer("shifts", torch.tensor(card.shifts or (0.0,) * f))
        self.is_calibrated = card.temperatures is not None or card.shifts is not None
        self.excludes = card.recipe.targets.kind == "multiclass"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        p: torch.Tensor = self.model.probabilities(self.model(x))
        if not self.is_calibrated:
            return p
        if self.excludes:
            return torch.softmax(p.clamp_min(_EDGE).log() / self.temperatures, dim=1)
        return torch.sigmoid((torch.logit(p, eps=_EDGE) - self.shifts) / self.temperatures)


def export_onnx(path: Path, model: Network, card: ModelCard, *, seed: int = 0) -> OnnxCheck:
    """Write the model to `path` and read it back: input `image` (batch first, as `network input` says), output
    `probability`, B x F. The card travels in the file's metadata.

    Raises ModelFileError, and leaves no file, when the network cannot be written or ONNX Runtime disagrees with torch.
    """
    whole = _Calibrated(model, card).eval().cpu().float()
    generator = torch.Generator().manual_seed(seed)
    shape = input_shape(model.input)
    batches = [torch.randn(n, *shape, generator=generator) for n in _BATCHES]
    data = _with_metadata(_graph(whole, batches[0]), card, shape)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    try:
        check = _check(partial, whole, batches)
    except ModelFileError:
        partial.unlink()
        raise
    partial.replace(path)
    return check


def _graph(whole: nn.Module, example: torch.Tensor) -> bytes:
    stream: Any = io.BytesIO()
    axes = {"image": {0: "batch"}, "probability": {0: "batch"}}
    try:
        with torch.inference_mode(False), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter's own deprecation and of constants it folds
            torch.onnx.export(
                whole, (example,), stream, dynamo=False, opset_version=_OPSET, dynamic_axes=axes,
                input_names=["image"], output_names=["probability"],
            )
    except (RuntimeError, TypeError, ValueError) as error:  # an operator without ONNX counterpart is each of these
        raise ModelFileError(
            f"This network cannot be written as ONNX: {str(error).splitlines()[0]} Use the safetensors file instead."
        ) from error
    return bytes(stream.getvalue())


def _with_metadata(graph: bytes, card: ModelCard, shape: tuple[int, ...]) -> bytes:
    import onnx

    proto: Any = onnx.load_from_string(graph)
    proto.producer_name = "RadLoop"
    proto.doc_string = STATEMENT
    needs = f"batch x {' x '.join(map(str, shape))}, prepared as the card's recipe.input says, about -2 to 2"
    about = {
        "radloop_card": json.dumps(card.as_dict()),
        "findings": json.dumps(list(card.findings)),
        "network input": needs,
        "statement": STATEMENT,
    }
    for key, value in about.items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    return bytes(proto.SerializeToString())


def _check(path: Path, whole: nn.Module, batches: list[torch.Tensor]) -> OnnxCheck:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    worst = 0.0
    with torch.inference_mode():
        for batch in batches:
            found = session.run(["probability"], {"image": batch.numpy()})[0]
            worst = max(worst, float(np.abs(found - whole(batch).numpy()).max()))
    if not worst <= TOLERANCE:
        raise ModelFileError(
            f"ONNX Runtime gives other probabilities than torch (off by {worst:.2g}, allowed {TOLERANCE:g}); "
            "no file was written. Use the safetensors file."
        )
    return OnnxCheck(worst, sum(map(len, batches)))
