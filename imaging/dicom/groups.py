"""Numbers of nested groups that reading needs: geometry and scale of each frame, scale of ultrasound regions."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from imaging.dicom.numbers import numbers

FRAME_MACROS: dict[str, tuple[str, ...]] = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth"),
}
MOST_FRAMES = 5000
_REGION_INTEGERS = (
    "RegionSpatialFormat", "RegionDataType", "RegionFlags", "RegionLocationMinX0", "RegionLocationMinY0",
    "RegionLocationMaxX1", "RegionLocationMaxY1", "PhysicalUnitsXDirection", "PhysicalUnitsYDirection",
)
_REGION_DECIMALS = ("PhysicalDeltaX", "PhysicalDeltaY")


def keep_frames(dataset: Dataset, clean: Dataset) -> None:
    """Per-Frame Functional Groups with their numbers alone; what all frames share stands in the header itself."""
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if not 1 < len(frames) <= MOST_FRAMES:
        return
    kept = [_frame(frame) for frame in frames]
    if any(len(frame) for frame in kept):
        clean.PerFrameFunctionalGroupsSequence = Sequence(kept)


def _frame(group: Dataset) -> Dataset:
    kept = Dataset()
    for macro, keywords in FRAME_MACROS.items():
        item = next(iter(group.get(macro) or []), None)
        inside = _numeric(item, keywords, float) if item is not None else Dataset()
        if len(inside):
            setattr(kept, macro, Sequence([inside]))
    return kept


def keep_regions(dataset: Dataset, clean: Dataset) -> None:
    """Where in an ultrasound picture which scale holds (PS3.3 C.8.5.5)."""
    regions = [_region(region) for region in dataset.get("SequenceOfUltrasoundRegions") or []]
    if regions:
        clean.SequenceOfUltrasoundRegions = Sequence(regions)


def _region(region: Dataset) -> Dataset:
    kept = _numeric(region, _REGION_INTEGERS, int)
    kept.update(_numeric(region, _REGION_DECIMALS, float))
    return kept


def _numeric(source: Dataset, keywords: tuple[str, ...], kind: type[int] | type[float]) -> Dataset:
    kept = Dataset()
    for keyword in keywords:
        value = numbers(source.get(keyword), kind)
        if value is not None:
            setattr(kept, keyword, value)
    return kept
