"""Which code of a part of a report is which section: LOINC, DICOM and HL7 suffixes, as data. One table for all
formats, so that a report is the same text whichever way it came."""

from __future__ import annotations

from collections.abc import Iterable

HEADINGS: dict[str, str] = {
    # HL7 v2 suffixes of OBX-3 (2.7, chapter 7, "observation identifier suffixes")
    "GDT": "FINDINGS", "IMP": "IMPRESSION", "REC": "RECOMMENDATION", "ADT": "ADDENDUM",
    # LOINC
    "18782-3": "FINDINGS", "59776-5": "FINDINGS", "19005-8": "IMPRESSION",
    "55110-1": "IMPRESSION", "18785-6": "INDICATION", "11329-0": "INDICATION", "55752-0": "INDICATION",
    "18834-2": "COMPARISON", "55114-3": "TECHNIQUE", "55111-9": "TECHNIQUE", "18783-0": "RECOMMENDATION",
    "55107-7": "ADDENDUM", "62385-0": "RECOMMENDATION",
    # DICOM (PS3.16 CID 7001 and their entries)
    "121060": "INDICATION", "121062": "INDICATION", "121109": "INDICATION", "121110": "INDICATION",
    "121064": "TECHNIQUE", "121065": "TECHNIQUE", "121068": "COMPARISON", "121069": "COMPARISON",
    "121070": "FINDINGS", "121071": "FINDINGS", "121072": "IMPRESSION", "121073": "IMPRESSION",
    "121076": "IMPRESSION", "121077": "IMPRESSION", "121074": "RECOMMENDATION", "121075": "RECOMMENDATION",
    "121078": "ADDENDUM", "121111": "IMPRESSION",
}
ORDER = ("INDICATION", "COMPARISON", "TECHNIQUE", "FINDINGS", "IMPRESSION", "RECOMMENDATION", "ADDENDUM")


def heading_of(*codes: str) -> str:
    """The section's name; empty for codes that say none."""
    return next((HEADINGS[code] for code in codes if code in HEADINGS), "")


def compose(parts: Iterable[tuple[str, str]]) -> str:
    """Parts (section or empty, text) in their order as one text; a heading where the section changes."""
    lines: list[str] = []
    current = ""
    for heading, text in parts:
        text = text.strip("\r\n")
        if not text.strip():
            continue
        if heading and heading != current and not starts_with_heading(text, heading):
            lines += ([""] if lines else []) + [f"{heading}:"]
        current = heading or current
        lines.append(text)
    return "\n".join(lines)


def starts_with_heading(text: str, heading: str) -> bool:
    return text.lstrip()[: len(heading)].upper() == heading
