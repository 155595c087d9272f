"""Which model a person means: one of this installation's, or an exported file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError

from core.errors import Invalid
from core.models import Project
from learning.models import ModelVersion
from learning.services.gate import model_path


@dataclass(frozen=True)
class ModelReference:
    """A model file, and its row when it is one of this installation's."""

    path: Path
    name: str
    version: ModelVersion | None = None


def find_model(text: str) -> ModelReference:
    """`PROJECT/3` (number within the project), `12` (id in the database) or the path of an exported .safetensors file.

    A file needs no database. Raises Invalid, naming what there is.
    """
    path = Path(text)
    if path.is_file():
        return ModelReference(path, path.name)
    if path.suffix == ".safetensors":
        raise Invalid(f"There is no file {text}.")
    try:
        version = _version(text)
    except DatabaseError:
        raise Invalid(f"No database answers here to look up {text!r}. Give an exported .safetensors file.") from None
    if not model_path(version).is_file():
        raise Invalid(f"The file of {version} is missing at {model_path(version)}. Restore it from a backup.")
    return ModelReference(model_path(version), f"{version.project.slug}/{version.number}", version)


def _version(text: str) -> ModelVersion:
    slug, _, number = text.rpartition("/")
    if not number.isdigit():
        raise Invalid(f"{text!r} is no model. Write PROJECT/NUMBER, a database id, or the path of a .safetensors file.")
    found = ModelVersion.objects.select_related("project", "run__snapshot")
    if not slug:
        version = found.filter(pk=int(number)).first()
        if version is None:
            raise Invalid(f"No model has the database id {number}. Or write PROJECT/NUMBER.")
        return version
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none"
        raise Invalid(f"No project {slug!r}; known: {known}.")
    version = found.filter(project=project, number=int(number)).first()
    if version is None:
        known_numbers = project.model_versions.order_by("number").values_list("number", flat=True)
        numbers = ", ".join(str(n) for n in known_numbers)
        raise Invalid(f"Project {slug} has no model {number}; it has: {numbers or 'none yet'}.")
    return version
