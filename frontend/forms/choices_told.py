"""What each choice of a field means, taken out of its help, so that a form can fold what is not chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable


def told_by_choice(help: str, choices: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The help before the first choice, and choice → its meaning. `a, b: words` tells of both.

    >>> told_by_choice("How to sort. up: smallest first; down: largest first.", ["up", "down"])
    ('How to sort.', {'up': 'smallest first', 'down': 'largest first'})
    """
    names = "|".join(sorted(map(re.escape, choices), key=len, reverse=True))
    if not names:
        return help, {}
    found = list(re.finditer(rf"(?:^|(?<=[.;] ))((?:{names})(?:, (?:{names}))*): ", help))
    if not found:
        return help, {}
    ends = [one.start() for one in found[1:]] + [len(help)]
    meanings = {
        name: help[one.end():end].strip().rstrip(";.")
        for one, end in zip(found, ends, strict=True) for name in one[1].split(", ")
    }
    return help[:found[0].start()].strip(), meanings
