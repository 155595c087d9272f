"""A row of a table, wherever the table came from, becomes a report or coded records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reports_nlp.sources.codes import icd10
from reports_nlp.sources.columns import TEXTS, Layout
from reports_nlp.sources.dates import plain_date, plain_moment
from reports_nlp.sources.headings import starts_with_heading
from reports_nlp.sources.records import CodedItem, Identity, Problem, Record, RecordError, ReportRecord, bounded

STATUSES = {
    "preliminary": "preliminary", "prelim": "preliminary", "p": "preliminary", "draft": "preliminary",
    "vorlaufig": "preliminary", "vorläufig": "preliminary", "final": "final", "f": "final", "signed": "final",
    "verified": "final", "endgultig": "final", "endgültig": "final", "freigegeben": "final",
    "corrected": "corrected", "c": "corrected", "amended": "corrected", "korrigiert": "corrected",
    "addendum": "addendum", "a": "addendum", "appended": "addendum", "nachtrag": "addendum",
}
CERTAINTY = {
    "": "present", "g": "present", "confirmed": "present", "present": "present", "1": "present", "gesichert": "present",
    "v": "equivocal", "suspected": "equivocal", "provisional": "equivocal", "verdacht": "equivocal",
    "-1": "equivocal", "a": "absent", "excluded": "absent", "refuted": "absent", "absent": "absent", "0": "absent",
    "ausgeschlossen": "absent",
}
HISTORY = ("z", "history", "resolved", "zustand nach")
MAX_CODES = 200


def records_of_row(place: str, row: Sequence[str], layout: Layout) -> Iterator[Record]:
    """Raises RecordError for a row that holds nothing of use."""
    cells = {name: row[n].strip() for name, n in layout.places.items() if n < len(row)}
    identity = Identity(
        accession=cells.get("accession", "")[:200], study_uid=cells.get("study_uid", "")[:200],
        patient_id=cells.get("patient_id", "")[:200], date=plain_date(cells.get("date", "")),
    )
    if layout.holds_codes:
        yield from _codes(place, cells, identity)
        return
    text = _text(cells)
    if not text.strip():
        raise RecordError("The row has no text of a report.")
    yield ReportRecord(
        place, bounded(text), identity, number=cells.get("number", "")[:200],
        issued=plain_moment(cells.get("issued", "")), language=cells.get("language", "")[:8],
        status=STATUSES.get(cells.get("status", "").lower(), "final"),
        known=tuple(row[n].strip()[:200] for n in layout.personal if n < len(row) and row[n].strip()),
    )


def _text(cells: dict[str, str]) -> str:
    """The text's column, and sections that have columns of their own, each under its heading."""
    parts = []
    for name in TEXTS:
        text = cells.get(name, "")
        if not text:
            continue
        heading = name.upper()
        parts.append(text if name == "text" or starts_with_heading(text, heading) else f"{heading}:\n{text}")
    return "\n\n".join(parts)


def _codes(place: str, cells: dict[str, str], identity: Identity) -> Iterator[Record]:
    """One item per code in the cell."""
    words = [word for word in re.split(r"[\s,;|]+", cells.get("code", "")) if word][:MAX_CODES]
    if not words:
        raise RecordError("The row has no code.")
    certainty = cells.get("certainty", "").lower()
    if certainty in HISTORY:
        yield Problem(place, "A code of the patient's history says nothing of this examination.", is_ignored=True)
        return
    state = CERTAINTY.get(certainty)
    if state is None:
        raise RecordError("The certainty of the code is none we know: G, V, A, Z, confirmed, suspected, excluded.")
    for number, word in enumerate(words, start=1):
        where = place if len(words) == 1 else f"{place}, code {number}"
        code = icd10(word)
        if code:
            yield CodedItem(where, code, "icd10", state, identity, number=cells.get("number", "")[:200])
        else:
            yield Problem(where, "This is no ICD-10 code.")
