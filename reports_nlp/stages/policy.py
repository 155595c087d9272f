"""Policies: what the words of a report are worth, as data. One TOML file each, in reports_nlp/policies."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

POLICIES = Path(__file__).resolve().parent.parent / "policies"


class PolicyError(ValueError):
    """A policy that cannot be read: says which setting and what it may be."""


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    name: str
    labels: tuple[str, ...]
    """Findings in the order of the output's columns."""
    sections: tuple[tuple[str, ...], ...]
    """Groups of sections, best first: the first group of which the report has one gives the labels."""
    hedges: Mapping[str, str]
    """Kind of hedge or of qualified negation -> present, absent or uncertain."""
    descriptors: Mapping[str, str]
    """normal, enlarged, borderline, stable, obscured -> present, absent, uncertain or nothing."""
    alternatives: frozenset[str]
    """Findings that "A or B" makes uncertain."""
    slashed: frozenset[str]
    """Those that "A/B" makes uncertain when both are among them."""
    unslashed: frozenset[str]
    """Subfindings that "A/B" leaves as they are."""
    explained: frozenset[str]
    """Findings that a harmless reading (granuloma, nipple shadow) takes away."""
    signs: Mapping[str, tuple[str, ...]]
    """Subfinding that is only a sign -> readings beside which it is no mention of its own."""
    order: tuple[str, ...]
    """Which polarity wins over which in a report."""
    level: str
    """mention: the order alone; report: the impression's word before that of the findings."""
    closure: Mapping[str, str]
    """Child -> parent: what a present child also says; empty when off."""
    normal_statements: Mapping[str, tuple[str, ...]]
    """Kind of normal statement -> findings it makes absent; empty when off."""
    no_finding_ignores: frozenset[str]
    """Findings that do not stand against No Finding."""
    no_finding_also: frozenset[str]
    """Findings that are no abnormality of themselves and yet stand against it."""
    polarities: Mapping[str, Mapping[str, str]]
    """Finding (or subfinding) -> polarity -> what it becomes; for findings that a convention reads in its own way."""
    rename: Mapping[str, str]
    """Subfinding -> the label it is counted under instead, empty to leave it out."""
    no_finding_needs_normal: bool
    definition: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def policies() -> list[str]:
    return sorted(path.stem for path in POLICIES.glob("*.toml"))


def load_policy(name: str = "chexpert", settings: Mapping[str, Any] | None = None) -> Policy:
    """A shipped policy, with a project's own settings laid over it section by section.

    Raises PolicyError for an unknown name or value.
    """
    return _load(name, json.dumps(dict(settings or {}), sort_keys=True))


@lru_cache(maxsize=32)
def _load(name: str, settings: str) -> Policy:
    path = POLICIES / f"{name}.toml"
    if name not in policies():
        raise PolicyError(f"No policy {name!r}; there are {', '.join(policies())}.")
    content = _over(tomllib.loads(path.read_text("utf-8")), json.loads(settings))
    return _policy(name, content)


def _over(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(changes) - set(base)
    if unknown:
        raise PolicyError(f"Unknown setting {', '.join(sorted(unknown))}; known are {', '.join(sorted(base))}.")
    return {
        key: {**value, **changes[key]} if isinstance(value, dict) and key in changes else changes.get(key, value)
        for key, value in base.items()
    }


def _policy(name: str, content: Mapping[str, Any]) -> Policy:
    allowed = {"present", "absent", "uncertain", "ignored"}
    for table in ("hedges", "descriptors"):
        for key, value in content[table].items():
            if value not in allowed:
                raise PolicyError(f"{name}: {table}.{key} is {value!r}; it may be {', '.join(sorted(allowed))}.")
    if content["aggregation"]["level"] not in ("mention", "report"):
        raise PolicyError(f"{name}: aggregation.level may be mention or report.")
    closure, normal = content["closure"], content["normal_statements"]
    none = content["no_finding"]
    return Policy(
        name=name, labels=tuple(content["labels"]), sections=tuple(tuple(one) for one in content["sections"]),
        hedges=content["hedges"], descriptors=content["descriptors"],
        alternatives=frozenset(content["alternatives"]["findings"]),
        slashed=frozenset(content["alternatives"]["slashed"]),
        unslashed=frozenset(content["alternatives"]["unslashed"]),
        explained=frozenset(content["explained"]["findings"]),
        signs={sign: tuple(readings) for sign, readings in content["signs"].items()},
        order=tuple(content["aggregation"]["order"]), level=content["aggregation"]["level"],
        closure=closure["parents"] if closure["enabled"] else {},
        normal_statements={k: tuple(v) for k, v in normal["absent"].items()} if normal["enabled"] else {},
        no_finding_ignores=frozenset(none["ignores"]), no_finding_also=frozenset(none["also"]),
        no_finding_needs_normal=none["needs_normal_statement"],
        polarities=content["polarities"], rename=content["rename"], settings=content,
        definition=hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest(),
    )
