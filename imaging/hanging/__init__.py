"""Hanging protocols: which series of a study and of an earlier one hang where. Pure: rules and facts to a decision."""

from imaging.hanging.defaults import DEFAULTS
from imaging.hanging.facts import Hangable, StudyFacts
from imaging.hanging.rules import Pane, Rule, RuleSet, When
from imaging.hanging.score import Candidate, Decision, Hung, decide

__all__ = [
    "DEFAULTS", "Candidate", "Decision", "Hangable", "Hung", "Pane", "Rule", "RuleSet", "StudyFacts", "When", "decide",
]
