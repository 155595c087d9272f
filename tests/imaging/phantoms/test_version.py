"""Every figure names the generator that made its images; so a change of the generator is a change of its version."""

from __future__ import annotations

from imaging.phantoms.version import PHANTOM_VERSION, sources_digest


def test_the_sources_are_those_of_the_frozen_version() -> None:
    assert sources_digest() == PHANTOM_VERSION, (
        "imaging/phantoms has changed. Its figures no longer hold: run `python -m benchmarks.phantoms`, write the "
        "result into docs/experiments.md, re-run what else used phantoms, then set PHANTOM_VERSION to "
        f"{sources_digest()!r}."
    )
