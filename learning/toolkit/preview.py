"""python -m learning.toolkit.preview FOLDER: what a network would see of some images, as it is and altered.

Reads FOLDER/recipe.json, FOLDER/images.npy (as the recipe's reader takes them) and, if there, FOLDER/stored.npy (the
same images whole, N x H x W, uint16). Writes FOLDER/sheet.png with one row per image: as stored, as the network sees
it, then altered four times, as in four epochs. Of several planes or windows a mosaic is shown.
A process of its own, so that whoever asks need not load torch.
"""

import math
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
MOST_PLANES = 9
_GAP, _FIRST_GAP = 2, 10
Bytes = npt.NDArray[np.uint8]


def sheet(images: npt.ArrayLike, recipe: Recipe, stored: npt.ArrayLike | None = None) -> Bytes:
    """Rows x columns x 3 picture of the images: (as stored,) unaltered, and altered four times."""
    given = np.asarray(images)
    plain = make_reader(given, recipe.input).batch(np.arange(len(given)))
    seen = [plain]
    for number in range(ALTERED):
        generator = torch.Generator().manual_seed(recipe.seed + number)
        altered = augment(plain, recipe.augmentation, generator=generator)
        weights = torch.ones(len(altered), 1)
        seen.append(mix(altered, torch.zeros(len(altered), 1), weights, recipe, generator=generator)[0])
    whole = None if stored is None else torch.from_numpy(np.asarray(stored).astype(np.float32) / 65535 * 4 - 2)
    rows = []
    for image in range(len(given)):
        tiles = [] if whole is None else [_mosaic(whole[image][None])]
        tiles += [_mosaic(_planes(column[image], recipe)) for column in seen]
        parts = [tiles[0]]
        for number, tile in enumerate(tiles[1:]):
            is_group = number < len(tiles) - ALTERED
            parts += [np.full((TILE, _FIRST_GAP if is_group else _GAP, 3), 255, np.uint8), tile]
        rows.append(np.concatenate(parts, axis=1))
        rows.append(np.full((_GAP, rows[0].shape[1], 3), 255, np.uint8))
    return np.concatenate(rows[:-1])


def _planes(case: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """P x H x W of one case; a grey image that is repeated for a colour network is one plane."""
    if recipe.input.channels == 3:
        case = case[..., :1, :, :] if case.ndim == 3 or recipe.input.is_bag else case[:1]
    planes = case.reshape(-1, *case.shape[-2:])
    chosen = torch.linspace(0, len(planes) - 1, min(len(planes), MOST_PLANES)).round().long()
    return planes[chosen]


def _mosaic(planes: torch.Tensor) -> Bytes:
    """The planes side by side in one tile, row by row; an absent view is black."""
    side = math.ceil(math.sqrt(len(planes)))
    tile, small = np.zeros((TILE, TILE, 3), np.uint8), TILE // side
    for number, plane in enumerate(planes):
        grey = ((plane.nan_to_num(-2) / 4 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8).numpy()
        picture = np.asarray(Image.fromarray(grey).resize((small, small), Image.Resampling.BILINEAR))
        top, left = number // side * small, number % side * small
        tile[top : top + small, left : left + small] = picture[..., None]
    return tile


def main(folder: Path) -> None:
    """Write the sheet of a folder."""
    torch.set_num_threads(1)
    recipe = load_recipe(folder / "recipe.json")
    stored = np.load(folder / "stored.npy") if (folder / "stored.npy").exists() else None
    Image.fromarray(sheet(np.load(folder / "images.npy"), recipe, stored)).save(folder / "sheet.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
