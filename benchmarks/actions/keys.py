"""The fewest presses by which a reader who knows the room keys an answer in.

A step is a stroke of the room's table (`n`, `Shift+n`) or a drag (a box). A stroke counts its modifiers, too.
"""

from __future__ import annotations

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
        self.marked = 0
        """Findings that were marked and are asked about at the next Enter."""
        self.see(suggestions)

    def see(self, suggestions: list[Suggestion] | None) -> None:
        self.suggestions = {s["finding"]: s for s in suggestions or []}

    def say(self, answer: Answer) -> None:
        """By suggestion where that is fewer presses, first and in the order of the form; then letters; then `a`."""
        later = []
        for finding in self.findings:
            said = answer.present.get(finding["code"])
            if said is None:
                continue
            letter, taken = self._by_letter(finding, said), self._by_suggestion(finding, said)
            if taken is not None and _weight(taken) < _weight(letter):
                self.judged.add(finding["code"])
                self._press(finding, taken)
            else:
                later.append((finding, letter))
        for finding, way in later:
            self._press(finding, way)
        if len(self.answered) < len(self.findings):
            self.steps.append("a")
            self.answered = {finding["code"] for finding in self.findings}

    def submit(self) -> None:
        """Enter, or the one key that says the rest absent, too; then, for each marked finding, whether all are marked.

        The answer is yes, or left open where only states are read.
        """
        is_rest = self.steps[-1:] == ["a"]
        if is_rest:
            self.steps.pop()
        self.steps += ["F2" if is_rest else "Enter", *(["Space" if self.boxed else "Enter"] * self.marked)]
        self.marked = 0

    def _press(self, finding: Finding, way: tuple[list[Step], int]) -> None:
        steps, marks = way
        self.steps += steps
        self.marked += marks
        self.place = self.findings.index(finding)
        self.answered.add(finding["code"])

    def _by_letter(self, finding: Finding, said: Said) -> tuple[list[Step], int]:
        steps: list[Step] = [finding["shortcut"]] * (1 + (said.grade or 0))
        if self.boxed and said.box is not None:
            return [*steps, said.box, *_turns(finding, side_of(said.box, self.columns), said.side)], 1
        return [*steps, *_turns(finding, "", said.side)], 0

    def _by_suggestion(self, finding: Finding, said: Said) -> tuple[list[Step], int] | None:
        suggestion = self.suggestions.get(finding["code"])
        if suggestion is None or suggestion["state"] != "present":
            return None
        boxes = suggestion["boxes"]
        if self.boxed and not (len(boxes) == 1 and said.box and iou(boxes[0], said.box) >= GOOD_BOX):
            return None
        grades: list[Step] = [finding["shortcut"]] * (0 if said.grade is None else 1 + said.grade)
        stands = side_of(boxes[0], self.columns) if boxes else ""
        return [*self._way_to(finding), "Space", *grades, *_turns(finding, stands, said.side)], len(boxes[:1])

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
        return next((one for one in around if self._is_open(one["code"])), None)

    def _is_open(self, code: str) -> bool:
        suggestion = self.suggestions.get(code)
        return suggestion is not None and suggestion["state"] == "present" and code not in self.answered


def _weight(way: tuple[list[Step], int]) -> int:
    """What is marked is asked about once more at Enter."""
    steps, marks = way
    return actions(steps) + marks


def _turns(finding: Finding, stands: str, wanted: str) -> list[Step]:
    if not finding["has_laterality"] or not wanted:
        return []
    return ["\\"] * ((SIDES.index(wanted) - SIDES.index(stands)) % len(SIDES))
