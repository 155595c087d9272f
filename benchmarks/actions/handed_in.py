"""Whether what the service got is the answer that was meant."""

from __future__ import annotations

from typing import Any

from benchmarks.actions.reader import GOOD_BOX, Answer, Said, iou


def differences(line: dict[str, Any], findings: list[dict[str, Any]], answer: Answer, *, boxed: bool) -> list[str]:
    """`line`: {"said": content, "left": what stayed open} or {"stuck": why}. Empty when all is as meant."""
    content = line.get("said")
    if content is None:
        return [line.get("stuck") or f"not handed in: {line.get('notice')}"]
    return content_differences(content, findings, answer, boxed=boxed)


def content_differences(
    content: dict[str, Any], findings: list[dict[str, Any]], answer: Answer, *, boxed: bool
) -> list[str]:
    wrong = []
    for finding in findings:
        given = content["findings"].get(str(finding["id"]))
        said = answer.present.get(finding["code"])
        state = given and given["state"]
        if state != ("present" if said else "absent"):
            wrong.append(f"{finding['code']} is {state}")
        elif said and given:
            wrong += _described(finding, given, content["regions"], said, boxed)
    return wrong


def _described(
    finding: dict[str, Any], given: dict[str, Any], regions: list[dict[str, Any]], said: Said, boxed: bool
) -> list[str]:
    wrong = []
    if given["laterality"] != said.side:
        wrong.append(f"{finding['code']}: side {given['laterality']}, meant {said.side}")
    if given["grade"] != said.grade:
        wrong.append(f"{finding['code']}: grade {given['grade']}, meant {said.grade}")
    marks = [region["geometry"] for region in regions if region["finding_id"] == finding["id"]]
    if boxed and not (len(marks) == 1 and said.box and iou(marks[0], said.box) >= GOOD_BOX - 0.01):
        wrong.append(f"{finding['code']}: boxes {marks}, meant {said.box}")
    if boxed and given["all_marked"] is not True:
        wrong.append(f"{finding['code']}: all marked {given['all_marked']}")
    return wrong
