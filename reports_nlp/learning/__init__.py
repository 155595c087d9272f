"""Models that read reports, trained on corrections. Pure scikit-learn and torch, no Django.

Importing this package is cheap: scikit-learn and torch are loaded by the modules that train.
"""

from reports_nlp.learning.types import KINDS, STATES, Example, Prediction

__all__ = ["KINDS", "STATES", "Example", "Prediction"]
