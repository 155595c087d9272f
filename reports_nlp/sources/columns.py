"""Which column of a table is what: the obvious ones are guessed by their names, in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports_nlp.sources.records import SourceError

ALIASES: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "report", "report text", "report body", "full report", "full text", "narrative", "reporttext",
        "befund und beurteilung", "befundtext", "bericht", "informe", "texto", "compte rendu", "referto", "verslag",
    ),
    "findings": ("findings", "finding text", "befund", "befunde", "hallazgos", "resultats", "descrizione"),
    "impression": (
        "impression", "impressions", "conclusion", "conclusions", "beurteilung", "zusammenfassung", "impresion",
        "conclusiones", "conclusione",
    ),
    "indication": (
        "indication", "indications", "clinical indication", "clinical history", "history", "reason for exam",
        "indikation", "klinische angaben", "fragestellung", "anamnese", "indicacion",
    ),
    "comparison": ("comparison", "vergleich", "voraufnahmen", "comparacion"),
    "technique": ("technique", "technik", "methode", "tecnica", "exam description"),
    "number": (
        "id", "report id", "reportid", "report number", "report no", "document id", "befundnummer", "befund id",
        "order number", "filler order number", "numero de informe",
    ),
    "accession": (
        "accession", "accession number", "accession no", "accessionnumber", "acc no", "accno", "acc",
        "anforderungsnummer", "auftragsnummer", "numero de acceso",
    ),
    "study_uid": (
        "study uid", "studyuid", "study instance uid", "studyinstanceuid", "study iuid", "siuid", "dicom study uid",
    ),
    "patient_id": (
        "patient id", "patientid", "mrn", "pid", "patient number", "subject id", "medical record number",
        "patientennummer", "patienten id", "patientenid", "fallnummer", "id paciente", "numero de historia",
    ),
    "date": (
        "date", "study date", "studydate", "exam date", "report date", "examination date", "datum",
        "untersuchungsdatum", "studiendatum", "fecha",
    ),
    "issued": ("issued", "signed at", "signed", "freigabe", "freigegeben am", "updated at", "report time"),
    "status": ("status", "report status", "befundstatus", "estado"),
    "language": ("language", "lang", "sprache", "idioma"),
    "code": ("code", "codes", "icd", "icd10", "icd 10", "icd code", "icd10 code", "diagnosis code", "diagnose code"),
    "certainty": ("certainty", "diagnosensicherheit", "sicherheit", "verification status"),
}
"""Our name → what its column is called; spelling, case, spaces and punctuation do not count."""
TARGETS = (*ALIASES, "known")
"""What a map may name. `known` is a column of names or numbers that must not survive in the text."""
PERSONAL = re.compile(
    r"name|physician|doctor|radiologist|referr|author|birth|dob\b|address|phone|email|insurance|ssn|hospital|institution"
    r"|geburt|arzt|telefon|adresse|strasse|nombre|medico|nacimiento|direccion"
)
TEXTS = ("text", "indication", "comparison", "technique", "findings", "impression")
_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "á": "a", "é": "e", "í": "i", "ó": "o", "ú": "u",
                          "ñ": "n", "è": "e", "à": "a"})


LONGEST_NAME = 60
DATA = re.compile(r"\d{4,}|\d[/.-]\d{1,2}[/.-]\d|@|\d{3}[ -]\d{2,}")
"""What values have and names of columns have not: numbers, dates, addresses of mail."""


@dataclass(frozen=True)
class Layout:
    """Where in a row each thing stands."""

    places: Mapping[str, int]
    personal: tuple[int, ...] = field(default=())

    @property
    def holds_codes(self) -> bool:
        return "code" in self.places and not any(name in self.places for name in TEXTS)


def layout_of(header: Sequence[str], column_map: Mapping[str, str]) -> Layout:
    """Chosen columns, and the obvious ones for what was not chosen. An empty choice says: none of them is that.

    Raises SourceError naming what is missing and the columns there are.
    """
    columns = tuple(column.strip() for column in header)
    named = _named(columns)
    places: dict[str, int] = {}
    unused = {ours for ours, column in column_map.items() if not column.strip()}
    for ours, column in column_map.items():
        if ours in unused:
            continue
        place = _place(columns, column)
        if place is None:
            raise SourceError(f"There is no column {column[:60]!r}; there are: {_listed(named)}.", columns=named)
        if ours != "known":
            places[ours] = place
    taken = set(places.values())
    plain = [_plain(column) for column in columns]
    for ours, names in ALIASES.items():
        if ours in places or ours in unused:
            continue
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is not None and place not in taken:
            places[ours] = place
            taken.add(place)
    if not any(name in places for name in TEXTS) and "code" not in places:
        raise SourceError(
            f"No column is known as the report's text. Say which one it is (text=COLUMN); there are: {_listed(named)}.",
            columns=named,
        )
    chosen = {_place(columns, column_map["known"])} if column_map.get("known") else set()
    personal = {n for n, name in enumerate(plain) if n not in taken and PERSONAL.search(name)} | chosen
    return Layout(places, tuple(sorted(n for n in personal if n is not None)))


def begins_with_header(line: str) -> bool:
    """Whether a line names a column of texts or codes and a column that says whose they are."""
    for delimiter in "\t;,|":
        cells = {_plain(cell.strip(' "')) for cell in line.split(delimiter)}
        told = {ours for ours, names in ALIASES.items() if cells & set(names)}
        if told & {*TEXTS, "code"} and told & {"number", "accession", "study_uid", "patient_id"}:
            return True
    return False


def _place(columns: Sequence[str], wanted: str) -> int | None:
    exact = [n for n, column in enumerate(columns) if column == wanted.strip()]
    alike = [n for n, column in enumerate(columns) if column and _plain(column) == _plain(wanted)]
    return next(iter([*exact, *alike]), None)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.lower().translate(_UMLAUTS)).strip()


def _named(columns: Sequence[str]) -> tuple[str, ...]:
    """Column names to choose from; none where the first line is a row of somebody's data, not of names."""
    named = tuple(column for column in columns if column)
    if any(len(column) > LONGEST_NAME or DATA.search(column) for column in named):
        return ()
    return named


def _listed(columns: Sequence[str]) -> str:
    """Column names, cut."""
    if not columns:
        return "none, or the first line is data; begin the file with a line of column names"
    return ", ".join(column[:30] for column in columns[:20]) or "none"
