"""Posting the form of a recipe, and readings to learn from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.test import Client

from frontend.forms.recipe import sections_of
from learning.recipe import Recipe
from tests.factories import Team, make_findings, make_studies, make_worklist, open_next, submit


def form_of(recipe: Recipe, **changes: Any) -> dict[str, Any]:
    """What the browser posts for a recipe, with some fields typed over."""
    posted: dict[str, Any] = {}
    for section in sections_of(recipe.model_dump(mode="json")):
        for field in section.fields:
            if field.kind == "switch":
                posted |= {field.path: "on"} if field.value else {}
            elif field.kind == "many" or field.value is not None:
                posted[field.path] = field.value
    return posted | {"sources": ["reader"], "act": "start"} | {k.replace("__", "."): v for k, v in changes.items()}


def post(client: Client, page: str, data: dict[str, Any], **extra: Any) -> Any:
    body = urlencode(data, doseq=True)
    return client.post(page, body, content_type="application/x-www-form-urlencoded", **extra)


def read_cases(team: Team, answers: list[tuple[str, str]], *, first: int = 0) -> None:
    """A person reads as many cases as there are answers (nodule, effusion)."""
    findings = make_findings(team.project, ["Nodule", "Effusion"])
    worklist = make_worklist(team.project, make_studies(team.project, len(answers), first=first))
    for nodule, effusion in answers:
        reading = open_next(worklist, team.annotator)
        submit(reading, {findings["nodule"].pk: nodule, findings["effusion"].pk: effusion})


BOTH = [("present", "absent"), ("absent", "present"), ("present", "equivocal"), ("absent", "absent")]
