"""The protocols that a project starts with."""

from __future__ import annotations

from imaging.hanging.rules import Pane, Rule, RuleSet, When

_XRAY = "CR/DX/RG"
_FRONTAL, _LATERAL = "PA/AP", "LL/RL/LAT"


def _breast(view: str, side: str) -> Pane:
    return Pane(modalities=["MG"], views=[view], sides=[side])


DEFAULTS = RuleSet(rules=[
    Rule(
        name="Mammogram, four views", rows=2, columns=2, when=When(modalities=["MG"], views=["CC", "MLO"]),
        panes=[_breast("CC", "R"), _breast("CC", "L"), _breast("MLO", "R"), _breast("MLO", "L")],
    ),
    Rule(
        name="Mammogram", rows=1, columns=2, when=When(modalities=["MG"]),
        panes=[Pane(modalities=["MG"], sides=["R"]), Pane(modalities=["MG"], sides=["L"])],
    ),
    Rule(
        name="Frontal and lateral radiograph", rows=1, columns=2,
        when=When(modalities=[_XRAY], views=[_FRONTAL, _LATERAL]),
        panes=[Pane(views=[_FRONTAL]), Pane(views=[_LATERAL])],
    ),
    Rule(
        name="Frontal and lateral radiograph, with the earlier ones", rows=2, columns=2,
        when=When(modalities=[_XRAY], views=[_FRONTAL, _LATERAL], prior=True),
        panes=[
            Pane(views=[_FRONTAL]), Pane(views=[_LATERAL]), Pane(study="prior", views=[_FRONTAL]),
            Pane(study="prior", views=[_LATERAL]),
        ],
    ),
    Rule(
        name="Radiograph beside the earlier one", rows=1, columns=2, when=When(modalities=[_XRAY], prior=True),
        panes=[Pane(modalities=[_XRAY], views=[_FRONTAL]), Pane(study="prior")],
    ),
    Rule(
        name="Two radiographs", rows=1, columns=2, when=When(modalities=[_XRAY], least=2, most=2),
        panes=[Pane(), Pane()],
    ),
    Rule(
        name="CT beside the earlier one", rows=1, columns=2, when=When(modalities=["CT"], prior=True),
        panes=[Pane(modalities=["CT"], words=["-LOCALIZER", "-SCOUT"]),
               Pane(study="prior", words=["-LOCALIZER", "-SCOUT"])],
    ),
    Rule(
        name="CT", rows=1, columns=1, when=When(modalities=["CT"]),
        panes=[Pane(modalities=["CT"], words=["-LOCALIZER", "-SCOUT"])],
    ),
    Rule(
        name="MR, four sequences", rows=2, columns=2, when=When(modalities=["MR"], least=3),
        panes=[
            Pane(modalities=["MR"], words=["T1", "-CONTRAST", "-LOCALIZER"]),
            Pane(modalities=["MR"], words=["T2", "-FLAIR", "-LOCALIZER"]),
            Pane(modalities=["MR"], words=["FLAIR/STIR", "-LOCALIZER"]),
            Pane(modalities=["MR"], words=["CONTRAST/DWI/DIFFUSION", "-LOCALIZER"]),
        ],
    ),
    Rule(
        name="MR, two sequences", rows=1, columns=2, when=When(modalities=["MR"], least=2, most=2),
        panes=[Pane(modalities=["MR"]), Pane(modalities=["MR"])],
    ),
    Rule(name="One image", rows=1, columns=1, panes=[Pane(words=["-LOCALIZER", "-SCOUT"])]),
])
