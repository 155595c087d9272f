"""FHIR R4 and R5: DiagnosticReport and Condition, alone, in Bundles, or line by line (bulk export, NDJSON)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from reports_nlp.sources.encoding import decode
from reports_nlp.sources.fhir_codes import codes_of_condition, codes_of_report
from reports_nlp.sources.fhir_json import MAX_LINE, child, items, one_line, text_of
from reports_nlp.sources.fhir_links import KEPT, Links
from reports_nlp.sources.fhir_report import report_of
from reports_nlp.sources.records import Ignored, Problem, Record, RecordError, SourceOptions

MAX_JSON_BYTES = 256 * 2**20
MAX_DEPTH = 4
"""Of bundles in bundles."""


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """Reports and coded diagnoses of a file; what they only refer to is counted at its end."""
    seen: Counter[str] = Counter()
    found = False
    for record in _lines(stream, options, seen) if _is_ndjson(stream) else _whole(stream, options, seen):
        found = True
        yield record
    if seen and not found:
        named = ", ".join(f"{number} {type}" for type, number in seen.most_common(3))
        yield Problem("", f"No report and no diagnosis: {named}.", is_ignored=True)


def _is_ndjson(stream: BinaryIO) -> bool:
    """Whether the first line is a whole resource and another line follows it."""
    stream.seek(0)
    first = stream.readline(MAX_LINE)
    more = stream.read(1)
    stream.seek(0)
    return bool(more) and isinstance(one_line(first.removeprefix(b"\xef\xbb\xbf")), dict)


def _lines(stream: BinaryIO, options: SourceOptions, seen: Counter[str]) -> Iterator[Record]:
    number = 0
    links = options.linked or _own_links(stream)
    while line := stream.readline(MAX_LINE):
        number += 1
        place = f"line {number}"
        if len(line) >= MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield Problem(place, f"The line is over the limit of {MAX_LINE // 2**20} MB.")
            continue
        if not line.strip(b" \t\r\n\x00"):
            continue
        resource = one_line(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
        if isinstance(resource, dict):
            yield from _resource(resource, place, links, options, seen)
        else:
            yield Problem(place, "The line is no JSON object, or nested deeper than any resource.")


def _own_links(stream: BinaryIO) -> Links:
    """What the file's own lines say of patients and studies; read once before the reports."""
    links = Links()
    while line := stream.readline(MAX_LINE):
        if b'"DiagnosticReport"' not in line[:2000]:
            links.add(one_line(line))
    stream.seek(0)
    return links


def _whole(stream: BinaryIO, options: SourceOptions, seen: Counter[str]) -> Iterator[Record]:
    data = stream.read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        yield Problem("", f"Over the limit of {MAX_JSON_BYTES // 2**20} MB for one JSON document; send NDJSON.")
        return
    value = one_line(decode(data, options.encoding))
    if isinstance(value, list):
        value = {"resourceType": "Bundle", "entry": [{"resource": one} for one in value]}
    if not isinstance(value, dict):
        yield Problem("", "The file is no JSON, or nested deeper than any resource.")
        return
    yield from _resource(value, "", options.linked, options, seen)


def _resource(
    resource: dict[str, Any], place: str, links: Links | None, options: SourceOptions, seen: Counter[str],
    depth: int = 0,
) -> Iterator[Record]:
    kind = text_of(resource.get("resourceType"))
    try:
        if kind == "Bundle":
            yield from _bundle(resource, place, links, options, seen, depth)
        elif kind == "DiagnosticReport":
            own = _contained(resource, links)
            yield report_of(resource, place, own, options)
            yield from codes_of_report(resource, place, own)
        elif kind == "Condition":
            yield from codes_of_condition(resource, place, _contained(resource, links))
        elif kind in KEPT:
            seen[kind] += 1
        elif kind:
            yield Problem(place, f"A {kind[:40]} holds no report.", is_ignored=True)
        else:
            yield Problem(place, "The object says no resourceType: this is not FHIR.")
    except Ignored as error:
        yield Problem(place, str(error), is_ignored=True)
    except RecordError as error:
        yield Problem(place, str(error))


def _bundle(
    bundle: dict[str, Any], place: str, outer: Links | None, options: SourceOptions, seen: Counter[str], depth: int
) -> Iterator[Record]:
    if depth >= MAX_DEPTH:
        raise RecordError("Bundles stand in bundles in bundles; that is no export.")
    links = Links(outer)
    entries = items(bundle, "entry")
    for entry in entries:
        links.add(child(entry, "resource"), text_of(entry.get("fullUrl")))
    for number, entry in enumerate(entries, start=1):
        where = f"{place}, entry {number}" if place else f"entry {number}"
        yield from _resource(child(entry, "resource"), where, links, options, seen, depth + 1)


def _contained(resource: dict[str, Any], outer: Links | None) -> Links:
    links = Links(outer)
    for one in items(resource, "contained"):
        links.add(one)
    return links
