"""The content tree of a structured report (PS3.3 C.17.3): containers are sections, items are lines."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from reports_nlp.sources.headings import ORDER, heading_of

MAX_DEPTH = 40
MAX_ITEMS = 20_000


def parts_of(dataset: Dataset) -> list[tuple[str, str]]:
    """(section, line) in the order of the document. Observation context and acquisition context are left out."""
    budget = [MAX_ITEMS]
    return list(_walk(dataset, "", 0, budget))


def people_in(dataset: Dataset) -> list[str]:
    """Names of persons, and values of observation context, wherever they stand in the tree."""
    found: list[str] = []
    for item in _items(dataset, 0, [MAX_ITEMS]):
        name = str(item.get("PersonName") or "")
        parts = [part for group in name.split("=") for part in group.split("^") if part]
        if parts:
            found += [" ".join([*parts[1:2], *parts[:1]]), *parts[:3]]
        if str(item.get("RelationshipType") or "") == "HAS OBS CONTEXT" and item.get("TextValue"):
            found.append(str(item.TextValue))
    return found


def _walk(node: Dataset, heading: str, depth: int, budget: list[int]) -> Iterator[tuple[str, str]]:
    for item in node.get("ContentSequence") or []:
        budget[0] -= 1
        if budget[0] < 0 or depth > MAX_DEPTH:
            return
        if str(item.get("RelationshipType") or "") in ("HAS OBS CONTEXT", "HAS ACQ CONTEXT", "HAS CONCEPT MOD"):
            continue
        own = _heading(item) or heading
        line = _line(item)
        if line:
            yield own, line
        yield from _walk(item, own, depth + 1, budget)


def _items(node: Dataset, depth: int, budget: list[int]) -> Iterator[Dataset]:
    for item in node.get("ContentSequence") or []:
        budget[0] -= 1
        if budget[0] < 0 or depth > MAX_DEPTH:
            return
        yield item
        yield from _items(item, depth + 1, budget)


def _heading(item: Dataset) -> str:
    concept = next(iter(item.get("ConceptNameCodeSequence") or []), None)
    if concept is None:
        return ""
    meaning = str(concept.get("CodeMeaning") or "").upper().rstrip(":")
    return heading_of(str(concept.get("CodeValue") or "")) or (meaning if meaning in ORDER else "")


def _line(item: Dataset) -> str:
    """What an item says in words; a number with its name and unit."""
    kind = str(item.get("ValueType") or "")
    if kind == "TEXT":
        return str(item.get("TextValue") or "").strip()
    if kind == "CODE":
        return _meaning(item, "ConceptCodeSequence")
    if kind == "NUM":
        measured = next(iter(item.get("MeasuredValueSequence") or []), None)
        if measured is None:
            return ""
        unit = next(iter(measured.get("MeasurementUnitsCodeSequence") or []), Dataset())
        value = str(measured.get("NumericValue") or "")
        name = _meaning(item, "ConceptNameCodeSequence")
        return f"{name}: {value} {unit.get('CodeValue') or ''}".strip() if value else ""
    return ""


def _meaning(item: Dataset, keyword: str) -> str:
    concept = next(iter(item.get(keyword) or []), None)
    return "" if concept is None else str(concept.get("CodeMeaning") or "").strip()
