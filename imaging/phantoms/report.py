"""The radiologist's report of a phantom: sections, varied wording, negations and hedges, always true to the labels."""

from __future__ import annotations

from random import Random

from imaging.phantoms.parameters import Lesion, Thorax

_INDICATIONS = ("Shortness of breath.", "Cough for two weeks.", "Chest pain.", "Preoperative assessment.", "Fever.")
_GRADES = {
    "nodule": ("small", "", "large"), "effusion": ("small", "moderate", "large"),
    "consolidation": ("small", "", "extensive"), "pneumothorax": ("small", "moderate", "large"),
    "cardiomegaly": ("mild", "moderate", "marked"),
}
_PRESENT = {
    "nodule": (
        "There is a {grade} nodule in the {side} {zone} zone.",
        "{grade} rounded opacity projecting over the {side} {zone} zone, consistent with a nodule.",
    ),
    "effusion": (
        "{grade} {side} pleural effusion.",
        "Blunting of the {side} costophrenic angle by a {grade} pleural effusion.",
    ),
    "consolidation": (
        "{grade} consolidation in the {side} lung.",
        "Airspace consolidation is seen in the {side} {zone} zone.",
    ),
    "pneumothorax": (
        "{grade} {side} pneumothorax.",
        "A {side} pleural line is visible, in keeping with a {grade} pneumothorax.",
    ),
    "cardiomegaly": ("{grade} cardiomegaly.", "The heart is enlarged, cardiothoracic ratio {ctr:.2f}."),
}
_ABSENT = {
    "nodule": ("No suspicious nodule.", "No pulmonary nodule is seen."),
    "effusion": ("No pleural effusion.", "The costophrenic angles are sharp."),
    "consolidation": ("No focal consolidation.", "The lungs are free of consolidation."),
    "pneumothorax": ("No pneumothorax.", "There is no evidence of pneumothorax."),
    "cardiomegaly": ("The heart is normal in size.", "Cardiac silhouette within normal limits."),
}
_HEDGES = ("Nipple shadows are noted.", "The bones are unremarkable for age.", "Rotation limits assessment slightly.")
_NAMES = {"nodule": "pulmonary nodule", "effusion": "pleural effusion", "consolidation": "consolidation",
          "pneumothorax": "pneumothorax", "cardiomegaly": "cardiomegaly"}


def report_text(thorax: Thorax, *, rng: Random | None = None) -> str:
    """INDICATION, FINDINGS and IMPRESSION; without `rng` the same thorax gives the same words."""
    choose = rng or Random(f"{thorax.seed}:{thorax.index}:report")
    lesions = {lesion.finding: lesion for lesion in thorax.lesions}
    sentences = []
    for finding in _NAMES:
        if finding in lesions:
            sentences.append(_positive(lesions[finding], thorax, choose))
        elif finding in ("pneumothorax", "effusion") or choose.random() < 0.7:
            sentences.append(choose.choice(_ABSENT[finding]))
    choose.shuffle(sentences)
    if choose.random() < 0.4:
        sentences.append(choose.choice(_HEDGES))
    return (
        f"INDICATION: {choose.choice(_INDICATIONS)}\n\nFINDINGS: {' '.join(sentences)}\n\n"
        f"IMPRESSION: {_impression(lesions)}"
    )


def _positive(lesion: Lesion, thorax: Thorax, choose: Random) -> str:
    zone = "upper" if lesion.y < -0.25 else "lower" if lesion.y > 0.15 else "mid"
    grade = _GRADES[lesion.finding][lesion.grade - 1]
    text = choose.choice(_PRESENT[lesion.finding]).format(grade=grade, side=lesion.side, zone=zone, ctr=thorax.ctr)
    text = " ".join(text.split())
    return text[0].upper() + text[1:]


def _impression(lesions: dict[str, Lesion]) -> str:
    if not lesions:
        return "No acute cardiopulmonary abnormality."
    named = [f"{lesion.side} {_NAMES[f]}".strip() for f, lesion in lesions.items()]
    text = ", ".join(named)
    return text[0].upper() + text[1:] + "."
