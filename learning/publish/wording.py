"""A recipe's sections in the words of its form, for a checklist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from learning.recipe import Recipe


def settings_in_words(recipe: Mapping[str, Any], section: str) -> str:
    """`Image size 64 px, channels 1, …`: every field of the section that has an effect in this recipe.

    recipe  as it is stored; fields that it lacks are left out, so that an older recipe is told as it was.
    """
    part = Recipe.model_fields[section].annotation
    told = []
    for name, field in (part.model_fields if isinstance(part, type) else {}).items():  # type: ignore[attr-defined]
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        value = recipe.get(section, {}).get(name)
        if value in (None, "", [], {}) or not _matters(recipe, str(extra.get("only_with", ""))):
            continue
        unit = f" {extra['unit']}" if extra.get("unit") else ""
        told.append(f"{field.title or name} {_value(value)}{unit}")
    return f"{', '.join([told[0], *(one[:1].lower() + one[1:] for one in told[1:])])}." if told else ""


def _matters(recipe: Mapping[str, Any], condition: str) -> bool:
    """`imbalance.loss=focal,ldam`: that field has one of these values."""
    if not condition:
        return True
    path, _, values = condition.partition("=")
    section, _, name = path.partition(".")
    return str(recipe.get(section, {}).get(name)) in values.split(",")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return " and ".join(str(one) for one in value)
    return str(value)
