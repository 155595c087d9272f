"""Where a reader looked while naming a finding. Pure: numpy alone. Research use only.

A recording is gaze (or pointer) samples, the log of what the screen showed, and words with their times. The clocks of
gaze and words differ by a lag that nobody knows; it is estimated per recording, and so is the tracker's offset where
clicks tell it. What comes out are proposals: a finding, an image, a box, a score. Never a label.
"""

from annotation.gaze.alignment import Alignment, Proposal, align, distinct, looked_at
from annotation.gaze.fixations import Fixation, find_fixations
from annotation.gaze.heat import heat_map
from annotation.gaze.keywords import Keyword, spot
from annotation.gaze.lag import Lag, Part, estimate_lag
from annotation.gaze.offset import Click, estimate_offset
from annotation.gaze.samples import GazeError, Samples, parse_samples
from annotation.gaze.views import Shown, on_images
from annotation.gaze.words import Word, parse_words

__all__ = [
    "Alignment", "Click", "Fixation", "GazeError", "Keyword", "Lag", "Part", "Proposal", "Samples", "Shown", "Word",
    "align", "distinct", "estimate_lag", "estimate_offset", "find_fixations", "heat_map", "looked_at",
    "on_images", "parse_samples", "parse_words", "spot",
]
