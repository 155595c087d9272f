"""Which format a file is: by what stands at its start, and by its name where that says nothing."""

from __future__ import annotations

import re

from reports_nlp.sources.columns import begins_with_header
from reports_nlp.sources.encoding import decode

_BY_SUFFIX = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".xlsx": "excel", ".xlsm": "excel", ".txt": "text", ".text": "text",
    ".hl7": "hl7", ".oru": "hl7", ".er7": "hl7", ".json": "fhir", ".ndjson": "fhir", ".jsonl": "fhir",
    ".dcm": "dicom", ".dicom": "dicom",
}
_HL7 = re.compile(rb"^[\x0b\s]*(?:MSH|FHS|BHS)[^\w\s]")
_RESOURCE = re.compile(rb'"resourceType"\s*:')
HEAD_BYTES = 4096


def detect(name: str, head: bytes) -> str:
    """Name of the format, for the first HEAD_BYTES of a file; empty when it is none of them."""
    plain = _squeezed(head)
    if head[128:132] == b"DICM":
        return "dicom"
    if _HL7.match(plain):
        return "hl7"
    if b"<eCitation" in plain:
        return "openi"
    if b"<ClinicalDocument" in plain or b":ClinicalDocument" in plain:
        return "cda"
    if head.startswith(b"PK\x03\x04") and name.lower().endswith((".xlsx", ".xlsm")):
        return "excel"
    if plain.lstrip()[:1] in (b"{", b"[") and _RESOURCE.search(plain):
        return "fhir"
    named = _BY_SUFFIX.get(_suffix(name), "")
    return "csv" if named in ("text", "") and begins_with_header(_first_line(head)) else named


def _first_line(head: bytes) -> str:
    """Of a table, whatever its name ends in: many systems export tables as .txt."""
    line = decode(head).split("\n")[0].rstrip("\r")
    return line if "\x00" not in line else ""


def _suffix(name: str) -> str:
    base = name.replace("\\", "/").rsplit("/", 1)[-1].lower()
    return "." + base.rsplit(".", 1)[1] if "." in base else ""


def _squeezed(head: bytes) -> bytes:
    """Without marks and NULs, so that UTF-16 looks like ASCII."""
    for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"):
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"")
