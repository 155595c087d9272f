"""The flow of the cohort as readers of papers know it: downwards what remains, to the right what was left out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from learning.publish.cohort import OPEN, Step
from learning.publish.drawing import arrow, box, svg

_MAIN_X, _MAIN_WIDTH, _SIDE_X, _SIDE_WIDTH = 20, 300, 372, 330
_BOX, _GAP, _LINE = 48, 30, 16


def flow_svg(steps: Sequence[Step]) -> str:
    """Main steps from above to below, what each left out beside it, reserved sets where they were taken out."""
    main = [step for step in steps if step.place == "main"]
    reserved, parts = ([step for step in steps if step.place == place] for place in ("reserved", "part"))
    middle, y, body = _MAIN_X + _MAIN_WIDTH / 2, 10.0, list[str]()
    for number, step in enumerate(main):
        if number:
            told = _left_out(step, reserved if step.name == OPEN else [])
            height = _LINE * len(told) + 16 if told else 0
            gap = max(2 * _GAP, height + 16)
            body.append(arrow(middle, y, middle, y + gap))
            if told:
                body.append(box(_SIDE_X, y + (gap - height) / 2, _SIDE_WIDTH, told, height=height, headed=False))
                body.append(arrow(middle, y + gap / 2, _SIDE_X, y + gap / 2))
            y += gap
        body.append(box(_MAIN_X, y, _MAIN_WIDTH, [step.name, _size(step)], height=_BOX))
        y += _BOX
    for number, part in enumerate(parts):
        x = _MAIN_X + number * (_SIDE_X - _MAIN_X)
        centre = x + (_MAIN_WIDTH if number == 0 else _SIDE_WIDTH) / 2
        if number == 0:
            body.append(arrow(middle, y, middle, y + 2 * _GAP))
        else:
            body.append(f"<path d='M{middle:.1f} {y + _GAP:.1f}H{centre:.1f}' stroke='#1a1a1a' fill='none'/>")
            body.append(arrow(centre, y + _GAP, centre, y + 2 * _GAP))
        width = _MAIN_WIDTH if number == 0 else _SIDE_WIDTH
        body.append(box(x, y + 2 * _GAP, width, [part.name, _size(part)], height=_BOX))
    y += 2 * _GAP + _BOX if parts else 0
    return svg(_SIDE_X + _SIDE_WIDTH + 20, y + 36, "Flow of the cohort", body)


def _left_out(step: Step, reserved: Sequence[Step]) -> list[str]:
    """Lines of the box beside a step: how many it left out and why, and the sets that were drawn from them."""
    if not step.left_out:
        return []
    lines = _wrapped(f"{step.left_out[:1].upper()}{step.left_out[1:]}")
    for one in reserved:
        lines += _wrapped(f"{one.name}: {_size(one)}" + (f"; {one.left_out}" if one.left_out else ""))
    return lines


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, 50)


def _size(step: Step) -> str:
    studies, patients = (f"{n} {word}" if n != 1 else f"1 {one}" for n, word, one in (
        (step.studies, "studies", "study"), (step.patients, "patients", "patient")
    ))
    return f"{studies}, {patients}"
