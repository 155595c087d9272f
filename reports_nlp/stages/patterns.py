"""The small language in which packs write phrases: `[the] (left|right) {device} tip`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

_PIECE = re.compile(r"\\.|[()\[\]{}|]|[^\s()\[\]{}|]+")
_LIMIT = 10_000


class PatternError(ValueError):
    """A phrase that cannot be read: says which and why."""


def expand(pattern: str, classes: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Every word sequence the pattern stands for.

    `a b` is a sequence, `(a|b c)` a choice, `[a]` is optional, `{name}` stands for the class of that
    name, `\\(` for the character itself.
    """
    pieces = _PIECE.findall(pattern)
    position = 0

    def sequence(closing: str) -> list[tuple[str, ...]]:
        nonlocal position
        choices: list[tuple[str, ...]] = []
        parts: list[list[tuple[str, ...]]] = []
        while position < len(pieces):
            piece = pieces[position]
            position += 1
            if piece == closing:
                return choices + _product(parts, pattern)
            if piece == "|" and closing:
                choices += _product(parts, pattern)
                parts = []
            elif piece == "(":
                parts.append(sequence(")"))
            elif piece == "[":
                parts.append([(), *sequence("]")])
            elif piece == "{":
                name = pieces[position]
                position += 2
                if name not in classes:
                    raise PatternError(f"{pattern!r}: no class {name!r}; known are {', '.join(sorted(classes))}")
                parts.append([one for member in classes[name] for one in expand(member, classes)])
            elif piece in ")]}|":
                raise PatternError(f"{pattern!r}: {piece!r} without its opening")
            else:
                parts.append([(piece.removeprefix("\\"),)])
        if closing:
            raise PatternError(f"{pattern!r}: {closing!r} is missing")
        return _product(parts, pattern)

    yield from dict.fromkeys(sequence(""))


def _product(parts: list[list[tuple[str, ...]]], pattern: str) -> list[tuple[str, ...]]:
    size = 1
    for part in parts:
        size *= len(part)
    if size > _LIMIT:
        raise PatternError(f"{pattern!r} stands for more than {_LIMIT} phrases; write it as several")
    return [tuple(itertools.chain.from_iterable(one)) for one in itertools.product(*parts)]
