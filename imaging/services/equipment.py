"""Scanner and site of a series: taken at the door, and filled in later where the vault did not keep them yet."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pydicom

from core.errors import Invalid
from imaging.dicom.equipment import NOTHING_TOLD, SITE_NAME, TAGS, Equipment, equipment_of, filled
from imaging.dicom.keys import Keys
from imaging.models import Series


def checked_site(name: str) -> str:
    """A site's name as its importer gives it. Raises Invalid for one that is too long or holds other signs."""
    name = " ".join(name.split())
    if name and not SITE_NAME.fullmatch(name):
        told = "A site's name has at most 32 letters, digits, spaces or signs of .()&-, e.g. north."
        raise Invalid(told, field="site")
    return name


def told_of_known(series: Series, path: Path | None, keys: Keys, site: str) -> Equipment:
    """What a file that is stored already says of its series, read only where something is missing there.

    `path` is None for a picture, which says nothing. A header that cannot be read says nothing either.
    """
    if all(asdict(_of(series)).values()):
        return NOTHING_TOLD
    if path is None:
        return Equipment(site=site)
    try:
        header = pydicom.dcmread(path, force=True, stop_before_pixels=True, specific_tags=list(TAGS))
    except Exception:
        return Equipment(site=site)
    return equipment_of(header, keys, site=site)


def fill_equipment(series: Series, found: Equipment) -> bool:
    """Write what was not known; what was known stays. Returns whether anything was written."""
    before = _of(series)
    after = filled(before, found)
    if after == before:
        return False
    series.manufacturer, series.model_name, series.site = after.manufacturer, after.model_name, after.site
    return bool(Series.objects.filter(pk=series.pk, **asdict(before)).update(**asdict(after)))


def _of(series: Series) -> Equipment:
    return Equipment(series.manufacturer, series.model_name, series.site)
