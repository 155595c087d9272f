"""Words by which radiologists describe what they see, by kind."""

from __future__ import annotations

TRAIT_WORDS: dict[str, tuple[str, ...]] = {
    "size": (
        "tiny", "minute", "punctate", "miliary", "small", "medium", "large", "massive", "extensive", "subcentimeter",
        "subcentimetre", "bulky", "thin", "thick", "wide", "broad",
    ),
    "shape": (
        "round", "rounded", "oval", "ovoid", "lobulated", "nodular", "linear", "curvilinear", "plate-like", "platelike",
        "band-like", "bandlike", "discoid", "wedge-shaped", "triangular", "crescentic", "reticular", "reticulonodular",
        "tubular", "branching", "tree-in-bud", "masslike", "mass-like", "globular", "meniscus", "biconvex", "flat",
        "patchy", "confluent", "streaky", "fluffy", "branching",
    ),
    "margin": (
        "well-defined", "well defined", "well-circumscribed", "well circumscribed", "circumscribed", "sharp",
        "sharply marginated", "smooth", "ill-defined", "ill defined", "poorly defined", "poorly-defined", "indistinct",
        "hazy", "blurred", "irregular", "spiculated", "lobulated margin", "blunted", "obscured", "vague", "faint",
    ),
    "density": (
        "calcified", "noncalcified", "non-calcified", "partially calcified", "dense", "sclerotic", "lucent", "lytic",
        "solid", "subsolid", "part-solid", "ground-glass", "ground glass", "cavitary", "cavitating", "cystic",
        "necrotic", "homogeneous", "heterogeneous", "fat-containing", "fatty", "opaque", "air bronchogram",
        "air bronchograms", "layering", "loculated", "free-flowing", "interstitial", "alveolar",
    ),
    "number": ("single", "solitary", "multiple", "multifocal", "numerous", "several", "few", "diffuse", "scattered"),
    "location": (
        "apical", "basilar", "basal", "basilar", "bibasilar", "perihilar", "hilar", "peripheral", "central",
        "subpleural", "retrocardiac", "costophrenic", "lingular", "paratracheal", "lateral", "medial", "posterior",
        "anterior", "dependent", "fissural", "upper lobe", "middle lobe", "lower lobe", "upper zone", "mid zone",
        "lower zone", "upper lung", "mid lung", "lower lung", "apex", "base", "lingula",
    ),
    "severity": ("trace", "minimal", "mild", "moderate", "severe", "marked"),
}
SIDED = frozenset({
    "upper lobe", "middle lobe", "lower lobe", "upper zone", "mid zone", "lower zone", "upper lung", "mid lung",
    "lower lung", "apex", "base",
})
"""Places of which there are two (or a right one): said with their side where the text gives it."""
