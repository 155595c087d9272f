"""Resources that reports refer to (patients, studies, orders, observations): of the same file, of other files of the
import, or contained. Kept slim and bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from reports_nlp.sources.fhir_json import MAX_LINE, items, one_line, text_of

KEPT: dict[str, tuple[str, ...]] = {
    "Patient": ("identifier", "name", "birthDate", "telecom", "address", "contact"),
    "ImagingStudy": ("identifier", "basedOn", "started"),
    "ServiceRequest": ("identifier", "requisition"),
    "Practitioner": ("name", "identifier"),
    "PractitionerRole": ("practitioner", "organization"),
    "Organization": ("name", "alias"),
    "Observation": ("code", "valueString", "valueCodeableConcept", "component", "hasMember", "note", "status"),
    "Encounter": ("identifier",),
}
"""Type → the elements that are looked at."""
MAX_LINKS = 1_000_000
Resource = dict[str, Any]


class Links:
    """Resources by what references call them. Those of `outer` are asked for what is not here."""

    def __init__(self, outer: Links | None = None) -> None:
        self._known: dict[str, Resource] = {}
        self._outer = outer

    def add(self, resource: Any, full_url: str = "") -> None:
        """Keep it if reports refer to its type."""
        if not isinstance(resource, dict) or len(self._known) >= MAX_LINKS:
            return
        type, id = text_of(resource.get("resourceType")), text_of(resource.get("id"))
        if type not in KEPT:
            return
        slim = {name: resource[name] for name in (*KEPT[type], "resourceType", "id") if name in resource}
        if id:
            self._known[f"{type}/{id}"] = slim
            self._known[f"#{id}"] = slim
        if full_url:
            self._known[full_url] = slim

    def get(self, reference: Any) -> Resource:
        """The resource that a Reference means; empty when it is not at hand."""
        target = text_of(reference.get("reference")) if isinstance(reference, dict) else ""
        if not target:
            return {}
        short = "/".join(target.split("/_history")[0].rsplit("/", 2)[-2:])
        found = self._known.get(target) or self._known.get(short)
        if found is None and self._outer is not None and not target.startswith("#"):
            return self._outer.get(reference)
        return found or {}


def collect_links(paths: Iterable[Path]) -> Links | None:
    """What the NDJSON files of a bulk export say of patients, studies and orders; None for fewer than two files."""
    files = list(paths)
    if len(files) < 2:
        return None
    links = Links()
    for path in files:
        for resource in _resources(path):
            links.add(resource)
    return links


def _resources(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream:
        while line := stream.readline(MAX_LINE):
            if b'"DiagnosticReport"' in line[:2000] or not line.lstrip().startswith(b"{"):
                continue
            parsed = one_line(line)
            if isinstance(parsed, dict) and parsed.get("resourceType") == "Bundle":
                yield from (entry.get("resource") for entry in items(parsed, "entry"))
            elif parsed is not None:
                yield parsed
