"""The outcome of one control: did it hold, in a sentence with the figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """C1 to C7 by name."""

    name: str
    passed: bool
    sentence: str


class ControlFailed(AssertionError):
    """At least one control did not hold; the message tells all of them."""


def require(*controls: Control) -> None:
    """Raise ControlFailed unless every control held.

    >>> require(Control("C5 leak guard", True, "nothing shared"))
    """
    failed = [control for control in controls if not control.passed]
    if failed:
        raise ControlFailed("; ".join(f"{control.name}: {control.sentence}" for control in failed))
