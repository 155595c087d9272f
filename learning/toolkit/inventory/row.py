"""One promise of the product: a row of the review with the code that keeps it and the tests that would notice."""

from dataclasses import dataclass
from typing import Literal

Claim = Literal["gain", "equivalent", "harm", "none"]


@dataclass(frozen=True, slots=True)
class Row:
    """A named method, use case or claim.

    id       as in the inventory: T5, I8.
    name     what it is, in the field's words.
    code     dotted objects, `package.module:object`, that do it; the first is where to start reading.
    tests    pytest nodes of the exact mechanism tests, `tests/x/test_y.py::test_z`.
    control  the arm it is measured against, in words; empty where nothing is measured.
    effect   `benchmarks.strategy_table.effects.module:function` that plays both arms with one seed; empty where `why`
             says that there is nothing to measure.
    claim    what the review expects of the strategy against its control; "none" where it expects nothing.
    note     where the review is loose, or what the row means here.
    why      why the row has no effect test: a fact, an obsolete claim, a mechanism that has no control arm.
    """

    id: str
    name: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    control: str = ""
    effect: str = ""
    claim: Claim = "none"
    note: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        if not (self.code and self.tests):
            raise ValueError(f"Row {self.id} names no code or no test; a promise needs both.")
        if bool(self.effect) == bool(self.why):
            raise ValueError(f"Row {self.id} needs either an effect or a reason for having none.")
        if self.effect and not self.control:
            raise ValueError(f"Row {self.id} has an effect, so it must say what it is measured against.")
