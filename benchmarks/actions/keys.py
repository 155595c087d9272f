"""The fewest presses by which a reader who knows the room keys an answer in.

A step is a stroke of the room's table (`n`, `Shift+n`) or a drag (a box). A stroke counts its modifiers, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import combinations
from typing import Any

from benchmarks.actions.cases import SIZE, Box
from benchmarks.actions.reader import GOOD_BOX, Answer, Said, iou, side_of

SIDES = ["", "right", "left", "both"]
"""In the order in which the key of the side goes through them."""
SURE = 0.95
"""From this calibrated probability on a Submit that says absent is asked back (annotation.services.second_look)."""

Step = str | Box
Finding = dict[str, Any]
Suggestion = dict[str, Any]
Way = tuple[list[Step], bool]
"""What is pressed, and whether it leaves a mark."""


def actions(steps: list[Step], per_drag: int = 1) -> int:
    """Keys and clicks; a drag is one click, or the press and the release that it is made of."""
    return presses(steps) + per_drag * sum(not isinstance(step, str) for step in steps)


def presses(steps: list[Step]) -> int:
    """Keys that go down, modifiers among them."""
    return sum(len(step.split("+")) for step in steps if isinstance(step, str))


def concurrent(
    findings: list[Finding], suggestions: list[Suggestion] | None, answer: Answer, *, boxed: bool, columns: int = SIZE
) -> list[Step]:
    """A case from its appearance to its Submit; unaided where there are no suggestions."""
    hand = Hand(findings, suggestions, boxed, columns)
    hand.say(answer)
    hand.submit()
    return hand.steps + asked_back(answer, suggestions)


def second_reader(
    findings: list[Finding], suggestions: list[Suggestion], own: Answer, then: Answer, *, boxed: bool
) -> list[Step]:
    """The own answer is locked first; what the suggestions change comes after it."""
    hand = Hand(findings, None, boxed)
    hand.say(own)
    hand.submit()
    hand.see(suggestions)
    for finding in findings:
        code = finding["code"]
        if code in own.present and code not in then.present:
            hand.steps.append(f"Shift+{finding['shortcut']}")
            hand.place = findings.index(finding)
    hand.say(Answer({code: said for code, said in then.present.items() if code not in own.present}))
    hand.submit()
    return hand.steps + asked_back(then, suggestions)


def asked_back(answer: Answer, suggestions: list[Suggestion] | None) -> list[Step]:
    """The second look: one more Enter where the answer contradicts a sure model."""
    sure = [s for s in suggestions or [] if s["calibrated"] and s["probability"] >= SURE]
    return ["Enter"] if any(s["finding"] not in answer.present for s in sure) else []


class Hand:
    """How the form stands after what was pressed so far."""

    def __init__(
        self, findings: list[Finding], suggestions: list[Suggestion] | None, boxed: bool, columns: int = SIZE
    ) -> None:
        self.findings, self.boxed, self.columns = findings, boxed, columns
        self.steps: list[Step] = []
        self.place = -1
        """Of the finding in hand; -1: none."""
        self.answered: set[str] = set()
        self.judged: set[str] = set()
        """Findings whose suggestion was accepted."""
        self.ends = False
        """The key that hands in accepts the one suggestion that still waits."""
        self.is_marked = False
        """Something was marked that is asked about at the next Enter."""
        self.see(suggestions)

    def see(self, suggestions: list[Suggestion] | None) -> None:
        self.suggestions = {s["finding"]: s for s in suggestions or []}

    def say(self, answer: Answer) -> None:
        """Of all ways to take some findings by their suggestion and the others by letter the shortest; then `a`.

        The last suggestion may be taken by the key that says the rest absent and hands in.
        """
        subsets = [*_subsets(self._offered(answer))]
        ways = [self._said(answer, taken) for taken in subsets]
        ended = [self._ended(answer, taken, last) for taken in subsets for last in taken]
        vars(self).update(vars(min([*ways, *(one for one in ended if one)], key=Hand._cost)))

    def _cost(self) -> int:
        """With what handing in adds."""
        is_rest = not self.ends and self.steps[-1:] == ["a"]
        return actions(self.steps) + self.is_marked + (not is_rest)

    def _ended(self, answer: Answer, taken: Sequence[Finding], last: Finding) -> Hand | None:
        """All others are said before it; None where it is not the only one left, or wants a correction."""
        others = Answer({code: said for code, said in answer.present.items() if code != last["code"]})
        hand = self._said(others, [one for one in taken if one is not last], is_whole=False)
        steps, is_marked = self._by_suggestion(last, answer) or ([], False)
        if [code for code in self.suggestions if hand._is_open(code)] != [last["code"]] or steps[-1:] != ["Space"]:
            return None
        hand.is_marked |= is_marked
        hand.ends = True
        hand.answered = {finding["code"] for finding in hand.findings}
        return hand

    def _offered(self, answer: Answer) -> list[Finding]:
        """What its suggestion can say: likeliest first, as Space goes."""
        found = [one for one in self.findings if one["code"] in answer.present and self._by_suggestion(one, answer)]
        return sorted(found, key=lambda one: -_sure(self.suggestions[one["code"]]))

    def _said(self, answer: Answer, taken: Sequence[Finding], *, is_whole: bool = True) -> Hand:
        hand = copy(self)
        hand.steps, hand.answered, hand.judged = [*self.steps], {*self.answered}, {*self.judged}
        for finding in taken:
            hand._press(finding, hand._by_suggestion(finding, answer) or ([], False))
            if not _is_taken_back(hand.suggestions[finding["code"]], answer.present[finding["code"]]):
                hand.judged.add(finding["code"])
        for finding in hand.findings:
            if finding["code"] in answer.present and finding not in taken:
                hand._press(finding, hand._by_letter(finding, answer.present[finding["code"]]))
        if is_whole and len(hand.answered) < len(hand.findings):
            hand.steps.append("a")
            hand.answered = {finding["code"] for finding in hand.findings}
        return hand

    def submit(self) -> None:
        """Enter, or a key that says the rest absent, too; then, where marks are wanted, whether that is all."""
        is_rest = not self.ends and self.steps[-1:] == ["a"]
        if is_rest:
            self.steps.pop()
        self.steps += ["F8" if self.ends else "F2" if is_rest else "Enter", *(["Space"] * self.is_marked)]
        self.is_marked = self.ends = False

    def _press(self, finding: Finding, way: Way) -> None:
        steps, is_marked = way
        self.steps += steps
        self.is_marked |= is_marked
        self.place = self.findings.index(finding)
        self.answered.add(finding["code"])

    def _by_letter(self, finding: Finding, said: Said) -> Way:
        steps: list[Step] = [finding["shortcut"]] * (1 + (said.grade or 0))
        if self.boxed and said.box is not None:
            return [*steps, said.box, *_turns(finding, side_of(said.box, self.columns), said.side)], True
        return [*steps, *_turns(finding, "", said.side)], False

    def _by_suggestion(self, finding: Finding, answer: Answer) -> Way | None:
        said = answer.present[finding["code"]]
        suggestion = self.suggestions.get(finding["code"])
        if suggestion is None or suggestion["state"] != "present":
            return None
        boxes = suggestion["boxes"]
        if self.boxed and not (len(boxes) == 1 and said.box and iou(boxes[0], said.box) >= GOOD_BOX):
            return None
        grades: list[Step] = [finding["shortcut"]] * _climb(finding, suggestion.get("grade"), said.grade)
        stands = side_of(boxes[0], self.columns) if boxes else ""
        return [*self._way_to(finding), "Space", *grades, *_turns(finding, stands, said.side)], self.boxed

    def _way_to(self, finding: Finding) -> list[Step]:
        """Nothing where Space goes there by itself, else arrows."""
        if self._next() is finding:
            return []
        there, count = self.findings.index(finding), len(self.findings)
        forth = (there - self.place) % count if self.place >= 0 else there + 1
        back = (self.place - there) % count if self.place >= 0 else count - there
        return ["ArrowRight"] * forth if forth <= back else ["ArrowLeft"] * back

    def _next(self) -> Finding | None:
        """What Space judges now (frontend/src/session/suggestions.ts, inTurn)."""
        held = self.findings[self.place] if self.place >= 0 else None
        if held and held["code"] in self.suggestions and held["code"] not in self.judged:
            return held
        around = [*self.findings[self.place + 1 :], *self.findings[: max(self.place, 0)]]
        waiting = [one for one in around if self._is_open(one["code"])]
        return max(waiting, key=lambda one: _sure(self.suggestions[one["code"]]), default=None)

    def _is_open(self, code: str) -> bool:
        suggestion = self.suggestions.get(code)
        return suggestion is not None and suggestion["state"] == "present" and code not in self.answered


def _sure(suggestion: Suggestion) -> float:
    return float(suggestion["probability"]) if suggestion["calibrated"] else 0.0


def _climb(finding: Finding, suggested: int | None, wanted: int | None) -> int:
    """Presses of the finding's key from the suggested grade (None: none) to the wanted one; past the last is unsaid."""
    if wanted is None:
        return 0
    at = -1 if suggested is None else suggested
    return wanted - at if wanted >= at else len(finding["grades"]) - at + 1 + wanted


def _is_taken_back(suggestion: Suggestion, said: Said) -> bool:
    """On the way to a lower grade the finding is unsaid once, and then no longer points at its suggestion."""
    grade = suggestion.get("grade")
    return grade is not None and said.grade is not None and said.grade < grade


def _subsets(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """The smaller first: of ways that are equally short the one by letters is taken."""
    for count in range(len(findings) + 1):
        yield from combinations(findings, count)


def _turns(finding: Finding, stands: str, wanted: str) -> list[Step]:
    if not finding["has_laterality"] or not wanted:
        return []
    return ["\\"] * ((SIDES.index(wanted) - SIDES.index(stands)) % len(SIDES))
