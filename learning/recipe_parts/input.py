"""The section "input" of a recipe."""

import re
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from learning.recipe_parts.base import Part

WINDOWS: dict[str, tuple[float, float]] = {
    "lung": (-600, 1500),
    "mediastinum": (40, 400),
    "bone": (400, 1800),
    "brain": (40, 80),
    "subdural": (75, 215),
    "stroke": (35, 40),
    "liver": (60, 160),
    "abdomen": (50, 400),
    "angiography": (300, 600),
}
"""Centre and width in Hounsfield units of windows in common use; sites differ by some tens."""
MOST_WINDOWS = 6
PLANES = 3
_BAG = ("tri_planar", "projections", "slices", "views")

Volume = Literal["middle", "2.5d", "tri_planar", "projections", "slices", "3d", "views"]


class InputPart(Part):
    """What the network sees."""

    size: int = Field(
        default=96,
        ge=32,
        le=1024,
        title="Image size",
        description="Side of the square image the network sees, in pixels. Twice the side costs four times the time.",
        json_schema_extra={"unit": "px"},
    )
    channels: Literal[1, 3] = Field(
        default=1,
        title="Channels",
        description="1 for greyscale; 3 repeats the grey image for networks that started on colour photographs.",
    )
    normalise: Literal["percentile", "none", "window", "imagenet", "xrv", "symmetric", "zscore"] = Field(
        default="percentile",
        title="Brightness",
        description="percentile: each image's 1st to 99th percentile becomes 0 to 1; none: the stored values "
        "(integers divided by the largest value of their type); window: Hounsfield units through the windows below; "
        "imagenet: as networks trained on photographs expect it; xrv: -1024 to 1024, as TorchXRayVision's networks "
        "expect it (1 channel); symmetric: -1 to 1 (RadImageNet); zscore: mean 0 and deviation 1 over the body "
        "(MedicalNet).",
    )
    windows: str = Field(
        default="",
        max_length=200,
        title="HU windows",
        description="Each is one channel, separated by commas: lung, mediastinum, bone, brain, subdural, stroke, "
        "liver, abdomen, angiography, or centre/width such as -600/1500. Only where pixels are Hounsfield units (CT).",
        json_schema_extra={"unit": "HU"},
    )
    spacing_mm: float | None = Field(
        default=None,
        gt=0,
        le=20,
        title="Pixel spacing",
        description="Resample to this many millimetres a pixel (a voxel, in volumes), so that a structure has the same "
        "size on every image; what does not fit is cut off around the centre. Empty: the whole image is fitted.",
        json_schema_extra={"unit": "mm"},
    )
    region: Literal["whole", "crop"] = Field(
        default="whole",
        title="Part of the image",
        description="whole: all of it; crop: a square around what readers have marked on the image. Images without a "
        "mark are cropped where the others' marks lie, so that a crop by itself tells nothing; for prediction an image "
        "without a mark is seen whole.",
    )
    margin: float = Field(
        default=0.25,
        ge=0,
        le=4,
        title="Margin around marks",
        description="Added to the crop, as a share of the mark's longer side (0.25 adds an eighth on each side).",
        json_schema_extra={"only_with": "input.region=crop"},
    )
    orientation: Literal["as_stored", "standard"] = Field(
        default="as_stored",
        title="Orientation",
        description="as_stored: as the file has it; standard: right breasts and left hands, feet and joints are "
        "mirrored to the other side by the DICOM laterality (chests are never mirrored), and volumes are turned so "
        "that slices run from feet to head, rows from front to back and columns from the patient's right to left.",
    )
    volume: Volume = Field(
        default="middle",
        title="Volumes",
        description="How a CT or MR series is seen. Planes and projections don't tell in what order slices come; "
        "slices with gru, and 3d, do. middle: its middle slice; 2.5d: three neighbouring slices as channels; "
        "tri_planar: an axial, a coronal and a sagittal slice through the centre; projections: maximum or mean along "
        "rays from several angles; slices: a sequence of slices; 3d: the volume (needs a 3-D network); views: all "
        "views of a study together (PA and lateral, four mammograms), for radiographs.",
    )
    depth: int = Field(
        default=16,
        ge=4,
        le=256,
        title="Slices",
        description="How many slices a volume is resampled to (slices, 3d). The planes and projections use as many as "
        "the image has pixels a side.",
        json_schema_extra={"unit": "slices", "only_with": "input.volume=slices,3d"},
    )
    views: int = Field(
        default=6,
        ge=1,
        le=36,
        title="Views",
        description="Projections: number of angles, spread over half a turn around the body's long axis. Views: the "
        "most images of a study that are used.",
        json_schema_extra={"only_with": "input.volume=projections,views"},
    )
    projection: Literal["max", "mean"] = Field(
        default="max",
        title="Projection",
        description="What a ray keeps: its brightest voxel (MIP), or the mean.",
        json_schema_extra={"only_with": "input.volume=projections"},
    )
    combine: Literal["mean", "max", "attention", "gru"] = Field(
        default="mean",
        title="Views combined by",
        description="How slices, planes or projections become one answer. mean: the average answer; max: the strongest "
        "of each feature; attention: learned weights, each view knows its place; gru: read one after the other, so "
        "that their order counts.",
        json_schema_extra={"only_with": "input.volume=tri_planar,projections,slices,views"},
    )

    @field_validator("windows", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A list of names or [centre, width] pairs, as programs write it, is taken too."""
        if not isinstance(value, list | tuple):
            return value
        parts = ["/".join(f"{v:g}" for v in one) if isinstance(one, list | tuple) else str(one) for one in value]
        return ", ".join(parts)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        windows = self.hu_windows
        if self.normalise == "window" and not windows:
            raise ValueError("input.normalise is 'window' but input.windows names none; for a chest CT write lung")
        if windows and self.normalise == "percentile":
            raise ValueError(
                "input.windows keeps Hounsfield units, 'percentile' would undo it; choose normalise 'window'"
            )
        if windows and self.channels != 1:
            raise ValueError("each of input.windows is a channel; leave input.channels at 1")
        if self.normalise == "imagenet" and self.network_channels not in (1, 3):
            raise ValueError(
                f"'imagenet' has one or three channels, this input {self.network_channels}; choose one or three windows"
            )
        if self.volume == "2.5d" and self.channels != 1:
            raise ValueError("2.5d fills the channels with neighbouring slices; leave input.channels at 1")
        if self.normalise == "xrv" and self.network_channels != 1:
            raise ValueError(
                f"'xrv' has one channel, this input {self.network_channels}; leave channels at 1, at most one window"
            )
        return self

    @property
    def hu_windows(self) -> tuple[tuple[float, float], ...]:
        """Centre and width of each window. Raises ValueError naming the part that is neither."""
        parts = [part.strip() for part in self.windows.split(",") if part.strip()]
        if len(parts) > MOST_WINDOWS:
            raise ValueError(f"input.windows has {len(parts)} windows, at most {MOST_WINDOWS} can be used")
        return tuple(_window(part) for part in parts)

    @property
    def grey_channels(self) -> int:
        """Channels that one plane becomes: one a window, else `channels`."""
        return len(self.hu_windows) or self.channels

    @property
    def network_channels(self) -> int:
        """Input channels of the network's first layer."""
        return self.grey_channels * (PLANES if self.volume == "2.5d" else 1)

    @property
    def uses_percentiles(self) -> bool:
        """Whether each case's own 1st to 99th percentile is 0 to 1.

        Voxels of a volume have no largest value that could stand for white, so without windows they always are, but
        for 'none'.
        """
        if self.hu_windows:
            return False
        own = self.is_volume and self.volume != "views" and self.normalise != "none"
        return own or self.normalise in ("percentile", "zscore")

    @property
    def is_volume(self) -> bool:
        """Whether a case is more than one plane."""
        return self.volume != "middle"

    @property
    def is_bag(self) -> bool:
        """Whether a 2-D network sees several views of a case, which are then combined."""
        return self.volume in _BAG

    @property
    def planes(self) -> int:
        """Planes that are stored of a case: 1 for an image."""
        known = {"middle": 1, "2.5d": PLANES, "tri_planar": PLANES, "projections": self.views, "views": self.views}
        return known.get(self.volume, self.depth)


def _window(text: str) -> tuple[float, float]:
    if text in WINDOWS:
        return WINDOWS[text]
    match = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)", text)
    if match is None or float(match[2]) <= 0:
        raise ValueError(
            f"input.windows: {text!r} is neither a known window ({', '.join(WINDOWS)}) nor centre/width with a width "
            "above 0, such as -600/1500"
        )
    return float(match[1]), float(match[2])
