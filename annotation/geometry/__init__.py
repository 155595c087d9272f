"""Pure geometry of marks: run lengths, outlines, measures. Image pixels, 0 = centre of the first pixel."""
