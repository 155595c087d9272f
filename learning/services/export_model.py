"""A model as it leaves the installation: safetensors with its card inside, and the card beside it to read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from core import audit
from core.errors import Invalid
from core.models import User
from learning.services.model_reference import ModelReference


def export_model(*, model: ModelReference, folder: Path, user: User | None = None) -> tuple[Path, Path]:
    """Write both files into the folder and return their paths. Raises Invalid for a file that is no model of ours."""
    from learning.toolkit.export import read_card
    from learning.toolkit.weights import ModelFileError

    try:
        card = read_card(model.path)
    except ModelFileError as error:
        raise Invalid(str(error)) from None
    folder.mkdir(parents=True, exist_ok=True)
    name = model.name.removesuffix(".safetensors").replace("/", "-model-")
    weights, described = folder / f"{name}.safetensors", folder / f"{name}.json"
    if weights.resolve() != model.path.resolve():
        shutil.copyfile(model.path, weights)
    described.write_text(json.dumps(card.as_dict(), indent=2) + "\n", encoding="utf-8")
    if model.version is not None:
        project, number = model.version.project, model.version.number
        audit.record("model.exported", actor=user, project=project, subject=f"model:{number}")
    return weights, described
