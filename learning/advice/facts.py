"""What the rules look at."""

from dataclasses import dataclass
from typing import Literal

Family = Literal["radiographs", "cross-sections", "ultrasound"]


@dataclass(frozen=True, slots=True)
class Source:
    """Weights to start from: an earlier model of other patients, or public ones.

    reference  as a recipe names it: `chest-2 model 3`, or `imagenet/resnet18`.
    network    which network they are for; normalise: the brightness scaling that they need, empty for any.
    same_kind  trained on images of the same family of modalities.
    """

    reference: str
    is_public: bool
    network: str
    normalise: str
    same_kind: bool
    images: int


@dataclass(frozen=True, slots=True)
class SiteVerdict:
    """A verdict card of this site on the sections in which an arm differed from its control."""

    sections: tuple[str, ...]
    verdict: Literal["gain", "equivalent", "harm", "undecided"]
    delta: float
    patients: int
    project: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One project as it stands. Counts are of studies unless said otherwise.

    fewest        answers of the rarer side of the rarest finding; prevalence: its share of present answers.
    finding       that finding's name.
    stretched     names of findings that recipes may stretch: they do not ask for their proportions.
    learnable     codes of the findings with answers on both sides, where some have not; empty: all of them.
    unlabelled    studies of the pool without an answer.
    is_volume     most series are stacks of slices.
    makers        of the scanners, and `sites`: how many are known of; 0 where no image says.
    """

    labelled: int
    patients: int
    fewest: int
    prevalence: float
    finding: str
    stretched: tuple[str, ...] = ()
    learnable: tuple[str, ...] = ()
    unlabelled: int = 0
    family: Family = "radiographs"
    is_volume: bool = False
    boxes: int = 0
    reports: int = 0
    makers: int = 0
    sites: int = 0
    sources: tuple[Source, ...] = ()
    verdicts: tuple[SiteVerdict, ...] = ()

    @property
    def best_source(self) -> Source | None:
        """Of the same kind of image before public ones, those of more images first."""
        order = sorted(self.sources, key=lambda s: (not s.same_kind, s.is_public, -s.images))
        return next((s for s in order if self.is_volume or not s.network.endswith("_3d")), None)
