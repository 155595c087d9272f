"""Open-i's human MeSH headings as presence of the fourteen findings, and two baselines that read keywords.

The 300 files lie in RADLOOP_DATA. Those whose sha256 of the name begins with 8 to f are locked away: scores of them may
be printed, their text may not be shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.agreement import Labels

FOLDER = "reports_openi_xml"
# A heading is split at "/": the term, then its sites and qualities, of which one must be among those given.
MAPPED: tuple[tuple[str, frozenset[str], str], ...] = (
    ("normal", frozenset(), "No Finding"),
    ("Cardiomegaly", frozenset(), "Cardiomegaly"),
    ("Cardiac Shadow", frozenset({"enlarged", "prominent"}), "Cardiomegaly"),
    ("Heart", frozenset({"enlarged", "prominent"}), "Cardiomegaly"),
    ("Mediastinum", frozenset({"enlarged", "prominent"}), "Enlarged Cardiomediastinum"),
    ("Pulmonary Atelectasis", frozenset(), "Atelectasis"),
    ("Pleural Effusion", frozenset(), "Pleural Effusion"),
    ("Hydropneumothorax", frozenset(), "Pleural Effusion"),
    ("Hydropneumothorax", frozenset(), "Pneumothorax"),
    ("Pneumothorax", frozenset(), "Pneumothorax"),
    ("Consolidation", frozenset(), "Consolidation"),
    ("Pneumonia", frozenset(), "Pneumonia"),
    ("Pulmonary Edema", frozenset(), "Edema"),
    ("Pulmonary Congestion", frozenset(), "Edema"),
    ("Heart Failure", frozenset(), "Edema"),
    ("Opacity", frozenset({"lung"}), "Lung Opacity"),
    ("Density", frozenset({"lung"}), "Lung Opacity"),
    ("Infiltrate", frozenset(), "Lung Opacity"),
    ("Airspace Disease", frozenset(), "Lung Opacity"),
    ("Markings", frozenset({"lung"}), "Lung Opacity"),
    ("Cicatrix", frozenset({"lung"}), "Lung Opacity"),
    ("Nodule", frozenset(), "Lung Lesion"),
    ("Mass", frozenset(), "Lung Lesion"),
    ("Lung Neoplasms", frozenset(), "Lung Lesion"),
    ("Cavitation", frozenset({"lung"}), "Lung Lesion"),
    ("Thickening", frozenset({"pleura"}), "Pleural Other"),
    ("Cicatrix", frozenset({"pleura"}), "Pleural Other"),
    ("Calcinosis", frozenset({"pleura"}), "Pleural Other"),
    ("Fractures, Bone", frozenset(), "Fracture"),
    ("Catheters, Indwelling", frozenset(), "Support Devices"),
    ("Implanted Medical Device", frozenset(), "Support Devices"),
    ("Medical Device", frozenset(), "Support Devices"),
    ("Surgical Instruments", frozenset(), "Support Devices"),
    ("Tube, Inserted", frozenset(), "Support Devices"),
)


@dataclass(frozen=True)
class Coded:
    """A report with what people coded of it."""

    name: str
    text: str
    gold: Labels

    @property
    def is_locked(self) -> bool:
        return hashlib.sha256(self.name.encode()).hexdigest()[0] >= "8"


def coded_reports(data: Path) -> Iterator[Coded]:
    """All reports that have findings or an impression, each section behind its heading."""
    for path in sorted((data / FOLDER).glob("*.xml")):
        root = ElementTree.parse(path).getroot()  # noqa: S314 (files the operator put there)
        sections = [(part.get("Label", ""), (part.text or "").strip()) for part in root.iter("AbstractText")]
        headings = [(node.text or "").strip() for node in root.iterfind("MeSH/*") if node.tag in ("major", "minor")]
        if headings and any(text for label, text in sections if label in ("FINDINGS", "IMPRESSION")):
            text = "\n".join(f"{label}: {text}" for label, text in sections if text)
            yield Coded(path.stem, text, presence_of(headings))


def presence_of(headings: list[str]) -> Labels:
    """1 for each finding that a heading maps to."""
    found: Labels = {}
    for heading in headings:
        term, *rest = heading.split("/")
        for wanted, among, finding in MAPPED:
            if term == wanted and (not among or among & set(rest)):
                found[finding] = 1
    return found


KEYWORDS = {
    "Cardiomegaly": r"cardiomegaly|enlarged heart|heart", "Enlarged Cardiomediastinum": r"mediastin\w+",
    "Atelectasis": r"atelecta\w+", "Pleural Effusion": r"effusions?", "Pneumothorax": r"pneumothora\w+",
    "Consolidation": r"consolidations?", "Pneumonia": r"pneumonia", "Edema": r"edema|congestion",
    "Lung Opacity": r"opacit\w+|infiltrates?|airspace disease|scar\w*", "Lung Lesion": r"nodules?|mass(?:es)?",
    "Pleural Other": r"pleural thickening", "Fracture": r"fractures?", 
    "Support Devices": r"catheter|tube|pacemaker|clips|wires?",
}
_DENIED = re.compile(r"\b(?:no|not|without|negative|free of|clear of|normal|unremarkable)\b", re.IGNORECASE)
Baseline = Callable[[str], Labels]


def naive_keywords(text: str) -> Labels:
    """Present where a keyword stands anywhere."""
    return _with_normal({name: 1 for name, words in KEYWORDS.items() if _named(words, text)})


def keywords_with_negation(text: str) -> Labels:
    """Present where a keyword stands in a sentence with no word of denial."""
    asserted = " . ".join(part for part in re.split(r"(?<=[.:;\n])\s+", text) if not _DENIED.search(part))
    return _with_normal({name: 1 for name, words in KEYWORDS.items() if _named(words, asserted)})


BASELINES: dict[str, Baseline] = {"naive": naive_keywords, "sentence_negation": keywords_with_negation}


def _named(words: str, text: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text, re.IGNORECASE) is not None


def _with_normal(found: Labels) -> Labels:
    return found or {"No Finding": 1}
