"""The API's document: valid, current, and complete enough to make a client from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from openapi_spec_validator import validate

ROOT = Path(__file__).resolve().parent.parent
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    with GENERATOR_STATS.silence():
        made = SchemaGenerator().get_schema(request=None, public=True)
    whole: dict[str, Any] = json.loads(OpenApiJsonRenderer().render(made))
    return whole


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items() for method, operation in methods.items() if method in METHODS
    ]


def test_the_document_is_made_without_warnings_and_is_valid() -> None:
    with GENERATOR_STATS.silence():
        made = SchemaGenerator().get_schema(request=None, public=True)
        complaints = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert complaints == []
    validate(json.loads(OpenApiJsonRenderer().render(made)))


def test_the_document_that_the_client_is_made_from_is_current(document: dict[str, Any]) -> None:
    kept = json.loads((ROOT / "frontend" / "openapi.json").read_text())
    assert kept == document, "the API has changed: run `make openapi` and commit frontend/openapi.json"


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    assert [name for name, operation in operations(document) if not operation.get("summary")] == []


def test_every_operation_says_what_it_answers(document: dict[str, Any]) -> None:
    silent = [
        name for name, operation in operations(document)
        if not any(
            code == "204" or (code.startswith("2") and answer.get("content"))
            for code, answer in operation["responses"].items()
        )
    ]
    assert silent == []


def test_every_operation_names_the_shape_of_its_refusals(document: dict[str, Any]) -> None:
    assert [n for n, operation in operations(document) if "default" not in operation["responses"]] == []


def test_operations_have_different_names(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
