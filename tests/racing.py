"""Several callers at the same moment, each on a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection

Answer = TypeVar("Answer")


def race(*acts: Callable[[], Answer], patience: float = 60.0) -> list[Answer | Exception]:
    """Start all acts together in threads; what each returned or raised, in their order."""
    answers: list[Any] = [TimeoutError("did not end")] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(number: int, act: Callable[[], Answer]) -> None:
        try:
            gate.wait()
            answers[number] = act()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    return answers


def errors_of(answers: Sequence[object]) -> list[Exception]:
    return [answer for answer in answers if isinstance(answer, Exception)]
