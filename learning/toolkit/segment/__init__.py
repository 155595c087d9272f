"""Which pixels belong to a finding: U-Nets on any backbone, in the plane and in volumes."""

from learning.toolkit.segment.masks import UNKNOWN, MaskExamples
from learning.toolkit.segment.predict import segment
from learning.toolkit.segment.scores import dice, evaluate_masks, hd95
from learning.toolkit.segment.uncertainty import outline_entropy

__all__ = ["UNKNOWN", "MaskExamples", "dice", "evaluate_masks", "hd95", "outline_entropy", "segment"]
