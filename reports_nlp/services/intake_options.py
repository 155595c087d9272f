"""How to read the files of an import: checked once, typed from there on."""

from __future__ import annotations

import codecs
import re
from typing import Any

from core.errors import Invalid
from reports_nlp.services.intake_door import plain_text
from reports_nlp.sources import SOURCES, SourceOptions
from reports_nlp.sources.columns import TARGETS

NAMES = ("accession", "study_uid", "patient_id", "number")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


def checked_options(options: dict[str, Any]) -> dict[str, Any]:
    """`format`, `map` (our name → column; empty: no column is that), `language`, `encoding`, `sender`, `name_is`,
    each as far as it is given, checked.

    Raises Invalid naming the field and what may stand there.
    """
    format = str(options.get("format") or "")
    if format and format not in SOURCES:
        raise Invalid(f"{format[:40]!r} is no format; known: {', '.join(SOURCES)}.", field="format")
    language = str(options.get("language") or "")
    if language and (not _LANGUAGE.fullmatch(language) or len(language) > 8):
        raise Invalid(f"{language[:20]!r} is no language; write its code, such as en, de or es.", field="language")
    name_is = str(options.get("name_is") or "")
    if name_is and name_is not in NAMES:
        raise Invalid(f"A file's name can be: {', '.join(NAMES)}.", field="name_is")
    return {
        "format": format, "map": _map(options.get("map") or {}), "language": language,
        "encoding": _encoding(str(options.get("encoding") or "")), "name_is": name_is,
        "sender": plain_text(str(options.get("sender") or ""))[:80],
    }


def source_options(options: dict[str, Any], *, linked: Any = None) -> SourceOptions:
    return SourceOptions(
        column_map=dict(options.get("map") or {}), language=str(options.get("language") or ""),
        encoding=str(options.get("encoding") or ""), name_is=str(options.get("name_is") or ""), linked=linked,
    )


def map_of(pairs: list[str]) -> dict[str, str]:
    """`text=Befund` … as a map. Raises Invalid for anything else."""
    mapping = {}
    for pair in pairs:
        ours, separator, column = pair.partition("=")
        if not separator or not ours.strip() or not column.strip():
            raise Invalid(f"{pair[:60]!r}: write NAME=COLUMN, for example text=Befund.", field="map")
        mapping[ours.strip()] = column.strip()
    return mapping


def _map(mapping: Any) -> dict[str, str]:
    if not isinstance(mapping, dict):
        raise Invalid("The map says which column is what: {\"text\": \"Befund\"}.", field="map")
    unknown = [name for name in mapping if name not in TARGETS]
    if unknown:
        raise Invalid(f"{str(unknown[0])[:40]!r} is nothing we need; known: {', '.join(TARGETS)}.", field="map")
    return {name: plain_text(str(column))[:200] for name, column in mapping.items()}


def _encoding(name: str) -> str:
    if name:
        try:
            known = codecs.lookup(name)
        except LookupError:
            known = None
        if known is None or not known._is_text_encoding:
            raise Invalid(f"{name[:40]!r} is no encoding known here; try utf-8, cp1252 or leave it out.",
                          field="encoding")
    return name
