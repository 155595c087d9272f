"""Separate random streams, so that a strategy that is not used changes nothing bit for bit."""

from typing import Any

import numpy as np

STREAMS = ("initialisation", "sampling", "augmentation", "dropout", "unlabelled")


class Streams:
    """One NumPy generator per purpose, all from one seed; the state is plain JSON.

    >>> one, other = Streams(7), Streams(7)
    >>> _ = other["unlabelled"].random(1000)
    >>> one.seed("dropout") == other.seed("dropout")
    True
    """

    def __init__(self, seed: int) -> None:
        children = np.random.SeedSequence(seed).spawn(len(STREAMS))
        self._generators = {
            name: np.random.Generator(np.random.PCG64(child)) for name, child in zip(STREAMS, children, strict=True)
        }

    def __getitem__(self, name: str) -> np.random.Generator:
        return self._generators[name]

    def seed(self, name: str) -> int:
        """The next seed of a stream, for one torch generator in one step."""
        return int(self._generators[name].integers(2**62))

    def state(self) -> dict[str, Any]:
        """State of all streams, JSON-ready."""
        return {name: generator.bit_generator.state for name, generator in self._generators.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken."""
        for name, generator in self._generators.items():
            generator.bit_generator.state = state[name]
