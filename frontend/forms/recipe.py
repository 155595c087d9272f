"""The recipe as a form, generated from its JSON schema: a field added to the recipe appears here by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import QueryDict

from frontend.forms.choices_told import told_by_choice
from learning.recipe import Recipe, RecipeError, load_recipe, recipe_schema

Choices = Mapping[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class RecipeField:
    """One input: what it is called, what it means, what it takes."""

    path: str
    title: str
    help: str
    kind: str
    """number, integer, choice, switch, text, or many (several of the offered values)"""
    value: Any
    default: Any
    unit: str = ""
    bounds: str = ""
    least: Any = None
    most: Any = None
    step: str = "any"
    is_optional: bool = False
    choices: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""
    only_with: str = ""
    """`imbalance.loss=focal,ldam`: of no use unless that field has one of these values (`evaluation.tune`: any value at
    all); empty: always of use."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """Choice → what it means, where the help tells them apart; `help` is then what is said of all of them."""

    @property
    def key(self) -> str:
        """The path as an HTML id."""
        return self.path.replace(".", "-")

    @property
    def is_changed(self) -> bool:
        """Differs from the recipe's default; what a form posted is text and compared as the number it is."""
        if self.kind in ("number", "integer") and isinstance(self.value, str):
            return self.value != f"{self.default}" and _number(self.value) != self.default
        return bool(self.value != self.default)

    @property
    def meaning(self) -> str:
        """Of what is chosen."""
        return self.meanings.get(self.value, "") if isinstance(self.value, str) else ""


@dataclass(frozen=True)
class RecipeSection:
    name: str
    title: str
    help: str
    fields: list[RecipeField]
    error: str = ""

    @property
    def changed(self) -> int:
        return sum(f.is_changed for f in self.fields)

    @property
    def wrong(self) -> int:
        return sum(bool(f.error) for f in self.fields) + bool(self.error)


def sections_of(
    values: Mapping[str, Any], *, errors: Mapping[str, str] | None = None, choices: Choices | None = None
) -> list[RecipeSection]:
    """The form of a recipe's values.

    values   as Recipe.model_dump(mode="json") or `values_from` give them.
    errors   dotted field or section → what is wrong.
    choices  dotted field → (value, label) to offer where the schema names none.
    """
    schema, wrong, offered = recipe_schema(), errors or {}, choices or {}
    rest: list[RecipeField] = []
    sections: list[RecipeSection] = []
    for name, described in schema["properties"].items():
        part = _resolved(described, schema)
        if "properties" not in part:
            if name != "version":
                rest.append(_field(name, part, values.get(name), part.get("default"), wrong, offered))
            continue
        inside = values.get(name, {})
        fields = [
            _field(f"{name}.{key}", _resolved(one, schema), inside.get(key), one.get("default"), wrong, offered)
            for key, one in part["properties"].items() if "const" not in one
        ]
        sections.append(RecipeSection(
            name, described.get("title", name), part.get("description", ""), fields, wrong.get(name, "")
        ))
    return [*sections, RecipeSection("general", "Computation", "Precision and chance.", rest)]


def _resolved(described: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Follows a reference and the two-armed form that pydantic gives to optional values."""
    found = dict(described)
    if "$ref" in found:
        found = dict(schema["$defs"][found.pop("$ref").rsplit("/", 1)[-1]]) | found
    arms = found.pop("anyOf", None)
    if arms:
        found |= next(arm for arm in arms if arm.get("type") != "null") | {"optional": True}
    return found


def _field(
    path: str, part: Mapping[str, Any], value: Any, default: Any, errors: Mapping[str, str], offered: Choices
) -> RecipeField:
    kind = _kind(part)
    least, most = part.get("minimum", part.get("exclusiveMinimum")), part.get("maximum", part.get("exclusiveMaximum"))
    known = [str(one) for one in part.get("enum") or part.get("items", {}).get("enum") or []]
    choices = [(one, field_titles().get(one, one)) for one in known] or list(offered.get(path, []))
    help, meanings = told_by_choice(part.get("description", ""), known)
    if kind == "choice":
        value, default = str(value), str(default)
    elif kind == "many":
        value, default = list(value or []), list(default or [])
    return RecipeField(
        path=path, title=part.get("title", path), help=help, meanings=meanings, kind=kind, value=value,
        default=default, unit=part.get("unit", ""), bounds=_bounds(part), least=least, most=most,
        step="1" if kind == "integer" else "any", is_optional=part.get("optional", False), choices=choices,
        error=errors.get(path, ""), only_with=part.get("only_with", ""),
    )


def _kind(part: Mapping[str, Any]) -> str:
    if "enum" in part:
        return "choice"
    names = {"boolean": "switch", "integer": "integer", "number": "number", "array": "many"}
    return names.get(part.get("type", ""), "text")


@cache
def field_titles() -> Mapping[str, str]:
    """Dotted field → its title, for fields whose choices are other fields."""
    schema = recipe_schema()
    return {
        f"{name}.{key}": one["title"]
        for name, described in schema["properties"].items()
        for key, one in _resolved(described, schema).get("properties", {}).items() if "title" in one
    }


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _bounds(part: Mapping[str, Any]) -> str:
    """`32 to 1,024`, `above 0, at most 1`."""
    told = {name: f"{part[name]:,}".removesuffix(".0") for name in part if name.lower().endswith("imum")}
    if "minimum" in told and "maximum" in told:
        return f"{told['minimum']} to {told['maximum']}"
    words = {"exclusiveMinimum": "above", "minimum": "at least", "exclusiveMaximum": "below", "maximum": "at most"}
    return ", ".join(f"{word} {told[name]}" for name, word in words.items() if name in told)


def values_from(posted: QueryDict) -> dict[str, Any]:
    """The posted form as nested values. Numbers stay text where they can't be read: the recipe says what is wrong."""
    values: dict[str, Any] = {}
    for one in _all_fields():
        section, dot, name = one.path.partition(".")
        target = values.setdefault(section, {}) if dot else values
        target[name if dot else section] = _posted(one, posted)
    return values


def _posted(one: RecipeField, posted: QueryDict) -> Any:
    if one.kind == "switch":
        return one.path in posted
    if one.kind == "many":
        return posted.getlist(one.path)
    text = posted.get(one.path, "").strip()
    if one.kind == "text" and not _is_of_use(one, posted):
        return ""
    if one.kind == "choice":
        return int(text) if text.isdigit() else text
    if not text and one.is_optional:
        return None
    return text


def _is_of_use(one: RecipeField, posted: QueryDict) -> bool:
    """Whether the form shows the field; a name that was typed before it was put away is not meant any more."""
    other, _, values = one.only_with.partition("=")
    return not values or posted.get(other, "") in values.split(",")


def _all_fields() -> Iterator[RecipeField]:
    for section in sections_of(Recipe().model_dump(mode="json")):
        yield from section.fields


def checked(values: Mapping[str, Any]) -> tuple[Recipe | None, dict[str, str]]:
    """The recipe, or what is wrong with which field."""
    try:
        return load_recipe(values), {}
    except RecipeError as error:
        return None, error.fields or {"recipe": str(error)}


def described(recipe: Recipe) -> str:
    """A recipe in a line: `small_cnn at 64 px, up to 20 epochs, inverse prevalence weights`."""
    steps, epochs = recipe.optimiser.max_steps, recipe.optimiser.max_epochs
    length = f"{steps:,} steps" if steps is not None else f"up to {epochs} epochs"
    parts = [f"{recipe.network.name} at {recipe.input.size} px", length]
    if recipe.start.kind != "scratch":
        parts.insert(0, f"continues {recipe.start.model or recipe.start.weights}")
    if recipe.tuning.kind != "all":
        parts.append(f"{recipe.tuning.kind.replace('_', ' ')} tuning")
    if recipe.imbalance.class_weights != "none":
        parts.append("rare findings weigh more")
    if recipe.evaluation.kind == "kfold":
        often = f"{recipe.evaluation.repeats} times " if recipe.evaluation.repeats > 1 else ""
        parts.append(f"{often}{recipe.evaluation.folds} folds")
    elif recipe.evaluation.kind == "leave_one_out":
        parts.append("leaves out one patient at a time")
    if recipe.evaluation.tune:
        parts.append(f"{recipe.evaluation.trials} trials")
    return ", ".join(parts)
