"""Exports: one file per format, one typed callable, one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from annotation.formats.coco import export_coco
from annotation.formats.labels_csv import export_csv
from annotation.formats.selection import Selection
from core.errors import Invalid

Exporter = Callable[[Selection], Iterator[bytes]]

EXPORTERS: dict[str, tuple[Exporter, str, str]] = {
    "csv": (export_csv, "text/csv; charset=utf-8", "csv"),
    "coco": (export_coco, "application/json", "json"),
}
"""name → (callable, media type, file extension)"""


def exporter(name: str) -> tuple[Exporter, str, str]:
    """Raises Invalid naming the known formats."""
    try:
        return EXPORTERS[name]
    except KeyError:
        raise Invalid(f"No export format {name!r}; known: {', '.join(EXPORTERS)}.") from None


__all__ = ["EXPORTERS", "Exporter", "Selection", "exporter"]
