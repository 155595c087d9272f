"""How pages say what the pipeline's codes mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

STATE_OF_VALUE = {1: "present", 0: "absent", -1: "equivocal"}
SIGNS = {"present": "+", "absent": "−", "equivocal": "?", "uncertain": "?", "not_mentioned": "∅"}
STATE_WORDS = {
    "present": "present", "absent": "absent", "equivocal": "equivocal", "uncertain": "equivocal",
    "not_mentioned": "not mentioned",
}
STATE_KEYS = [("present", "1"), ("absent", "2"), ("equivocal", "3"), ("not_mentioned", "4")]
"""In the order of the buttons; the digit is the key."""

CONTEXT_WORDS = {
    "asserted": "said of this patient now",
    "hypothetical": "asked about, not stated",
    "historical": "from the past",
    "recommended": "part of a recommendation",
    "family": "of somebody else in the family",
}
SECTION_WORDS = {
    "indication": "Indication", "comparison": "Comparison", "technique": "Technique", "findings": "Findings",
    "impression": "Impression", "addendum": "Addendum", "other": "Other",
}
ROLE_WORDS = {
    "negation": "says no", "pseudo-negation": "looks like a no, but is none", "uncertainty": "hedges",
    "hypothetical": "asks", "history": "speaks of the past", "recommendation": "recommends", "family": "of the family",
    "normal": "calls it normal", "alternative": "offers alternatives", "affirmation": "affirms",
    "termination": "ends what came before", "severity": "grades", "temporal": "compares with before",
}


def role_words(role: str) -> str:
    """What a deciding phrase does; roles that pages don't know are said as they are."""
    return ROLE_WORDS.get(role, role.replace("-", " "))


def rule_words(rule: str) -> str:
    """`en/scope/negation/no-evidence-of` → `no-evidence-of`: the last part names it, the rest is in its title."""
    return rule.rsplit("/", 1)[-1]


def reason_words(reason: str, value: int | None) -> str:
    """Which step of the policy decided, as a sentence."""
    if value is None:
        return "Nothing in the text names it."
    if reason.startswith("closure:"):
        return f"Nothing names it: it follows from {reason.partition(':')[2]}, which belongs to it."
    known = {
        "normal-statement": "A statement that everything is normal says so for each finding it covers.",
        "no-finding": "No other finding is present or equivocal.",
        "mention": "",
    }
    return known.get(reason, "" if not reason else f"Decided by: {reason.replace('-', ' ')}.")


def attribute_words(attributes: Mapping[str, Any]) -> list[str]:
    """left · mild · 12 × 8 mm · unchanged, as far as the text says it."""
    said = [str(attributes[key]) for key in ("laterality", "severity", "temporal") if attributes.get(key)]
    said += [str(place) for place in attributes.get("anatomy") or []]
    return said + [size_words(size) for size in sizes_in(attributes)]


def sizes_in(attributes: Mapping[str, Any]) -> list[Sequence[float]]:
    """Measurements as lists of millimetres, however they are kept: `[start, end, [12, 8]]` or `{"millimetres": …}`."""
    found = []
    for one in attributes.get("measurements") or []:
        size = one.get("millimetres", []) if isinstance(one, Mapping) else one[-1] if one else []
        found.append(size if isinstance(size, Sequence) else [size])
    return [size for size in found if size]


def size_words(millimetres: Sequence[float]) -> str:
    return " × ".join(f"{value:g}" for value in millimetres) + " mm"
