"""Labelled examples on the device that trains."""

import torch

from learning.recipe import Recipe
from learning.toolkit.data import Examples
from learning.toolkit.readers import make_reader


class Rows:
    """Examples ready for the device."""

    def __init__(self, examples: Examples, recipe: Recipe, device: torch.device) -> None:
        self.reader = make_reader(examples.images, recipe.input)
        self.targets = torch.from_numpy(examples.targets).to(device)
        self.weights = torch.from_numpy(examples.weights * examples.known()).to(device)

    def __len__(self) -> int:
        return len(self.targets)
