"""JSON as it comes from anywhere: whatever stands where, asking for it raises nothing."""

from __future__ import annotations

import json
from typing import Any

MAX_LINE = 32 * 2**20
MAX_TEXT_VALUE = 16 * 2**20


def one_line(data: bytes | str) -> Any:
    """The parsed value; None for what is no JSON, or nested deeper than any resource."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError, MemoryError):
        return None


def text_of(value: Any) -> str:
    """The text, empty for anything else."""
    return value[:MAX_TEXT_VALUE] if isinstance(value, str) else ""


def items(resource: Any, name: str) -> list[dict[str, Any]]:
    """Objects of an array element, or the single object that some write there."""
    value = resource.get(name) if isinstance(resource, dict) else None
    if isinstance(value, dict):
        return [value]
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def child(resource: Any, name: str) -> dict[str, Any]:
    value = resource.get(name) if isinstance(resource, dict) else None
    return value if isinstance(value, dict) else {}


def texts(resource: Any, name: str) -> list[str]:
    """Strings of an array element, or the single string."""
    value = resource.get(name) if isinstance(resource, dict) else None
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def codings(concept: Any) -> list[tuple[str, str, str]]:
    """(system, code, display) of a CodeableConcept."""
    return [
        (text_of(c.get("system")), text_of(c.get("code")), text_of(c.get("display"))) for c in items(concept, "coding")
    ]


def first_code(concept: Any) -> str:
    return next((code for _, code, _ in codings(concept) if code), "")
