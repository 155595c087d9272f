"""What a recipe does to some of the project's images, as a picture: computed in a short process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from django.conf import settings

from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.dicomweb.access import note_opening
from imaging.models import Split, Study
from learning.recipe import Recipe
from learning.services.images import images_of, left_out_told, pixels_of, usable
from learning.services.invariances import bound_recipe

IMAGES = 3
TILE = 128
"""Pixels of the whole image's picture."""
_SECONDS = 60
_STUDIES = 12
_one_at_a_time = Lock()


def preview_sheet(*, project: Project, recipe: Recipe, user: User) -> bytes:
    """A PNG with a row per image: as it is stored, as the network sees it, then altered four times.

    Whoever sees it has opened the studies, and the log says so. Training cuts around readers' marks where the recipe
    says so; here images are shown whole, as for a prediction.
    Raises Invalid where the project has no image to show or the recipe cannot read them, Conflict while another preview
    is being computed.
    """
    recipe = bound_recipe(project, recipe)
    studies = Study.objects.visible_to(user).filter(
        projects=project, patient__split=Split.POOL, patient__withdrawn_at=None, patient__is_quarantined=False
    ).order_by("-pk").values_list("pk", flat=True)[:_STUDIES]
    found = [one for images in images_of(project, studies).values() for one in images]
    if not found:
        raise Invalid("This project has no image to show yet. Import some first.")
    instances, left_out = usable(found, recipe.input)
    if not instances:
        raise Invalid(left_out_told(left_out.values(), volumes=recipe.input.is_volume))
    if not _one_at_a_time.acquire(timeout=_SECONDS / 4):
        raise Conflict("Another preview is being computed. Try again in a moment.")
    try:
        shown = instances[:IMAGES]
        sheet = _computed(recipe, images=pixels_of(shown, recipe.input), stored=pixels_of(shown, TILE))
    finally:
        _one_at_a_time.release()
    for study in {one.series.study for one in shown}:
        note_opening(user, study, project)
    return sheet


def _computed(recipe: Recipe, **arrays: Any) -> bytes:
    with tempfile.TemporaryDirectory(prefix="radloop-preview-") as name:
        folder = Path(name)
        for array, values in arrays.items():
            np.save(folder / f"{array}.npy", values[np.arange(len(values))])
        (folder / "recipe.json").write_text(recipe.model_dump_json(), encoding="utf-8")
        command = [sys.executable, "-m", "learning.toolkit.preview", name]
        try:
            subprocess.run(command, cwd=settings.BASE_DIR, check=True, capture_output=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise Invalid(f"The preview took over {_SECONDS} s. Try again when fewer jobs are running.") from None
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise Invalid(f"These images cannot be shown with this recipe: {last[0]}") from None
        return (folder / "sheet.png").read_bytes()
