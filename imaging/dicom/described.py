"""Words of a series description that may pass the door: a closed vocabulary of sequences, planes and phases."""

from __future__ import annotations

import re

TERMS = (
    "T1", "T2", "PD", "FLAIR", "STIR", "DWI", "ADC", "SWI", "TOF", "GRE", "SE", "TSE", "FSE", "EPI", "DIXON", "VIBE",
    "MPRAGE", "SPACE", "HASTE", "PERFUSION", "DIFFUSION", "MRA", "MRCP", "CTA", "MIP", "MINIP", "MPR", "THIN",
    "THICK", "LOCALIZER", "SCOUT", "LUNG", "BONE", "BRAIN", "ABDOMEN", "CHEST", "LIVER", "MEDIASTINUM", "SOFT",
    "TISSUE", "SHARP", "NATIVE", "CONTRAST", "ARTERIAL", "VENOUS", "PORTAL", "DELAYED", "EARLY", "LATE",
    "INSPIRATION", "EXPIRATION", "PRONE", "SUPINE", "AXIAL", "SAGITTAL", "CORONAL", "LATERAL", "FRONTAL", "PA", "AP",
    "CC", "MLO", "TOMO", "LEFT", "RIGHT", "FAT", "SAT", "WATER", "PHASE", "OUT", "IN", "SUBTRACTION", "DYNAMIC",
    "WITHOUT", "WITH",
)
# as scanners write them → as they are kept
SHORT = {
    "AX": "AXIAL", "TRA": "AXIAL", "TRANSVERSE": "AXIAL", "TRANSVERSAL": "AXIAL", "SAG": "SAGITTAL", "COR": "CORONAL",
    "LOC": "LOCALIZER", "LOCALISER": "LOCALIZER", "SURVEY": "LOCALIZER", "TOPOGRAM": "SCOUT", "+C": "CONTRAST",
    "POST": "CONTRAST", "GD": "CONTRAST", "KM": "CONTRAST", "CE": "CONTRAST", "PRE": "NATIVE", "FS": "FAT SAT",
    "FATSAT": "FAT SAT", "DIFF": "DIFFUSION", "PERF": "PERFUSION", "SUB": "SUBTRACTION", "DYN": "DYNAMIC",
    "LAT": "LATERAL", "INSP": "INSPIRATION", "EXP": "EXPIRATION", "ART": "ARTERIAL", "VEN": "VENOUS", "PV": "PORTAL",
    "LT": "LEFT", "RT": "RIGHT", "W": "WITH", "WO": "WITHOUT",
}
WORDS = {word: word for word in TERMS} | SHORT
MOST_CHARACTERS = 64
"""Length of a Series Description (LO)."""


def known_words(description: str) -> str:
    """The words of the vocabulary in their order, each once, in its terms; "" when there is none.

    Names, dates and numbers fall out, whatever they stand between: `T2_FLAIR ax Doe 12.3.` → `T2 FLAIR AXIAL`.
    """
    found: list[str] = []
    for word in re.findall(r"\+C\b|[A-Z0-9]+", description.upper()):
        kept = WORDS.get(word)
        if kept is not None and kept not in found:
            found.append(kept)
    text = ""
    for word in found:
        if len(text) + len(word) >= MOST_CHARACTERS:
            break
        text = f"{text} {word}".strip()
    return text
