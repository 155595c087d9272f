"""The section "network" of a recipe."""

from typing import Literal

from pydantic import Field

from learning.recipe_parts.base import Part

HAND_CRAFTED = ("histogram", "hog", "lbp", "radiomics")
"""Backbones without weights: their features are computed, not learned."""
VOLUMETRIC = ("small_cnn3d", "resnet10_3d", "resnet18_3d", "resnet34_3d", "resnet50_3d")
"""Networks that read volumes."""


class NetworkPart(Part):
    """Which network."""

    name: Literal[
        "small_cnn",
        "resnet18",
        "resnet50",
        "densenet121",
        "small_cnn3d",
        "resnet10_3d",
        "resnet18_3d",
        "resnet34_3d",
        "resnet50_3d",
        "histogram",
        "hog",
        "lbp",
        "radiomics",
    ] = Field(
        default="small_cnn",
        title="Network",
        description="small_cnn: 28 thousand parameters, seconds on a CPU; resnet18: 11 million; resnet50: 24 million; "
        "densenet121: 7 million, the usual choice for chest radiographs, wants a GPU or patience; small_cnn3d: 57 "
        "thousand, for volumes; resnet10_3d, resnet18_3d, resnet34_3d, resnet50_3d: residual networks for volumes, as "
        "MedicalNet trained them (14, 33, 63 and 46 million); histogram, hog, lbp, radiomics: features without a "
        "network (brightness, oriented gradients, local binary patterns, first-order and texture figures), the "
        "baseline that a network must beat, with frozen tuning.",
    )
