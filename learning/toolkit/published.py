"""Where publishers keep their weights, and fetching one. Nothing here runs during a training."""

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from learning.toolkit.weights_file import LARGEST

_TORCH = "https://download.pytorch.org/models/"
_XRV = "https://github.com/mlmed/torchxrayvision/releases/download/v1/"
_MEDICALNET = "https://huggingface.co/TencentMedicalNet/MedicalNet-Resnet{0}/resolve/main/resnet_{0}{1}.pth"
_TIMEOUT = 20.0
_BLOCK = 2**20
OFFLINE = ("HF_HUB_OFFLINE", "RADLOOP_OFFLINE")


class FetchError(RuntimeError):
    """A published file can't be had; the message says why and how to bring it by hand."""


@dataclass(frozen=True, slots=True)
class Published:
    """One published file: where it is, the network it is for, and how its SHA-256 starts where the publisher says."""

    url: str
    network: str
    sha256: str = ""


def _xrv(name: str) -> Published:
    return Published(f"{_XRV}{name}-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt", "densenet121")


PUBLISHED: dict[str, Published] = {
    "imagenet/resnet18": Published(_TORCH + "resnet18-f37072fd.pth", "resnet18", "f37072fd"),
    "imagenet/resnet50": Published(_TORCH + "resnet50-0676ba61.pth", "resnet50", "0676ba61"),
    "imagenet/resnet50-v2": Published(_TORCH + "resnet50-11ad3fa6.pth", "resnet50", "11ad3fa6"),
    "imagenet/densenet121": Published(_TORCH + "densenet121-a639ec97.pth", "densenet121", "a639ec97"),
    "xrv/densenet121-res224-all": _xrv("nih-pc-chex-mimic_ch-google-openi-kaggle"),
    "xrv/densenet121-res224-nih": _xrv("nih"),
    "xrv/densenet121-res224-pc": _xrv("pc"),
    "xrv/densenet121-res224-chex": _xrv("chex"),
    "xrv/densenet121-res224-rsna": _xrv("kaggle"),
    "xrv/densenet121-res224-mimic_nb": _xrv("mimic_nb"),
    "xrv/densenet121-res224-mimic_ch": _xrv("mimic_ch"),
    "medicalnet/resnet10": Published(_MEDICALNET.format(10, "_23dataset"), "resnet10_3d"),
    "medicalnet/resnet18": Published(_MEDICALNET.format(18, "_23dataset"), "resnet18_3d"),
    "medicalnet/resnet34": Published(_MEDICALNET.format(34, "_23dataset"), "resnet34_3d"),
    "medicalnet/resnet50": Published(_MEDICALNET.format(50, "_23dataset"), "resnet50_3d"),
}
"""torchvision writes the start of the SHA-256 into the file's name. RadImageNet's come on request, by hand."""


def is_offline() -> bool:
    """Whether the site has forbidden fetching (HF_HUB_OFFLINE=1, as Hugging Face's own tools read it)."""
    return any(os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on") for name in OFFLINE)


def fetch(
    name: str, one: Published, folder: Path, *, progress: Callable[[float | None], None] = lambda part: None
) -> Path:
    """Download into `folder`, whole or not at all, and check what the publisher says of its SHA-256.

    progress  hears the part that is done, 0 to 1; None where the size is not known.

    Raises FetchError.
    """
    by_hand = f"Fetch it where there is a network and add it with: manage.py add_weights {name} --file FILE"
    if is_offline():
        raise FetchError(f"This site is offline ({' or '.join(OFFLINE)} is set): {one.url} is not fetched. {by_hand}")
    target = folder / Path(one.url).name
    partial = target.with_name(target.name + ".partial")
    try:
        digest = _download(one.url, partial, progress)
    except (urllib.error.URLError, OSError, ValueError) as error:
        partial.unlink(missing_ok=True)
        reason = getattr(error, "reason", error)
        raise FetchError(f"{one.url} can't be fetched ({reason}). {by_hand}") from error
    if not digest.startswith(one.sha256):
        partial.unlink(missing_ok=True)
        raise FetchError(
            f"{one.url} is not what its publisher wrote: SHA-256 {digest[:16]}… instead of {one.sha256}…. Try again, "
            "or compare it with the publisher's page."
        )
    partial.replace(target)
    return target


def _download(url: str, partial: Path, progress: Callable[[float | None], None]) -> str:
    digest, done = hashlib.sha256(), 0
    # addresses come from the table above, never from a person
    request = urllib.request.Request(url, headers={"User-Agent": "radloop"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer, partial.open("wb") as file:  # noqa: S310
        size = int(answer.headers.get("Content-Length") or 0)
        while block := answer.read(_BLOCK):
            done += len(block)
            if done > LARGEST:
                raise OSError(f"more than {LARGEST / 2**30:.0f} GiB")
            digest.update(block)
            file.write(block)
            progress(min(1.0, done / size) if size else None)
    if size and done != size:
        raise OSError(f"{done:,} of {size:,} bytes came")
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
