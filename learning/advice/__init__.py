"""What to try on a project's cases: facts in, three recipes with their reasons out. Pure: no Django, no torch.

`rules.RULES` is the table: a claim of the literature, when it applies, and what it changes in a recipe.
"""

from learning.advice.choose import Advice, advise
from learning.advice.facts import Facts, SiteVerdict, Source

__all__ = ["Advice", "Facts", "SiteVerdict", "Source", "advise"]
