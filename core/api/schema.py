"""What our OpenAPI document says beyond what the serializers say."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457): what was wrong and what to do. A conflict also holds both versions.",
    "properties": {
        "code": {"type": "string", "description": "For programs: invalid, not-allowed, not-found, conflict, gone…"},
        "title": {"type": "string", "description": "For people."},
        "status": {"type": "integer"},
        "fields": {"type": "object", "additionalProperties": True, "description": "Field → what is wrong with it."},
    },
    "required": ["code", "title", "status"],
    "additionalProperties": True,
}
REFUSAL = {
    "description": "Refused; the body says why.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class DocstringSchema(AutoSchema):
    """The first line of a view's (or its method's) docstring is the operation's summary, the rest its description."""

    def get_summary(self) -> str | None:
        return self._docstring()[0] or None

    def get_description(self) -> str:  # type: ignore[override]
        return self._docstring()[1]

    def get_tags(self) -> list[str]:
        """The app that answers."""
        return [type(self.view).__module__.split(".")[0]]

    def _docstring(self) -> tuple[str, str]:
        first, _, rest = super().get_description().strip().partition("\n")
        return first.strip(), rest.strip()


def add_problems(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Every operation may be refused, always in the same shape."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            operation["responses"].setdefault("default", REFUSAL)
    return result
