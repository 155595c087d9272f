"""What an extraction says otherwise than a gold row: one line per difference."""

from __future__ import annotations

from functools import cache

from reports_nlp.stages import Extractor, load_policy, load_rules
from reports_nlp.stages.rules import Rules
from reports_nlp.stages.types import Extraction, Mention
from tests.golden.reports.loader import FINDINGS, GoldMention, GoldRow

_SETTINGS = {"closure": ("closure", {"enabled": True}), "clear-lungs": ("normal_statements", {"enabled": True})}


def extractor_for(row: GoldRow, rules: Rules | None = None) -> Extractor:
    settings = dict(_SETTINGS[name] for name in row.settings)
    return Extractor(rules or load_rules(row.language), load_policy(row.policy, settings))


@cache
def kept_extractor(language: str, policy: str, settings: tuple[str, ...]) -> Extractor:
    chosen = dict(_SETTINGS[name] for name in settings)
    return Extractor(load_rules(language), load_policy(policy, chosen))


def differences(row: GoldRow, extraction: Extraction) -> list[str]:
    return [*_labels(row, extraction), *_mentions(row, extraction), *_headings(row, extraction)]


def _labels(row: GoldRow, extraction: Extraction) -> list[str]:
    found = {one.finding: one.value for one in extraction.labels}
    return [
        f"{finding} should be {row.labels.get(finding)}, is {found.get(finding)}"
        for finding in FINDINGS
        if finding not in row.unjudged and found.get(finding) != row.labels.get(finding)
    ]


def _mentions(row: GoldRow, extraction: Extraction) -> list[str]:
    wrong = []
    left = [one for one in extraction.mentions if one.finding in FINDINGS and one.finding not in row.unjudged]
    for gold in row.mentions:
        if gold.finding in row.unjudged:
            continue
        match = next((one for one in left if _agree(gold, one)), None)
        if match is None:
            wrong.append(f"no {gold.finding} {gold.polarity or gold.context} at {gold.surface!r}")
            continue
        left.remove(match)
        found = attributes_of(match)
        wrong += [
            f"{gold.finding}.{name} should be {value!r}, is {found[name]!r}"
            for name, value in gold.attributes.items() if not _same(name, value, found[name])
        ]
    return wrong + [f"{one.finding} {one.polarity} {one.context} at {one.span.of(row.text)!r} too much" for one in left]


def _headings(row: GoldRow, extraction: Extraction) -> list[str]:
    return [f"no heading {heading}" for heading in row.headings if heading not in extraction.headings]


def _agree(gold: GoldMention, found: Mention) -> bool:
    return (
        gold.finding == found.finding and gold.context == found.context
        and (gold.context != "asserted" or gold.polarity == found.polarity)
        and found.span.start < gold.end and gold.start < found.span.end
    )


def attributes_of(mention: Mention) -> dict[str, str]:
    """As the tables write them."""
    return {
        "laterality": mention.laterality, "severity": mention.severity, "temporal": mention.temporal,
        "anatomy": "+".join(mention.anatomy),
        "mm": "+".join("x".join(f"{size:g}" for size in one.millimetres) for one in mention.measurements),
        "image": "+".join(f"{one.series or ''}/{one.image}" for one in mention.image_references),
    }


def _same(name: str, wanted: str, found: str) -> bool:
    if name == "anatomy" and wanted:
        return set(wanted.split("+")) <= set(found.split("+"))
    return wanted == found
