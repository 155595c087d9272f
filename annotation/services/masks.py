"""Pixels of masks: kept once, under the hash of what they are, on disk before the database says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from annotation.geometry import runs
from annotation.models import MaskBlob, Region
from imaging import storage
from workers.schedule import every

FOLDER = "masks"
UNUSED_FOR = timedelta(days=1)
"""A submit under way has written its masks and not yet the regions that use them; it takes seconds."""


def relative_path(sha256: str) -> str:
    return f"{FOLDER}/{sha256[:2]}/{sha256}.runs"


def keep_masks(masks: Iterable[Mapping[str, Any]]) -> list[tuple[MaskBlob, dict[str, Any]]]:
    """Of each mask {rows, columns, rle} (checked before), the blob and the geometry {blob, rows, columns, area}.

    Runs inside the transaction of the act: the row is held until then, and the file is complete before it ends.
    """
    kept = []
    for mask in masks:
        packed = runs.pack(runs.unpack(runs.from_text(mask["rle"])))
        rows, columns = int(mask["rows"]), int(mask["columns"])
        name = hashlib.sha256(f"{rows}x{columns}:".encode() + packed).hexdigest()
        blob, is_new = MaskBlob.objects.update_or_create(
            sha256=name, defaults={"used_at": timezone.now()}, create_defaults={
                "used_at": timezone.now(), "bytes": len(packed),
            },
        )
        if is_new or not storage.path_of(relative_path(name)).exists():
            storage.write_files([(relative_path(name), packed)])
        geometry = {"blob": name, "rows": rows, "columns": columns, "area": runs.area(runs.unpack(packed))}
        kept.append((blob, geometry))
    return kept


def packed_runs(sha256: str) -> bytes:
    """The file's bytes. Raises FileNotFoundError when it is gone."""
    return storage.path_of(relative_path(sha256)).read_bytes()


def mask_of(sha256: str, rows: int, columns: int) -> NDArray[np.bool_]:
    """rows x columns pixels. Raises FileNotFoundError when the file is gone, ValueError when it is bad."""
    lengths = runs.unpack(packed_runs(sha256))
    runs.check(lengths, rows, columns)
    return runs.to_mask(lengths, rows, columns)


def runs_of(region: Region) -> runs.Runs:
    """The run lengths of a mask's region. Raises FileNotFoundError when its file is gone, ValueError when it is bad."""
    lengths = runs.unpack(storage.path_of(relative_path(region.geometry["blob"])).read_bytes())
    runs.check(lengths, region.geometry["rows"], region.geometry["columns"])
    return lengths


def drop_unused(*, only: Iterable[int] | None = None, older_than: timedelta = UNUSED_FOR) -> int:
    """Blobs that nothing points at go, rows and files; `only` these. Returns how many went.

    What points at one is a region, or a row of an app above (a predicted mask): whichever relations the row has.

    Who takes a blob up at the same moment waits for the row, and then writes both anew.
    """
    unused = MaskBlob.objects.filter(used_at__lte=timezone.now() - older_than)
    for relation in MaskBlob._meta.related_objects:
        unused = unused.filter(**{f"{relation.get_accessor_name()}__isnull": True})
    if only is not None:
        unused = unused.filter(pk__in=list(only))
    gone = 0
    for pk in list(unused.values_list("pk", flat=True)):
        with transaction.atomic():
            blob = MaskBlob.objects.select_for_update().filter(pk=pk).first()
            # Asked once the row is held: Postgres locks no row of an outer join, and what came before counts.
            if blob is not None and not any(
                relation.related_model._base_manager.filter(**{relation.field.name: blob}).exists()
                for relation in MaskBlob._meta.related_objects
            ):
                path = relative_path(blob.sha256)
                blob.delete()
                storage.remove(path)
                gone += 1
    return gone


@every(3600)
def forget_unused_masks() -> int:
    """Masks that nothing points at any more, and files that a failed act left. Returns how many went."""
    return drop_unused() + _drop_strays()


def _drop_strays() -> int:
    folder = storage.path_of(FOLDER)
    before = (timezone.now() - UNUSED_FOR).timestamp()
    old = [path for path in folder.glob("*/*") if path.stat().st_mtime < before] if folder.exists() else []
    known = set(MaskBlob.objects.values_list("sha256", flat=True)) if old else set()
    strays: list[Path] = [path for path in old if path.stem not in known]
    for path in strays:
        if path.exists() and path.stat().st_mtime < before:  # not taken up in between
            path.unlink(missing_ok=True)
    return len(strays)
