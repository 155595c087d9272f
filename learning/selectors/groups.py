"""What the vault keeps of an image that may matter for fairness and drift: sex, age, view, scanner, site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from core.models import Project
from imaging.models import Instance, Series

UNKNOWN = "not known"
"""Group of the images whose scanner or site no header told and nobody gave, where it is known of others."""
FILLED_IN_LATER = ("scanner", "site")
ATTRIBUTES: dict[str, Callable[[Series], str]] = {
    "sex": lambda series: series.study.sex,
    "age": lambda series: _band(series.study.age_years),
    "view": lambda series: series.view_position or series.modality,
    "scanner": lambda series: series.scanner,
    "site": lambda series: series.site,
}


def groups_of_images(keys: Sequence[str]) -> dict[str, list[str]]:
    """Attribute → the group of each image (SOP instance UID, with or without `:frame`), empty where it is not known."""
    uids = [key.partition(":")[0] for key in keys]
    images = Instance.objects.filter(sop_uid__in=uids).select_related("series__study").only(
        "sop_uid", "series__view_position", "series__modality", "series__manufacturer", "series__model_name",
        "series__site", "series__study__sex", "series__study__age_years",
    )
    known = {image.sop_uid: image.series for image in images}
    found = {name: [of(known[uid]) if uid in known else "" for uid in uids] for name, of in ATTRIBUTES.items()}
    return found | {name: with_unknown(found[name]) for name in FILLED_IN_LATER}


def with_unknown(values: Sequence[str]) -> list[str]:
    """Images without a value are a group of their own, but where there are only such."""
    return [value or UNKNOWN for value in values] if any(values) else list(values)


def undivided(groups: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each attribute that divides nothing: not known of any image, or the same of all."""
    told = []
    for name, values in groups.items():
        counts = Counter(value for value in values if value)
        if not counts:
            later = " Importing the same files again adds it." if name in FILLED_IN_LATER else ""
            told.append(f"{name.capitalize()}: not known of any of the {len(values)} images.{later}")
        elif len(counts) == 1:
            told.append(f"{name.capitalize()}: {next(iter(counts))}, all {counts.total()} images of which it is known.")
    return told


def different(project: Project, field: str) -> int:
    """How many values of a field (`manufacturer`, `site`) are known of the project's series."""
    known = Series.objects.filter(study__projects=project).exclude(**{field: ""})
    return len(set(known.order_by().values_list(field, flat=True).distinct()))


def _band(years: int | None) -> str:
    from learning.toolkit.subgroups import age_band

    return age_band(years)
