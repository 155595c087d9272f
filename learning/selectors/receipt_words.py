"""A receipt in words: room and page show the same lines."""

from __future__ import annotations

from typing import Any


def headline(numbers: dict[str, Any]) -> str:
    """`42 read, 9 corrected, 37 left the queue, Effusion AUROC .81 → .84 [+.01, +.05], undecided`."""
    left = numbers["left"]["read_by_others"] + numbers["left"]["sure"]
    parts = [f"{numbers['read']} read", f"{numbers['corrected']} corrected"]
    parts.append(f"{left} left the queue" if left else "none left the queue meanwhile")
    figure = numbers["figure"]
    row = figure and (figure["most"] or figure["macro"])
    if row:
        moved = f"{row['finding'] or 'mean'} {figure.get('figure', 'AUROC')} {_step(row)} {_interval(row)}"
        parts += [moved, figure["verdict"]]
    return ", ".join(parts)


def lines(numbers: dict[str, Any]) -> list[str]:
    """Sentences behind the headline; also what did not change is said."""
    return [_reading(numbers), _suggestions(numbers), _queue(numbers["left"]), *_figure(numbers["figure"])]


def _reading(numbers: dict[str, Any]) -> str:
    minutes = numbers["seconds"] / 60
    more = [f"{numbers[what]} {what}" for what in ("amended", "skipped") if numbers[what]]
    pace = f", {numbers['read'] / minutes * 60:.0f} per hour" if minutes >= 1 and numbers["read"] else ""
    time = _count(round(minutes), "active minute") if round(minutes) else "less than an active minute"
    told = f"{_count(numbers['read'], 'case')} read in {time}"
    return f"{told}{pace}{'; ' + ', '.join(more) if more else ''}."


def _suggestions(numbers: dict[str, Any]) -> str:
    if not numbers["accepted"] and not numbers["corrected"]:
        return "No suggestion was accepted or corrected."
    return f"{_count(numbers['corrected'], 'suggestion')} corrected or rejected, {numbers['accepted']} accepted."


def _queue(left: dict[str, int]) -> str:
    if not left["read_by_others"] and not left["sure"]:
        return "No case left the queue meanwhile but those that you read."
    parts = []
    if left["sure"]:
        parts.append(f"the model became sure of {_count(left['sure'], 'unread case')}")
    if left["read_by_others"]:
        parts.append(f"colleagues read {left['read_by_others']}")
    told = " and ".join(parts)
    return f"{told[:1].upper()}{told[1:]}."


def _figure(figure: dict[str, Any] | None) -> list[str]:
    if figure is None:
        return ["No turn of the loop ended meanwhile, so the model is the same."]
    if figure["macro"] is None:
        return [figure["sentence"]] if figure["sentence"] else []
    by = ", read by simulated readers" if figure["simulated_readers"] else ""
    after = "The student took over" if figure["promoted"] else "The model before it stays"
    rows = [row for row in (figure["most"], figure["macro"]) if row]
    told = [
        f"{row['finding'] or 'Mean over findings'}: gate {figure.get('figure', 'AUROC')} {_step(row)}, "
        f"difference {_interval(row)}."
        for row in rows
    ]
    return [*told, f"Turn {figure['turn']}, {figure['n']} gate cases{by}: {figure['sentence']}. {after}."]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _step(row: dict[str, Any]) -> str:
    """`.81 → .84`; a side that is not defined is said."""
    return " → ".join("not defined" if row[k] is None else f"{row[k]:.2f}".lstrip("0") for k in ("before", "after"))


def _interval(row: dict[str, Any]) -> str:
    """95 % interval of the difference."""
    if row["low"] is None or row["high"] is None:
        return f"{row['delta']:+.2f} [too few cases for an interval]"
    return f"{row['delta']:+.2f} [{row['low']:+.2f} to {row['high']:+.2f}]"
