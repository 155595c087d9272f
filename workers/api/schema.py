"""The event streams in the OpenAPI document: they are plain asynchronous views, which the generator does not see."""

from __future__ import annotations

from typing import Any

from core.api.schema import REFUSAL


def _stream(name: str, summary: str, parameter: dict[str, Any]) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "description": "Server-sent events named `job`; the data of each is a Job. Ends after ten minutes at most.",
            "parameters": [{"in": "path", "required": True, **parameter}],
            "tags": ["workers"],
            "security": [{"session": []}],
            "responses": {
                "200": {
                    "description": "Events as long as the stream is open.",
                    "content": {"text/event-stream": {"schema": {"type": "string", "x-data": "Job"}}},
                },
                "default": REFUSAL,
            },
        }
    }


STREAMS = {
    "/api/jobs/{id}/events/": _stream(
        "jobs_events_retrieve", "Every change of one job, until it has ended",
        {"name": "id", "schema": {"type": "string", "format": "uuid"}},
    ),
    "/api/projects/{slug}/events/": _stream(
        "projects_events_retrieve", "Every change of a job of the project",
        {"name": "slug", "schema": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}},
    ),
}


def add_event_streams(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    result["paths"] = dict(sorted({**result["paths"], **STREAMS}.items()))
    return result
