"""MONAI bundles: weights with their metadata, as a folder or a zip. Only the metadata and the weights are looked at."""

import json
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from pickle import UnpicklingError
from typing import Any

import torch

from learning.toolkit.weights_file import LARGEST, ModelFileError, Tensors, flat_tensors

_METADATA, _WEIGHTS = "configs/metadata.json", ("models/model.pt", "models/model.pth")
_LARGEST_METADATA = 2**20
_SWELLING = 20


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says of itself, and its weights. Texts are empty where the metadata lack them."""

    tensors: Tensors
    name: str
    version: str
    licence: str
    publisher: str


def is_bundle(path: Path) -> bool:
    """Whether the path is a folder or a zip with a bundle's metadata."""
    if path.is_dir():
        return (path / _METADATA).is_file()
    if path.suffix != ".zip" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return _inside(archive, (_METADATA,)) is not None


def read_bundle(path: Path) -> Bundle:
    """Weights and metadata. Raises ModelFileError; nothing of the bundle's code or configuration is executed."""
    try:
        metadata = json.loads(_read(path, (_METADATA,), _LARGEST_METADATA))
        content = _read(path, _WEIGHTS, LARGEST)
        found = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except (
        UnpicklingError, RuntimeError, EOFError, ValueError, OSError, KeyError, zipfile.BadZipFile, RecursionError
    ) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(
            f"{path.name} can't be read as a MONAI bundle: its {_WEIGHTS[0]} or {_METADATA} is damaged, or holds more "
            "than tensors, which is refused because it could execute code."
        ) from error
    if not isinstance(metadata, dict):
        raise ModelFileError(f"The {_METADATA} of {path.name} is no table.")
    return Bundle(
        tensors=flat_tensors(found, path.name),
        name=_text(metadata, "name"),
        version=_text(metadata, "version"),
        licence=_text(metadata, "license") or _text(metadata, "copyright"),
        publisher=_text(metadata, "authors"),
    )


def _text(metadata: dict[str, Any], key: str) -> str:
    value = metadata.get(key, "")
    return str(value)[:300] if isinstance(value, str | int | float) else ""


def _read(path: Path, names: tuple[str, ...], most: int) -> bytes:
    if path.is_dir():
        file = next((path / name for name in names if (path / name).is_file()), None)
        if file is None:
            raise ModelFileError(f"{path.name} has no {names[0]}; a MONAI bundle does.")
        if file.stat().st_size > most:
            raise ModelFileError(f"{names[0]} of {path.name} is too large.")
        return file.read_bytes()
    with zipfile.ZipFile(path) as archive:
        member = _inside(archive, names)
        if member is None:
            raise ModelFileError(f"{path.name} has no {names[0]}; a MONAI bundle does.")
        if member.file_size > most or member.file_size > _SWELLING * max(member.compress_size, 2**16):
            raise ModelFileError(f"{names[0]} of {path.name} would unpack to {member.file_size:,} bytes; refused.")
        return archive.read(member)


def _inside(archive: zipfile.ZipFile, names: tuple[str, ...]) -> zipfile.ZipInfo | None:
    """The member at one of the names, in the zip itself or in its single folder."""
    for member in archive.infolist():
        parts = PurePosixPath(member.filename).parts
        if "/".join(parts) in names or "/".join(parts[1:]) in names:
            return member
    return None
