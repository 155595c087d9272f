"""Which names of the lexicon stand for which finding of a project, suggested from the finding's own name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from annotation.models import Finding
from reports_nlp.stages.rules import PACKS

NAMED = ("finding", "subfinding")


def lexicon_names(*, phrases: Iterable[Mapping[str, Any]] = ()) -> list[str]:
    """Every name that labels may carry: the shipped lexicon's and those of a project's own phrases."""
    own = {str(entry[key]) for entry in phrases for key in NAMED if entry.get(key)}
    return sorted(_shipped() | own)


@lru_cache(maxsize=1)
def _shipped() -> frozenset[str]:
    """Names in the English pack. Read off its files: compiling it takes a second that a page should not wait for."""
    names = set()
    for path in sorted((PACKS / "en").rglob("*.toml")):
        content = tomllib.loads(path.read_text("utf-8"))
        defaults = content.get("defaults", {})
        for entry in content.get("phrases", ()):
            names |= {str({**defaults, **entry}.get(key, "")) for key in NAMED} - {""}
            names |= set(entry.get("implies", {}))
    return frozenset(names)


def suggest_map(
    *, findings: Sequence[Finding], phrases: Iterable[Mapping[str, Any]] = ()
) -> dict[str, tuple[str, ...]]:
    """Finding code → names: the one that is spelled alike, else the finding's own name (`entries_for` teaches it)."""
    known = {_plain(name): name for name in lexicon_names(phrases=phrases)}
    return {finding.code: (_match(finding, known) or finding.name,) for finding in findings}


def _match(finding: Finding, known: Mapping[str, str]) -> str | None:
    for text in (finding.name, finding.code):
        plain = _plain(text)
        if plain in known:
            return known[plain]
        shorter = plain.removeprefix("pulmonary ").removeprefix("lung ")
        for candidate in (shorter, f"pleural {plain}"):
            if candidate in known:
                return known[candidate]
    return None


def _plain(text: str) -> str:
    """`Pleural effusions`, `pleural_effusion` and `Pleural Effusion` are one; British spelling reads as American."""
    words = re.sub(r"[^a-z0-9]+", " ", text.lower().replace("oedema", "edema")).split()
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "is", "us")) else word


def entries_for(*, findings: Sequence[Finding], suggested: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Phrases for findings that the shipped lexicon has no name for, so that reports are searched for them too."""
    known = set(lexicon_names())
    return [
        {"finding": finding.name, "words": words_of(finding), "id": f"generated-{finding.code}", "abnormal": True}
        for finding in findings if finding.name in suggested.get(finding.code, ()) and finding.name not in known
    ]


def words_of(finding: Finding) -> list[str]:
    """What a report may call it: its name, its code in words, and traits are no names."""
    names = [finding.name.lower(), finding.code.replace("-", " ").replace("_", " ").lower()]
    return [name for name in dict.fromkeys(_safe(name) for name in names) if name]


def _safe(text: str) -> str:
    """Signs that patterns read as their own are left out."""
    return " ".join(re.sub(r"[^\w\s'-]+", " ", text).split())
