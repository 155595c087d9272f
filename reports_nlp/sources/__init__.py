"""Files and messages become records of reports: one file, one typed callable per format. Pure, no Django.

`SOURCES` names the formats; `detect` says which one a file is.
"""

from __future__ import annotations

from reports_nlp.sources.detect import detect
from reports_nlp.sources.records import (
    CodedItem,
    Identity,
    Ignored,
    Parser,
    Problem,
    Record,
    RecordError,
    ReportRecord,
    SourceError,
    SourceOptions,
)
from reports_nlp.sources.table import SOURCES, parse

__all__ = [
    "SOURCES", "CodedItem", "Identity", "Ignored", "Parser", "Problem", "Record", "RecordError", "ReportRecord",
    "SourceError", "SourceOptions", "detect", "parse",
]
