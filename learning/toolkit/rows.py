"""Labelled examples on the device that trains."""

import torch

from learning.recipe import Recipe
from learning.toolkit.augment import augment
from learning.toolkit.data import Examples, Indices
from learning.toolkit.readers import make_reader

Drawn = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class Rows:
    """Examples ready for the device.

    targets  N x F, NaN where not assessed; of masks, whether there is any of the finding.
    weights  N x F, 0 where not assessed.
    """

    def __init__(self, examples: Examples, recipe: Recipe, device: torch.device) -> None:
        self.recipe = recipe
        self.device = device
        self.reader = make_reader(examples.images, recipe.input)
        self.targets = torch.from_numpy(examples.targets).to(device)
        self.weights = torch.from_numpy(examples.weights * examples.known()).to(device)

    def __len__(self) -> int:
        return len(self.targets)

    def draw(self, part: Indices, generator: torch.Generator) -> Drawn:
        """Network input of these rows, altered by numbers from `generator`, with what it is compared to and weights."""
        batch = augment(self.reader.batch(part, self.device), self.recipe.augmentation, generator=generator)
        return batch, self.targets[part], self.weights[part]

    def plain(self, part: Indices) -> Drawn:
        """The same without alterations."""
        return self.reader.batch(part, self.device), self.targets[part], self.weights[part]


def make_rows(examples: Examples, recipe: Recipe, device: torch.device) -> Rows:
    """The rows that suit the recipe's task. Raises DataError where the examples do not hold what it needs."""
    return Rows(examples, recipe, device)
