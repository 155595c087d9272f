"""MeSH headings as coders of radiographs write them: `Opacity/lung/middle lobe/right/patchy`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from reports_nlp.stages.reads import Read
from reports_nlp.stages.rules import PACKS
from reports_nlp.stages.types import Context, Mention, Polarity, SectionKind

_SIDES = {"left": "left", "right": "right", "both": "bilateral"}


def headings_of(reads: Iterable[Read], counted: frozenset[SectionKind], *, normal: bool) -> tuple[str, ...]:
    """A heading for each thing that is said to be there: term / site / place / side / qualities.

    A hedged reading is not coded. `normal` says that nothing is wrong: then that is the heading.
    """
    terms = _terms()
    found: dict[str, None] = {}
    for read in reads:
        if read.section not in counted:
            continue
        qualities = read.qualities or [()] * len(read.mentions)
        for mention, words in zip(read.mentions, qualities, strict=True):
            term = terms.get(mention.subfinding) or terms.get(mention.finding)
            if term and mention.polarity is Polarity.PRESENT and mention.context is Context.ASSERTED:
                found[_heading(term, mention, words)] = None
    return tuple(found) or (("normal",) if normal else ())


def _heading(term: str, mention: Mention, words: Iterable[str]) -> str:
    side = "" if "lingula" in mention.anatomy else _SIDES.get(mention.laterality)
    return "/".join([term, *mention.anatomy, *([side] if side else []), *words])


@lru_cache(maxsize=1)
def _terms() -> Mapping[str, str]:
    return dict(tomllib.loads((PACKS / "mesh.toml").read_text("utf-8"))["terms"])
