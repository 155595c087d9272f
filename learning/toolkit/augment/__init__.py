"""Random alterations of a whole batch at once, on its device; what is altered follows `plan_of` of the recipe."""

from learning.toolkit.augment.apply import augment, augment_with_masks

__all__ = ["augment", "augment_with_masks"]
