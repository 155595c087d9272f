"""Which function does which kind of job: one explicit table, filled by each app's tasks.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workers.engine.errors import PermanentFailure
from workers.queues import QUEUES

if TYPE_CHECKING:
    from workers.engine.context import JobContext

Handle = Callable[["JobContext"], "dict[str, Any] | None"]


@dataclass(frozen=True)
class Handler:
    kind: str
    run: Handle
    queue: str
    isolated: bool
    max_attempts: int


HANDLERS: dict[str, Handler] = {}


def handler(
    kind: str, *, queue: str = "cpu", isolated: bool = False, max_attempts: int = 5
) -> Callable[[Handle], Handle]:
    """Register a function as the handler of `kind`. `isolated` jobs run in a process of their own.

    Raises ValueError for an unknown queue or a kind that another function has.
    """
    if queue not in QUEUES:
        raise ValueError(f"{queue!r} is not a queue; known: {', '.join(QUEUES)}")

    def register(run: Handle) -> Handle:
        known = HANDLERS.get(kind)
        if known is not None and _name(known.run) != _name(run):
            raise ValueError(f"{kind!r} is handled by {_name(known.run)} already")
        HANDLERS[kind] = Handler(kind, run, queue, isolated, max_attempts)
        return run

    return register


def _name(run: Handle) -> str:
    return f"{run.__module__}.{run.__qualname__}"


def handler_of(kind: str) -> Handler:
    """Raises PermanentFailure naming the known kinds."""
    try:
        return HANDLERS[kind]
    except KeyError:
        known = ", ".join(sorted(HANDLERS)) or "none"
        raise PermanentFailure(f"No handler for jobs of kind {kind!r}; known: {known}.") from None
