"""Reads the gold tables beside this file. Pure: no Django, no spaCy; README.md explains the notation."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
COLUMNS = ("id", "text", "policy", "labels", "mentions", "headings", "note")
FINDINGS = (
    "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Lesion", "Lung Opacity", "Edema",
    "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture",
    "Support Devices",
)
POLICIES = ("chexpert", "mesh")
SETTINGS = ("closure", "clear-lungs")
POLARITIES = ("present", "absent", "uncertain")
CONTEXTS = ("asserted", "hypothetical", "historical", "recommended", "family")
ATTRIBUTES = ("laterality", "severity", "temporal", "anatomy", "mm", "image")
_ITEM = re.compile(
    r"(?P<finding>[A-Z][A-Za-z ]+)@(?P<surface>[^\[\]]+?)(?:#(?P<nth>\d+))?"
    rf"(?::(?P<polarity>{'|'.join(POLARITIES)}))?(?:/(?P<context>{'|'.join(CONTEXTS)}))?(?:\[(?P<attributes>[^\]]*)\])?"
)


class GoldError(ValueError):
    """A row that cannot be what its author meant; says file, id and what to do."""


@dataclass(frozen=True, slots=True)
class GoldMention:
    finding: str
    surface: str
    start: int
    end: int
    polarity: str
    """Empty where the context takes the mention out of the labels and polarity is not judged."""
    context: str = "asserted"
    attributes: dict[str, str] = field(default_factory=dict)
    """Only those listed are judged; an empty value says that there must be none."""


@dataclass(frozen=True, slots=True)
class GoldRow:
    id: str
    phenomenon: str
    text: str
    language: str
    policy: str
    settings: tuple[str, ...]
    labels: dict[str, int]
    """Exactly the non-empty labels, 1 / 0 / -1."""
    unjudged: frozenset[str]
    """Findings whose label this row leaves open."""
    mentions: tuple[GoldMention, ...]
    """All mentions of the fourteen findings, in the order of the text."""
    headings: tuple[str, ...]
    note: str


def load_all(folder: Path = FOLDER) -> list[GoldRow]:
    """Every row of every table. Raises GoldError for a row with a mistake, a repeated id or a repeated text."""
    rows = [row for path in sorted(folder.glob("*.csv")) for row in load_table(path)]
    ids, texts = [row.id for row in rows], [f"{row.policy} {row.settings} {row.text}" for row in rows]
    for what, values in (("id", ids), ("text", texts)):
        seen: set[str] = set()
        for value in values:
            if value in seen:
                raise GoldError(f"the {what} {value!r} is in the tables twice")
            seen.add(value)
    return rows


def load_table(path: Path) -> Iterator[GoldRow]:
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise GoldError(f"{path.name}: the columns must be {', '.join(COLUMNS)}")
        for raw in reader:
            try:
                yield _row(raw, path.stem)
            except GoldError as error:
                raise GoldError(f"{path.name}, {raw['id']}: {error}") from None


def _row(raw: dict[str, str], phenomenon: str) -> GoldRow:
    text = raw["text"].replace("\\n", "\n")
    policy, *settings = raw["policy"].split("+")
    if policy not in POLICIES or not set(settings) <= set(SETTINGS):
        raise GoldError(f"policy {raw['policy']!r}: write {' or '.join(POLICIES)}, with +{' or +'.join(SETTINGS)}")
    labels, unjudged = _labels(raw["labels"])
    mentions = sorted((_mention(item, text) for item in _items(raw["mentions"])), key=lambda one: (one.start, one.end))
    language = phenomenon.rsplit("_", 1)[-1] if phenomenon[-3:] in ("_de", "_es") else "en"
    return GoldRow(
        id=raw["id"], phenomenon=phenomenon, text=text, language=language, policy=policy, settings=tuple(settings),
        labels=labels, unjudged=unjudged, mentions=tuple(mentions), headings=tuple(_items(raw["headings"])),
        note=raw["note"],
    )


def _items(cell: str) -> list[str]:
    return [item.strip() for item in cell.split("|") if item.strip()]


def _labels(cell: str) -> tuple[dict[str, int], frozenset[str]]:
    labels: dict[str, int] = {}
    unjudged = set()
    for item in _items(cell):
        finding, _, value = item.partition("=")
        if finding not in FINDINGS or value not in ("1", "0", "-1", "?"):
            raise GoldError(f"label {item!r}: write one of the fourteen findings = 1, 0, -1 or ?")
        if finding in labels or finding in unjudged:
            raise GoldError(f"{finding} is labelled twice")
        if value == "?":
            unjudged.add(finding)
        else:
            labels[finding] = int(value)
    return labels, frozenset(unjudged)


def _mention(item: str, text: str) -> GoldMention:
    found = _ITEM.fullmatch(item)
    if found is None or found["finding"] not in FINDINGS:
        raise GoldError(f"mention {item!r}: write Finding@words#n:polarity/context[attribute=value,…]")
    start, end = _span(text, found["surface"], found["nth"])
    context = found["context"] or "asserted"
    if context == "asserted" and not found["polarity"]:
        raise GoldError(f"mention {item!r} needs a polarity")
    attributes = dict(_attribute(pair) for pair in (found["attributes"] or "").split(",") if pair)
    return GoldMention(found["finding"], found["surface"], start, end, found["polarity"] or "", context, attributes)


def _span(text: str, surface: str, nth: str | None) -> tuple[int, int]:
    places = [hit.span() for hit in re.finditer(rf"(?<!\w){re.escape(surface)}(?!\w)", text)]
    if not places:
        raise GoldError(f"{surface!r} is not in the text")
    if nth is None and len(places) > 1:
        raise GoldError(f"{surface!r} is in the text {len(places)} times: add #1 … #{len(places)}")
    if nth is not None and not 1 <= int(nth) <= len(places):
        raise GoldError(f"{surface!r} has no occurrence #{nth}")
    return places[int(nth or 1) - 1]


def _attribute(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals or name not in ATTRIBUTES:
        raise GoldError(f"attribute {pair!r}: write {', '.join(ATTRIBUTES)} = value")
    return name, value
