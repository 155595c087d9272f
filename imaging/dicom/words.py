"""Names of windows and tables: free text in DICOM, so only words that name tissue, organ or manner may pass."""

from __future__ import annotations

import re
from typing import Any

_KNOWN = frozenset("""
    ABDOMEN ALGO ANGIO AUTO BONE BONES BRAIN BREAST CHEST CONTRAST CT DEFAULT DENSE EXTREMITY FOSSA FULL HARD
    HARDER HEAD HEART HIGH HIP IAC KNEE LATITUDE LINEAR LIVER LOW LUNG LUNGS LUT MAMMO MAX MEDIASTINUM MIN MR
    MUSCLE NARROW NECK NORMAL ORBIT PELVIS PET POSTERIOR PRESET RANGE SEGMENT SHARP SHOULDER SIGMOID SINUS SKIN
    SMOOTH SOFT SOFTER SPINE STANDARD STD STROKE SUV TEMPORAL THORAX TISSUE TISSUES USER VESSEL VESSELS VOI WIDE
    WINDOW
""".split())  # noqa: SIM905  (a table reads better)
_WORD = re.compile(r"([A-Z]+)\d{0,2}|\d{1,2}")


def known_words(text: Any) -> str:
    """The text when all its words are known ones (each may carry a number of two digits), else empty."""
    parts = re.split(r"[\s_\-/]+", str(text or "").strip().upper())
    if parts == [""] or len(parts) > 4:
        return ""
    found = [_WORD.fullmatch(part) for part in parts]
    if not all(one and one[1] in (*_KNOWN, None) for one in found) or not any(one and one[1] for one in found):
        return ""
    return " ".join(parts)
