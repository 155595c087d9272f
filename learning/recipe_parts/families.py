"""Families of public weights: which networks they come for and how their publishers scale an image.

Pure data, so that a form can say what fits before any file is opened.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """What all weights of one publisher have in common.

    title        as the publisher calls them.
    publisher    who trained them.
    networks     names of our networks that take them.
    normalise    the recipe's `input.normalise` that equals the publisher's scaling.
    licence      of the weights, as the publisher states it; the file's own is recorded when it is added.
    source       what they were trained on, for the rule of thumb on how much to tune.
    page         where they are published.
    """

    title: str
    publisher: str
    networks: tuple[str, ...]
    normalise: str
    licence: str
    source: str
    page: str


FAMILIES: dict[str, Family] = {
    "imagenet": Family(
        title="ImageNet (torchvision's format)",
        publisher="PyTorch / torchvision",
        networks=("resnet18", "resnet50", "densenet121"),
        normalise="imagenet",
        licence="BSD-3-Clause (code); ImageNet's terms allow non-commercial research",
        source="natural photographs",
        page="https://pytorch.org/vision/stable/models.html",
    ),
    "xrv": Family(
        title="TorchXRayVision densenet121-res224",
        publisher="TorchXRayVision (Cohen et al. 2022)",
        networks=("densenet121",),
        normalise="xrv",
        licence="Apache-2.0 (code); the training sets' own terms apply",
        source="chest radiographs",
        page="https://github.com/mlmed/torchxrayvision",
    ),
    "radimagenet": Family(
        title="RadImageNet",
        publisher="BMEII, Icahn School of Medicine (Mei et al. 2022)",
        networks=("resnet50", "densenet121"),
        normalise="symmetric",
        licence="as agreed with RadImageNet; research use",
        source="CT, MR and ultrasound images",
        page="https://github.com/BMEII-AI/RadImageNet",
    ),
    "medicalnet": Family(
        title="Med3D / MedicalNet",
        publisher="Tencent (Chen, Ma and Zheng 2019)",
        networks=("resnet10_3d", "resnet18_3d", "resnet34_3d", "resnet50_3d"),
        normalise="zscore",
        licence="MIT",
        source="CT and MR volumes of 23 data sets",
        page="https://github.com/Tencent/MedicalNet",
    ),
    "monai": Family(
        title="MONAI bundle",
        publisher="as the bundle's metadata says",
        networks=("resnet18", "resnet50", "densenet121", "resnet10_3d", "resnet18_3d", "resnet34_3d", "resnet50_3d"),
        normalise="",
        licence="as the bundle's metadata says",
        source="as the bundle's metadata says",
        page="https://github.com/Project-MONAI/model-zoo",
    ),
}
"""An empty `normalise` means that the weights do not say; the recipe's own stands."""


def family_of(weights: str) -> str:
    """`xrv/all` → `xrv`. Raises ValueError naming the families.

    >>> family_of("imagenet/resnet18")
    'imagenet'
    """
    family, slash, name = weights.partition("/")
    if not (slash and name) or family not in FAMILIES:
        raise ValueError(f"weights are named FAMILY/NAME with a family of {', '.join(FAMILIES)}; not {weights!r}")
    return family
