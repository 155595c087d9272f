"""Rule packs: the phrases of one language as data, read once and compiled into one table."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from reports_nlp.stages.patterns import PatternError, expand
from reports_nlp.stages.words import Words, compounds

PACKS = Path(__file__).resolve().parent.parent / "rules"
ENGINE = "1"
"""Part of every definition: raised when the code reads the same phrases differently."""

ENTITY_ROLES = frozenset({"finding", "subject", "organ", "normal", "excluded"})
ATTRIBUTE_ROLES = frozenset({"laterality", "anatomy", "severity", "temporal", "appearance", "count"})
DIRECTIONS = frozenset({"forward", "backward", "both", ""})


class RulesError(ValueError):
    """A pack that cannot be read: says file, entry and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One entry of a pack: what its phrases mean."""

    id: str
    role: str
    words: tuple[str, ...]
    finding: str = ""
    """Name among the labels, for findings and subjects."""
    subfinding: str = ""
    """Narrower name that the phrase also says, e.g. Nodule under Lung Lesion."""
    direction: str = ""
    """Where a cue looks: forward, backward or both."""
    kind: str = ""
    """What sort within its role: possible, probable, hard, soft, left, mild, …"""
    implies: tuple[tuple[str, str], ...] = ()
    """Further findings, with the polarity they get when this one is not absent."""
    abnormal: bool = True
    """Whether it stands against No Finding."""
    limits: Mapping[str, str] = field(default_factory=dict)
    why: str = ""

    def entry(self) -> dict[str, Any]:
        return {
            "id": self.id, "role": self.role, "words": list(self.words), "finding": self.finding,
            "subfinding": self.subfinding, "direction": self.direction, "kind": self.kind,
            "implies": [list(one) for one in self.implies], "abnormal": self.abnormal, "limits": dict(self.limits),
        }


Node = dict[Any, Any]
"""A table of phrases: word -> Node; the key None holds the rules of the phrase that ends here, per layer."""

ENTITY, CUE, PROJECT = 0, 1, 2
FILLERS = "~"
"""In a phrase: words of the pack's `fillers` may stand here."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """A compiled pack. Cheap to share between threads: nothing in it changes after `load_rules`, but a cache."""

    language: str
    rules: tuple[Rule, ...]
    settings: Mapping[str, Any]
    words: Words
    table: Node
    """Entities and cues: what labels need."""
    attributes: Node
    fillers: frozenset[str]
    headings: Mapping[str, str]
    """Normalised heading -> section kind."""
    abbreviations: frozenset[str]
    definition: str

    def without(self, rule_id: str) -> Rules:
        """The same pack with one rule taken out (a test asks whether it is needed)."""
        return _compile(self.language, [rule for rule in self.rules if rule.id != rule_id], self.settings)


def languages() -> list[str]:
    return sorted(path.name for path in PACKS.iterdir() if (path / "language.toml").exists())


def load_rules(language: str = "en", extra_phrases: Iterable[Mapping[str, Any]] = ()) -> Rules:
    """The pack of a language, with a project's own phrases on top.

    `extra_phrases` are entries as packs write them: at least `finding` and `words`; `role` is "finding" unless said.
    A phrase of the project stands beside the pack's where both match; one with the role "excluded" stands instead.
    Raises RulesError for an unknown language or an entry that cannot be read.
    """
    extra = json.dumps(list(extra_phrases), sort_keys=True)
    return _load(language, extra)


@lru_cache(maxsize=32)
def _load(language: str, extra: str) -> Rules:
    folder = PACKS / language
    if not (folder / "language.toml").exists():
        raise RulesError(f"No rule pack for {language!r}; there are {', '.join(languages())}.")
    settings = tomllib.loads((folder / "language.toml").read_text("utf-8"))
    rules: list[Rule] = []
    for path in sorted(folder.rglob("*.toml")):
        if path.name == "language.toml":
            continue
        place = f"{language}/{path.relative_to(folder).with_suffix('').as_posix()}"
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise RulesError(f"{path}: {error}") from error
        defaults = content.get("defaults", {})
        rules += [_rule({**defaults, **entry}, place, number) for number, entry in enumerate(content["phrases"])]
    rules += [_rule(entry, f"{language}/project", number) for number, entry in enumerate(json.loads(extra))]
    return _compile(language, rules, settings)


_FIELDS = {
    "id", "role", "words", "finding", "subfinding", "direction", "kind", "implies", "abnormal", "limits", "why",
}


def _rule(entry: Mapping[str, Any], place: str, number: int) -> Rule:
    unknown = set(entry) - _FIELDS
    if unknown:
        names = ", ".join(sorted(unknown))
        raise RulesError(f"{place}, entry {number + 1}: unknown {names}; known are {sorted(_FIELDS)}")
    words = entry.get("words", ())
    role = entry.get("role", "finding")
    name = str(entry.get("id") or number + 1)
    if not words or isinstance(words, str):
        raise RulesError(f"{place}/{name}: `words` must be a list of phrases")
    if role in ("finding", "subject") and not entry.get("finding"):
        raise RulesError(f"{place}/{name}: a {role} needs `finding`, the name it stands for")
    if entry.get("direction", "") not in DIRECTIONS:
        raise RulesError(f"{place}/{name}: direction must be one of {sorted(DIRECTIONS)}")
    return Rule(
        id=f"{place}/{name}", role=role, words=tuple(words), finding=entry.get("finding", ""),
        subfinding=entry.get("subfinding", ""), direction=entry.get("direction", ""), kind=entry.get("kind", ""),
        implies=tuple((str(k), str(v)) for k, v in dict(entry.get("implies", {})).items()),
        abnormal=entry.get("abnormal", role in ("finding", "subject")), limits=entry.get("limits", {}),
        why=entry.get("why", ""),
    )


def _compile(language: str, rules: Sequence[Rule], settings: Mapping[str, Any]) -> Rules:
    words = Words(
        fold=settings.get("fold", {}), spelling=settings.get("spelling", {}),
        plural=[(a, b) for a, b in settings.get("plural", [])], keep=settings.get("keep", []),
        glued=settings.get("glued", []), protected=settings.get("protected", []),
        typo_length=settings.get("typo_length", 7),
    )
    classes = settings.get("classes", {})
    inside = compounds(settings.get("compound_parts", ()))
    table: Node = {}
    attributes: Node = {}
    known: set[str] = set()
    correctable: set[str] = set()
    for rule in rules:
        target = attributes if rule.role in ATTRIBUTE_ROLES else table
        layer = ENTITY if rule.role in ENTITY_ROLES or target is attributes else CUE
        if layer == ENTITY and target is table and rule.id.startswith(f"{language}/project/"):
            layer = PROJECT
        for pattern in rule.words:
            try:
                sequences = list(expand(pattern, classes))
            except PatternError as error:
                raise RulesError(f"{rule.id}: {error}") from error
            for sequence in sequences:
                forms = [words.plain(part) for piece in sequence for part in pieces(piece, inside)]
                if not forms:
                    raise RulesError(f"{rule.id}: {pattern!r} also stands for no word at all")
                known.update(forms)
                correctable.update(forms)
                _add(target, forms, layer, rule)
    words.learn(known, correctable)
    headings = {
        " ".join(heading.lower().split()): kind
        for kind, names in settings.get("headings", {}).items() for heading in names
    }
    content = json.dumps([[rule.entry() for rule in rules], settings, ENGINE], sort_keys=True, default=str)
    return Rules(
        language=language, rules=tuple(rules), settings=settings, words=words, table=table, attributes=attributes,
        fillers=frozenset(words.plain(word) for word in settings.get("fillers", [])), headings=headings,
        abbreviations=frozenset(a.lower() for a in settings.get("abbreviations", [])),
        definition=hashlib.sha256(content.encode()).hexdigest(),
    )


def pieces(word: str, inside: re.Pattern[str] | None = None) -> list[str]:
    """A written word as the tokens it becomes: hyphens and apostrophes vanish, a slash stays.

    `inside` says where compounds come apart.
    """
    if word == "-":
        return [word]
    spaced = word.replace("-", " ").replace("'", " ").replace("’", " ").replace("/", " / ").replace(",", " , ")
    spaced = spaced.replace(":", " : ")
    return (inside.sub(" ", spaced) if inside else spaced).split()


def _add(table: Node, forms: Sequence[str], layer: int, rule: Rule) -> None:
    node = table
    for form in forms:
        if form == FILLERS:
            node[FILLERS] = True
        else:
            node = node.setdefault(form, {})
    rules = node.setdefault(None, {}).setdefault(layer, [])
    if not rules or rules[-1] is not rule:
        rules.append(rule)
