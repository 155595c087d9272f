"""Reports of two made-up sites for benchmarks of text models: one writes by the textbook, one has words of its own.

Every report is composed from its truth, so a verdict can be right or (as readers sometimes are) wrong by a known share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

STATES = ("present", "absent", "equivocal", "not_mentioned")
SHARES = (0.25, 0.40, 0.12, 0.23)
Sentences = Mapping[str, Sequence[str]]
TEXTBOOK: dict[str, Sentences] = {
    "Pleural Effusion": {
        "present": (
            "{grade} {side} pleural effusion.", "There is a {grade} pleural effusion on the {side}.",
            "Layering {side} effusion, {grade}.",
        ),
        "absent": ("No pleural effusion.", "There is no evidence of pleural effusion.", "No {side} effusion."),
        "equivocal": ("Possible {grade} {side} pleural effusion.", "A {grade} {side} effusion cannot be excluded."),
    },
    "Cardiomegaly": {
        "present": ("The heart is enlarged.", "{grade} cardiomegaly.", "Enlarged cardiac silhouette."),
        "absent": ("The heart is normal in size.", "No cardiomegaly.", "Heart size is within normal limits."),
        "equivocal": ("Possible {grade} cardiomegaly.", "Cardiomegaly cannot be excluded on this projection."),
    },
}
OWN_WORDS: dict[str, Sentences] = {
    "Pleural Effusion": {
        "present": (
            "{term} {side}, {grade}.", "{side} base: {term} {grade}.", "{grade} {term} at the {side} base.",
            "{side} sinus not free, {grade}.", "{side} sinus filled.", "{term} + {side}.",
        ),
        "absent": ("Both sinus free.", "{term} neg.", "{side} sinus free.", "Bases dry.", "{term} -."),
        "equivocal": ("{term} +/- {side}.", "{side} sinus: see lateral view.", "{term} ? {side}."),
    },
    "Cardiomegaly": {
        "present": (
            "{term} over the line.", "{term}: plus {grade}.", "{term} wide, {grade}.", "{term} beyond range.",
        ),
        "absent": ("{term}: regular.", "{term} under the line.", "{term} in range.", "{term} o. B."),
        "equivocal": ("{term}: at the line.", "{term}, see lateral view."),
    },
}
TERMS: dict[str, Sequence[str]] = {
    "Pleural Effusion": (
        "quistel sign", "water stop", "fluid rim", "basal veil", "meniscoid line", "ple", "wet base", "sulcus band",
        "damp line", "gravity layer", "lake sign", "tide mark",
    ),
    "Cardiomegaly": (
        "cor", "htx ratio", "heart line", "cor shadow", "c/t", "width index", "central shadow", "cor span",
        "transverse cor", "heart quotient",
    ),
}
"""The first are common, the last rare."""
FILLERS = (
    "No pneumothorax.", "The bones are unremarkable for age.", "Rotation limits assessment slightly.",
    "Portable examination.", "Tip of the line in the superior vena cava.", "Degenerative change of the spine.",
    "Surgical clips in the right upper abdomen.", "No focal consolidation.", "Lung volumes are low.",
    "The trachea is central.", "Old fracture of the left sixth rib.", "Left basal atelectasis.",
)
INDICATIONS = ("Cough.", "Shortness of breath, effusion?", "Chest pain.", "Fever.", "Cardiomegaly? Preoperative.")


@dataclass(frozen=True)
class SiteReport:
    patient: str
    text: str
    truth: dict[str, str]
    verdicts: dict[str, str]
    """What the reader says: the truth, but for slips."""


def site_report(site: str, seed: int, number: int, *, own: float, slips: float) -> SiteReport:
    """The same arguments give the same report.

    own    share of statements in the site's own words
    slips  share of verdicts that are another state than the truth
    """
    draw = Random(f"{site}:{seed}:{number}")
    truth = {finding: draw.choices(STATES, SHARES)[0] for finding in TEXTBOOK}
    said = [_sentence(finding, state, own, draw) for finding, state in truth.items() if state != "not_mentioned"]
    said += draw.sample(FILLERS, draw.randint(2, 5))
    draw.shuffle(said)
    cut = draw.randint(0, len(said))
    findings, impression = " ".join(said[:cut]) or "As below.", " ".join(said[cut:]) or "As above."
    text = f"INDICATION: {draw.choice(INDICATIONS)}\n\nFINDINGS: {findings}\n\nIMPRESSION: {impression}"
    verdicts = {
        finding: draw.choice([other for other in STATES if other != state]) if draw.random() < slips else state
        for finding, state in truth.items()
    }
    return SiteReport(f"{site}-{seed}-{number}", text, truth, verdicts)


def _sentence(finding: str, state: str, own: float, draw: Random) -> str:
    words = (OWN_WORDS if draw.random() < own else TEXTBOOK)[finding][state]
    grade = draw.choice(("small", "moderate", "large"))
    terms = TERMS[finding]
    term = draw.choices(terms, [1 / (place + 1) for place in range(len(terms))])[0]
    text = draw.choice(words).format(side=draw.choice(("left", "right")), grade=grade, term=term)
    return text[0].upper() + text[1:]
