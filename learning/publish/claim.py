"""The Checklist for Artificial Intelligence in Medical Imaging, filled in as far as the record goes.

Items by number and in our own words after Mongan, Moy and Kahn, Radiology: Artificial Intelligence 2020;2(2):e200029.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

AUTHORS = "To be written by the authors."

ITEMS: dict[int, tuple[str, str]] = {
    1: ("Title and abstract", "Title names the kind of artificial intelligence"),
    2: ("Title and abstract", "Structured summary of design, methods, results, conclusions"),
    3: ("Introduction", "Background, intended use and clinical role"),
    4: ("Introduction", "Objectives and hypotheses"),
    5: ("Study design", "Prospective or retrospective"),
    6: ("Study design", "Goal of the study"),
    7: ("Data", "Sources of data"),
    8: ("Data", "Who was eligible: how, where, when"),
    9: ("Data", "Preprocessing"),
    10: ("Data", "Subsets, if any were chosen"),
    11: ("Data", "Definitions of data elements"),
    12: ("Data", "De-identification"),
    13: ("Data", "Missing data"),
    14: ("Reference standard", "Definition, so that it can be repeated"),
    15: ("Reference standard", "Why this one"),
    16: ("Reference standard", "Who annotated, with what training"),
    17: ("Reference standard", "Annotation tools"),
    18: ("Reference standard", "Variability between and within readers"),
    19: ("Partitions", "Sample size and how it was found"),
    20: ("Partitions", "How cases were assigned"),
    21: ("Partitions", "Level at which partitions are disjoint"),
    22: ("Model", "Description: inputs, outputs, layers"),
    23: ("Model", "Software and versions"),
    24: ("Model", "Initialisation"),
    25: ("Training", "Details: augmentation, settings, amount"),
    26: ("Training", "How the final model was chosen"),
    27: ("Training", "Ensembling, if any"),
    28: ("Evaluation", "Metrics"),
    29: ("Evaluation", "Significance and uncertainty"),
    30: ("Evaluation", "Robustness"),
    31: ("Evaluation", "Explainability"),
    32: ("Evaluation", "Testing on external data"),
    33: ("Results: data", "Flow of cases"),
    34: ("Results: data", "Characteristics per partition"),
    35: ("Results: model", "Performance, compared"),
    36: ("Results: model", "Accuracy with precision"),
    37: ("Results: model", "Failures"),
    38: ("Discussion", "Limitations"),
    39: ("Discussion", "Implications for practice"),
    40: ("Other", "Registration"),
    41: ("Other", "Protocol, data and code"),
    42: ("Other", "Funding"),
}


@dataclass(frozen=True)
class Answer:
    """One item with what the record says to it, or that the authors have to say it."""

    number: int
    section: str
    item: str
    text: str

    @property
    def is_open(self) -> bool:
        return self.text.startswith(AUTHORS)


def filled_in(known: Mapping[int, str]) -> list[Answer]:
    """All 42 items in order. Raises KeyError for an answer to an item that there is not."""
    unknown = set(known) - set(ITEMS)
    if unknown:
        raise KeyError(f"CLAIM has no item {sorted(unknown)}.")
    return [Answer(n, section, item, known.get(n) or AUTHORS) for n, (section, item) in ITEMS.items()]


def as_markdown(answers: list[Answer]) -> str:
    """A table per section, ready for a manuscript's supplement."""
    lines = ["# CLAIM checklist", "", f"{sum(not a.is_open for a in answers)} of {len(answers)} items filled in.", ""]
    section = ""
    for answer in answers:
        if answer.section != section:
            section = answer.section
            lines += ["", f"## {section}", "", "| no. | item | this study |", "|---|---|---|"]
        lines.append(f"| {answer.number} | {answer.item} | {answer.text.replace('|', '/')} |")
    return "\n".join(lines) + "\n"
