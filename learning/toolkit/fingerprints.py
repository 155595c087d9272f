"""Which images and patients a model has seen, as salted hashes that travel with it."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

_HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Overlap:
    """Rows of a set that the model was trained on, by image and by patient."""

    images: tuple[int, ...]
    patients: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.images or self.patients)

    @property
    def sentence(self) -> str:
        """For a warning."""
        return (
            f"{len(self.images)} of these images were in this model's training set, and {len(self.patients)} belong "
            "to patients that were; figures on them flatter the model."
        )


@dataclass(frozen=True, slots=True)
class TrainingPrint:
    """Hashes of the keys, the patients and (if given) the pixels of a training set.

    Pixels are hashed as stored for training, so a copy under another name is found too, as long as it was
    prepared in the same way.

    >>> seen = TrainingPrint.of(keys=["1.2.3"], patients=["anna"])
    >>> seen.overlap(keys=["9.9", "1.2.3"], patients=["bob", "carl"]).images
    (1,)
    """

    salt: str
    keys: frozenset[int]
    patients: frozenset[int]
    pixels: frozenset[int]

    @classmethod
    def of(cls, *, keys: Iterable[str], patients: Iterable[str], images: Any | None = None) -> Self:
        """Hash under a fresh salt; `images` is N x ... as stored."""
        salt = secrets.token_hex(16)
        return cls(
            salt=salt,
            keys=frozenset(_text(salt, "key", keys)),
            patients=frozenset(_text(salt, "patient", patients)),
            pixels=frozenset(_pixels(salt, images)),
        )

    def overlap(self, *, keys: Sequence[str], patients: Sequence[str], images: Any | None = None) -> Overlap:
        """Rows of the given set that were trained on."""
        by_key = (h in self.keys for h in _text(self.salt, "key", keys))
        by_pixel = [h in self.pixels for h in _pixels(self.salt, images)] or [False] * len(keys)
        by_patient = (h in self.patients for h in _text(self.salt, "patient", patients))
        return Overlap(
            images=tuple(i for i, (a, b) in enumerate(zip(by_key, by_pixel, strict=True)) if a or b),
            patients=tuple(i for i, hit in enumerate(by_patient) if hit),
        )


def _text(salt: str, kind: str, values: Iterable[str]) -> list[int]:
    return [_number(f"{salt}:{kind}:{value}".encode()) for value in values]


def _pixels(salt: str, images: Any | None) -> list[int]:
    if images is None:
        return []
    start = f"{salt}:pixels:".encode()
    return [_number(start + np.ascontiguousarray(images[i]).tobytes()) for i in range(images.shape[0])]


def _number(data: bytes) -> int:
    digest = hashlib.sha256(data).digest()[:_HASH_BYTES]
    return int.from_bytes(digest, "little", signed=True)
