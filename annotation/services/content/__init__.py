"""What a reader says about a case, as the room sends it: typed and checked once, at the edge."""

from annotation.services.content.bounds import CaseBounds, ImageSize, case_bounds
from annotation.services.content.checks import check_content, check_region
from annotation.services.content.fits import MINIMUM_BOX
from annotation.services.content.said import (
    Box3dRegion,
    Content,
    FindingAnswer,
    LevelAnswer,
    LinkAnswer,
    MaskRegion,
    NotAssessable,
    RegionAnswer,
    SuggestionAct,
    parse_content,
    parse_region,
)
from annotation.services.content.shapes import Box, Box3d, Mask, World

__all__ = [
    "MINIMUM_BOX", "Box", "Box3d", "Box3dRegion", "CaseBounds", "Content", "FindingAnswer", "ImageSize", "LevelAnswer",
    "LinkAnswer", "Mask", "MaskRegion", "NotAssessable", "RegionAnswer", "SuggestionAct", "World", "case_bounds",
    "check_content", "check_region", "parse_content", "parse_region",
]
