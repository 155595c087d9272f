"""Reading reports: a pure pipeline on spaCy tokens, with phrases and policies as data."""

from reports_nlp.stages.extractor import Extractor
from reports_nlp.stages.lexicon import phrases_for
from reports_nlp.stages.policy import Policy, PolicyError, load_policy, policies
from reports_nlp.stages.rules import Rules, RulesError, languages, load_rules

__all__ = [
    "Extractor", "Policy", "PolicyError", "Rules", "RulesError", "languages", "load_policy", "load_rules",
    "phrases_for", "policies",
]
