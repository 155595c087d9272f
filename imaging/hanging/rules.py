"""The shape of a hanging protocol: a list of rules, each with what it is for, a layout, and a wish per viewport."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Term = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=40,
                                        pattern=r"^-?[A-Za-z0-9]+(/[A-Za-z0-9]+)*$")]
"""One word, or alternatives with slashes (`PA/AP`); of description words, `-WORD` must be missing."""
Terms = Annotated[list[Term], Field(max_length=12)]
LAYOUTS: tuple[tuple[int, int], ...] = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2), (2, 3), (3, 2))
"""Rows and columns that the room can show."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Strict):
    """What the study must be. Every term that stands here has to be met by some image or series of it."""

    modalities: Terms = []
    body_parts: Terms = []
    views: Terms = []
    sides: Terms = []
    words: Terms = []
    least: Annotated[int, Field(ge=0, le=99)] | None = None
    """Least number of series (for radiographs: of images)."""
    most: Annotated[int, Field(ge=0, le=99)] | None = None
    prior: bool | None = None
    """Whether there must be a comparable earlier study, or must not; None: either."""


class Pane(_Strict):
    """What one viewport asks for. Terms are a preference: what fits best hangs, what contradicts most stays out."""

    study: Literal["current", "prior"] = "current"
    modalities: Terms = []
    body_parts: Terms = []
    views: Terms = []
    sides: Terms = []
    words: Terms = []
    plane: Literal["", "axial", "sagittal", "coronal"] = ""


class Rule(_Strict):
    """One protocol: `name` is told to the reader as the reason."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    rows: Annotated[int, Field(ge=1, le=3)]
    columns: Annotated[int, Field(ge=1, le=3)]
    when: When = When()
    panes: Annotated[list[Pane], Field(min_length=1, max_length=6)]

    @model_validator(mode="after")
    def _panes_fill_the_layout(self) -> Rule:
        if (self.rows, self.columns) not in LAYOUTS:
            raise ValueError(f"no layout of {self.rows} × {self.columns}")
        if len(self.panes) != self.rows * self.columns:
            raise ValueError(f"{self.rows} × {self.columns} needs {self.rows * self.columns} viewports")
        return self


class RuleSet(_Strict):
    """A project's protocols. Of those that fit, the most specific wins; of equals, the first."""

    rules: Annotated[list[Rule], Field(max_length=40)] = []

    @model_validator(mode="after")
    def _names_differ(self) -> RuleSet:
        names = [rule.name.lower() for rule in self.rules]
        if len(names) != len(set(names)):
            raise ValueError("two rules have the same name")
        return self
