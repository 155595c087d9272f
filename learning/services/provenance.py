"""What a run's figures depend on besides data and recipe: code, libraries, machine."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.conf import settings

from learning.recipe import Recipe

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "scikit-image", "monai", "pydicom", "Django")
CODE = ("learning", "imaging", "annotation")
"""Packages whose source decides about figures: what is trained, on which pixels, with whose answers."""


def environment(recipe: Recipe) -> dict[str, Any]:
    """Flat and JSON-ready, in the order in which a page lists it."""
    import torch

    from learning.toolkit.device import choose_device, uses_bf16

    device = choose_device()
    on_gpu = torch.cuda.is_available()
    return {
        "radloop": _version("radloop") or "source", "code": code_hash(), "commit": commit(),
        "python": platform.python_version(), **{name: _version(name) for name in LIBRARIES},
        "machine": platform.machine(), "system": f"{platform.system()} {platform.release()}",
        "processor": torch.cuda.get_device_name() if on_gpu else _processor(),
        "device": "cuda" if on_gpu else "cpu", "threads": torch.get_num_threads(), "seed": recipe.seed,
        "precision": "bfloat16" if uses_bf16(recipe.precision, recipe.network.name, device) else "float32",
    }


@cache
def code_hash() -> str:
    """16 hex digits over every Python file of the packages that decide about figures, by name and content."""
    root = Path(settings.BASE_DIR)
    digest = hashlib.sha256()
    for package in CODE:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def commit() -> str:
    """The checked-out commit, read from .git without starting a program; empty in an image without history."""
    folder = Path(settings.BASE_DIR) / ".git"
    try:
        head = (folder / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        loose = folder / name
        if loose.is_file():
            return loose.read_text(encoding="ascii").strip()
        packed = (folder / "packed-refs").read_text(encoding="ascii").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    except (OSError, UnicodeDecodeError):
        return ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {os.cpu_count()} threads" if names else platform.processor()
