"""The form of a project's rules: policy, what differs from it, own phrases, the map from findings to the lexicon."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.models import Finding
from core.errors import Invalid
from reports_nlp.models import RulesVersion
from reports_nlp.stages.policy import load_policy

HEDGES: dict[str, tuple[str, str]] = {
    "possible": ("possible", "“possible”, “may represent”, “cannot exclude”"),
    "probable": ("probable", "“probable”, “suggestive of”, “concerning for”"),
    "unlikely": ("unlikely", "“unlikely”, “less likely”"),
    "no-new": ("no new", "“no new effusion”: whether there is an old one is left open"),
    "removed": ("removed", "“the tube has been removed”"),
    "resolved": ("resolved", "“the effusion has resolved”"),
}
WORTH = {"present": "+ present", "absent": "− absent", "uncertain": "? equivocal", "ignored": "no mention"}
POLICIES: dict[str, tuple[str, str]] = {
    "chexpert": (
        "As CheXpert's readers labelled",
        "What the impression says counts, mention by mention; present wins over equivocal, equivocal over absent. A "
        "heart that is “stable” is equivocal, one that is “normal” is absent.",
    ),
    "mesh": (
        "As coders index with MeSH headings",
        "Presence as indexers of literature write it: for data sets whose labels are headings, such as Open-i.",
    ),
}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "finding": ("names a finding", {}),
    "excluded": ("looks like a finding, but is none", {"role": "excluded"}),
    "no-forward": ("says no to what follows", {"role": "negation", "direction": "forward"}),
    "no-backward": ("says no to what stands before", {"role": "negation", "direction": "backward"}),
    "possible": ("leaves it open", {"role": "uncertainty", "kind": "possible", "direction": "both"}),
    "probable": ("says probably", {"role": "uncertainty", "kind": "probable", "direction": "both"}),
    "asked": ("asks for what follows", {"role": "hypothetical", "direction": "forward"}),
    "past": ("speaks of the past", {"role": "history", "direction": "forward"}),
    "advice": ("recommends to look for what follows", {"role": "recommendation", "direction": "forward"}),
}
PLAIN = {"id", "role", "words", "finding", "direction", "kind"}


@dataclass(frozen=True)
class PhraseRow:
    """One own phrase as the form shows it; `kept` is the entry of one that the form cannot write."""

    kind: str = "finding"
    finding: str = ""
    words: str = ""
    kept: str = ""


@dataclass(frozen=True)
class MapRow:
    finding: Finding
    names: tuple[str, ...]
    suggested: tuple[str, ...]

    @property
    def is_off(self) -> bool:
        return not self.names


@dataclass(frozen=True)
class RulesDraft:
    """What the form says, in the shapes that `save_rules` takes."""

    policy: str
    settings: dict[str, Any] = field(default_factory=dict)
    phrases: list[dict[str, Any]] = field(default_factory=list)
    finding_map: dict[str, list[str]] = field(default_factory=dict)

    def as_arguments(self) -> dict[str, Any]:
        return {
            "policy": self.policy, "settings": self.settings, "phrases": self.phrases, "finding_map": self.finding_map,
        }


def draft_of(version: RulesVersion | None) -> RulesDraft:
    if version is None:
        return RulesDraft("chexpert")
    return RulesDraft(version.policy, version.settings, list(version.phrases), dict(version.finding_map))


def posted_draft(posted: Any, *, suggested: Mapping[str, Sequence[str]]) -> RulesDraft:
    """From the form's fields. `suggested`: code → names that a finding gets where nobody chooses. Raises Invalid."""
    policy = str(posted.get("policy", "chexpert"))
    if policy not in POLICIES:
        raise Invalid(f"There is no policy {policy[:40]!r}.", field="policy")
    return RulesDraft(policy, _settings(posted, policy), _phrases(posted), _map(posted, suggested))


def _settings(posted: Any, policy: str) -> dict[str, Any]:
    """Only what differs from the shipped policy, so that a later release of it still counts."""
    shipped = load_policy(policy).settings
    settings: dict[str, Any] = {}
    hedges = {name: str(posted.get(f"hedge-{name}", "")) for name in HEDGES}
    changed = {name: worth for name, worth in hedges.items() if worth in WORTH and worth != shipped["hedges"][name]}
    if changed:
        settings["hedges"] = changed
    for name in ("closure", "normal_statements"):
        wanted = posted.get(name) == "on"
        if wanted != shipped[name]["enabled"]:
            settings[name] = {"enabled": wanted}
    level = str(posted.get("level", ""))
    if level in ("mention", "report") and level != shipped["aggregation"]["level"]:
        settings["aggregation"] = {"level": level}
    return settings


def _phrases(posted: Any) -> list[dict[str, Any]]:
    """Rows without words are left out. Raises Invalid for a finding's phrase that does not say which."""
    phrases: list[dict[str, Any]] = []
    rows = zip(
        posted.getlist("phrase-kind"), posted.getlist("phrase-finding"), posted.getlist("phrase-words"), strict=False
    )
    for kind, finding, text in rows:
        words = [line.strip() for line in str(text).splitlines() if line.strip()]
        if not words or kind not in KINDS:
            continue
        if kind == "finding" and not finding:
            raise Invalid(f"Which finding does “{words[0][:60]}” name?", field="phrases")
        entry = {**KINDS[kind][1], "words": words}
        phrases.append({"finding": str(finding), **entry} if kind == "finding" else entry)
    for text in posted.getlist("phrase-kept"):
        phrases.append(_kept(text))
    return phrases


def _kept(text: str) -> dict[str, Any]:
    try:
        entry = json.loads(text)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        raise Invalid("A phrase of this form can't be read. Load the page again.", field="phrases")
    return entry


def _map(posted: Any, suggested: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What differs from the suggestion; an empty list says: not from reports."""
    chosen: dict[str, list[str]] = {code: [] for code in posted.getlist("map-off")}
    for code in posted.getlist("map-code"):
        names = [str(name) for name in posted.getlist(f"map-{code}") if name]
        if code not in chosen and names and names != list(suggested.get(code, ())):
            chosen[code] = list(dict.fromkeys(names))
    return chosen


def phrase_rows(phrases: Sequence[Mapping[str, Any]]) -> list[PhraseRow]:
    return [_phrase_row(phrase) for phrase in phrases]


def _phrase_row(phrase: Mapping[str, Any]) -> PhraseRow:
    words = "\n".join(str(one) for one in phrase.get("words", []))
    rest = {key: value for key, value in phrase.items() if key not in ("words", "finding") and value != ""}
    if phrase.get("finding") and rest in ({}, {"role": "finding"}):
        return PhraseRow("finding", str(phrase["finding"]), words)
    kind = next((name for name, (_, entry) in KINDS.items() if entry and entry == rest), "")
    if kind and not phrase.get("finding"):
        return PhraseRow(kind, "", words)
    return PhraseRow(words=words, kept=json.dumps(dict(phrase), sort_keys=True))


def hedge_rows(draft: RulesDraft) -> list[tuple[str, str, str, str, str]]:
    """(name, title, examples, what it is worth, what the shipped policy makes of it)."""
    shipped = load_policy(draft.policy).settings["hedges"]
    own = draft.settings.get("hedges", {})
    return [(name, title, said, own.get(name, shipped[name]), shipped[name]) for name, (title, said) in HEDGES.items()]


def switches(draft: RulesDraft) -> dict[str, Any]:
    shipped = load_policy(draft.policy).settings
    return {
        "closure": draft.settings.get("closure", {}).get("enabled", shipped["closure"]["enabled"]),
        "normal_statements": draft.settings.get("normal_statements", {}).get(
            "enabled", shipped["normal_statements"]["enabled"]
        ),
        "level": draft.settings.get("aggregation", {}).get("level", shipped["aggregation"]["level"]),
        "parents": sorted(shipped["closure"]["parents"].items()),
    }
