"""Patches of images and volumes that are too large to learn from whole."""

import torch

_CENTRED = 1 / 3
"""Share of patches around a marked pixel (Isensee et al. 2021): elsewhere a small finding would hardly be seen."""


class Patcher:
    """Cuts a patch at a random place out of each image, the same place out of its mask.

    side  pixels along each axis, at most the image's; None cuts nothing.
    """

    def __init__(self, side: int | None) -> None:
        self.side = side

    def cut(
        self, batch: torch.Tensor, masks: torch.Tensor, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """B x C x … and B x F x … to patches of equal size."""
        whole = tuple(batch.shape[2:])
        if self.side is None or all(length <= self.side for length in whole):
            return batch, masks
        size = tuple(min(length, self.side) for length in whole)
        places = [self._place(mask, whole, size, generator) for mask in masks]
        cuts = [tuple(slice(p, p + s) for p, s in zip(place, size, strict=True)) for place in places]
        return (
            torch.stack([image[(slice(None), *cut)] for image, cut in zip(batch, cuts, strict=True)]),
            torch.stack([mask[(slice(None), *cut)] for mask, cut in zip(masks, cuts, strict=True)]),
        )

    def _place(
        self, mask: torch.Tensor, whole: tuple[int, ...], size: tuple[int, ...], generator: torch.Generator
    ) -> list[int]:
        """First corner: anywhere, or so that a marked pixel lies in the patch's middle as far as the border allows."""
        draws = torch.rand(len(whole) + 2, generator=generator).tolist()
        free = [length - side for length, side in zip(whole, size, strict=True)]
        anywhere = [min(int(draw * (room + 1)), room) for draw, room in zip(draws, free, strict=False)]
        if draws[-2] >= _CENTRED:
            return anywhere
        marked = torch.nonzero((mask == 1).any(dim=0))
        if not len(marked):
            return anywhere
        chosen = marked[min(int(draws[-1] * len(marked)), len(marked) - 1)].tolist()
        centred = (place - side // 2 for place, side in zip(chosen, size, strict=True))
        return [max(0, min(corner, room)) for corner, room in zip(centred, free, strict=True)]
