"""Pixels for a researcher's program, the same that a network here would see; each study's opening is on record."""

from __future__ import annotations

import io
from collections.abc import Sequence

from core.errors import Invalid, NotFound
from core.models import Project, User
from imaging.dicomweb.access import note_opening
from imaging.models import Instance
from learning.services.images import pixels_of

MOST = 64


def pixels_as_npy(*, user: User, project: Project, keys: Sequence[str], size: int) -> bytes:
    """One .npy file: len(keys) x size x size unsigned 16-bit, in the order asked for.

    Raises Invalid for too many keys or a size out of bounds, NotFound for an image that is not this project's.
    """
    import numpy as np

    if not 1 <= len(keys) <= MOST:
        raise Invalid(f"Ask for 1 to {MOST} images at a time, not for {len(keys)}.", field="keys")
    if not 16 <= size <= 1024:
        raise Invalid(f"Images have 16 to 1024 pixels a side, not {size}.", field="size")
    found = Instance.objects.visible_to(user).filter(series__study__projects=project, sop_uid__in=keys)
    by_key = {instance.sop_uid: instance for instance in found.select_related("series__study__patient")}
    missing = [key for key in keys if key not in by_key]
    if missing:
        raise NotFound(f"{len(missing)} of these images are not in this project, for instance {missing[0][-20:]}.")
    for study in {instance.series.study_id: instance.series.study for instance in by_key.values()}.values():
        note_opening(user, study, project)
    stored = pixels_of([by_key[key] for key in keys], size)
    body = io.BytesIO()
    np.save(body, np.ascontiguousarray(stored[np.arange(len(keys))]), allow_pickle=False)
    return body.getvalue()
