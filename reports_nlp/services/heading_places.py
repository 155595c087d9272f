"""A human coder's MeSH headings as finding, side and place: `Opacity/lung/middle lobe/right` says where to look."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from reports_nlp.stages.rules import PACKS

_SIDES = {"left": "left", "right": "right", "bilateral": "both", "both": "both"}
_PLACES = {
    "base": "base", "bases": "base", "costophrenic angle": "base", "apex": "apex", "upper lobe": "upper lobe",
    "middle lobe": "middle lobe", "lower lobe": "lower lobe", "lingula": "lingula", "hilum": "hilum", "ribs": "ribs",
}
"""Qualifiers of headings and what the rules call that place."""


@dataclass(frozen=True)
class CodedPlace:
    """Names are the lexicon's and the rules'; laterality is left, right, both or empty."""

    findings: tuple[str, ...]
    """Every name that coders write this term for."""
    laterality: str
    anatomy: tuple[str, ...]


def coded_place(heading: str) -> CodedPlace | None:
    """None for a heading whose term stands for no finding of the lexicon, `normal` among them."""
    parts = [part.strip().lower() for part in heading.split("/")]
    terms = _terms()
    for length in range(len(parts), 0, -1):
        findings = terms.get("/".join(parts[:length]))
        if findings is not None:
            rest = parts[length:]
            side = next((_SIDES[part] for part in rest if part in _SIDES), "")
            return CodedPlace(findings, side, tuple(_PLACES[part] for part in rest if part in _PLACES))
    return None


@lru_cache(maxsize=1)
def _terms() -> Mapping[str, tuple[str, ...]]:
    """Heading's term, in small letters, with and without its `/lung` → names in the lexicon."""
    named = tomllib.loads((PACKS / "mesh.toml").read_text("utf-8"))["terms"]
    terms: dict[str, tuple[str, ...]] = {}
    for finding, term in named.items():
        for known in {str(term).lower(), str(term).lower().removesuffix("/lung")}:
            terms[known] = (*terms.get(known, ()), str(finding))
    return terms
