"""python -m learning.toolkit.preview FOLDER: what a network would see of some images, as it is and altered.

Reads FOLDER/recipe.json and FOLDER/images.npy (N x H x W or as the recipe's reader takes them), writes FOLDER/sheet.png
with one row per image: first as the network sees it unaltered, then altered four times, as in four epochs.
A process of its own, so that whoever asks need not load torch.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from learning.recipe import Recipe, load_recipe
from learning.toolkit.augment import augment
from learning.toolkit.mixing import mix
from learning.toolkit.readers import make_reader

ALTERED = 4
TILE = 128
_GAP, _FIRST_GAP = 2, 10
Bytes = npt.NDArray[np.uint8]


def sheet(images: npt.ArrayLike, recipe: Recipe) -> Bytes:
    """Rows x columns x 3 picture of the images, each unaltered and altered four times."""
    stored = np.asarray(images)
    plain = make_reader(stored, recipe.input).batch(np.arange(len(stored)))
    columns = [plain]
    in_colour = len(recipe.input.hu_windows) >= 3 and not recipe.input.is_volume
    for number in range(ALTERED):
        generator = torch.Generator().manual_seed(recipe.seed + number)
        altered = augment(plain, recipe.augmentation, generator=generator)
        weights = torch.ones(len(altered), 1)
        columns.append(mix(altered, torch.zeros(len(altered), 1), weights, recipe, generator=generator)[0])
    rows = []
    for image in range(len(stored)):
        tiles = [_tile(column[image], in_colour=in_colour) for column in columns]
        gaps = [np.full((TILE, gap, 3), 255, np.uint8) for gap in (_FIRST_GAP, *[_GAP] * (ALTERED - 1))]
        rows.append(np.concatenate([tiles[0], *(part for pair in zip(gaps, tiles[1:], strict=True) for part in pair)], 1))
        rows.append(np.full((_GAP, rows[0].shape[1], 3), 255, np.uint8))
    return np.concatenate(rows[:-1])


def _tile(image: torch.Tensor, *, in_colour: bool) -> Bytes:
    """The middle plane of what a network sees, in grey; or the first three windows as red, green and blue."""
    planes = image.reshape(-1, *image.shape[-2:])
    shown = planes[:3] if in_colour else planes[len(planes) // 2][None].expand(3, -1, -1)
    grey = ((shown / 4 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    return np.asarray(Image.fromarray(grey).resize((TILE, TILE), Image.Resampling.BILINEAR))


def main(folder: Path) -> None:
    """Write the sheet of a folder."""
    torch.set_num_threads(1)
    recipe = load_recipe(folder / "recipe.json")
    Image.fromarray(sheet(np.load(folder / "images.npy"), recipe)).save(folder / "sheet.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
