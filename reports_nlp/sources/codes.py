"""Which diagnosis code says which finding: `icd10.toml` by the longest prefix, `snomed.toml` by the whole code."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

TABLES = {"icd10": "icd10.toml", "snomed": "snomed.toml"}
_CODE = re.compile(r"[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?")
SYSTEMS = {
    "http://hl7.org/fhir/sid/icd-10": "icd10", "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://hl7.org/fhir/sid/icd-10-gm": "icd10", "http://fhir.de/CodeSystem/bfarm/icd-10-gm": "icd10",
    "http://fhir.de/CodeSystem/dimdi/icd-10-gm": "icd10", "urn:oid:2.16.840.1.113883.6.90": "icd10",
    "urn:oid:2.16.840.1.113883.6.3": "icd10", "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
}


def icd10(text: str) -> str:
    """The code as we keep it, J93.0; empty for what is none. German signs for certainty and crosses are left off."""
    code = re.sub(r"[\s†*!+#-]", "", text.upper())
    if not _CODE.fullmatch(code):
        return ""
    plain = code.replace(".", "")
    return plain if len(plain) == 3 else f"{plain[:3]}.{plain[3:]}"


def findings_of(system: str, code: str) -> tuple[str, ...]:
    """Names in the lexicon that the code says; none for a code that is not in the table."""
    if system not in TABLES:
        return ()
    table = _table(TABLES[system])
    if system == "snomed":
        return table.get(code, ())
    for length in range(len(code), 2, -1):
        if code[:length] in table:
            return table[code[:length]]
    return ()


@cache
def _table(name: str) -> dict[str, tuple[str, ...]]:
    raw = tomllib.loads((files("reports_nlp.sources") / name).read_text(encoding="utf-8"))
    return {prefix: tuple(row["findings"]) for row in raw["codes"] for prefix in row["prefixes"]}
