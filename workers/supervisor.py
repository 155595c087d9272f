"""Child processes that live and die with the supervisor."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_PR_SET_PDEATHSIG = 1
SUPERVISED = "RADLOOP_SUPERVISED"
"""Set for children of `up`: their own children follow them into death, too."""
_LIBC = ctypes.CDLL(None)


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies, however the parent dies."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def following(parent: int) -> Callable[[], None]:
    """For a new child of the process `parent`: dies with it, also when it died before this could be asked for."""

    def prepare() -> None:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@dataclass
class Child:
    """One supervised process; restarted with a growing pause when it ends by itself."""

    name: str
    command: Sequence[str]
    niceness: int = 0
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    start_at: float = 0.0
    started_at: float = 0.0
    parent: int = field(default_factory=os.getpid)

    def keep_alive(self) -> str | None:
        """Start it, or start it again; returns a line to print when something happened."""
        if self.process is not None and self.process.poll() is None:
            if self.failures and time.monotonic() - self.started_at > 60:
                self.failures = 0
            return None
        if self.process is not None:
            code, self.process = self.process.returncode, None
            self.failures += 1
            pause = min(30.0, 2.0**self.failures)
            self.start_at = time.monotonic() + pause
            return f"{self.name} ended with status {code}; starting it again in {pause:.0f} s"
        if time.monotonic() < self.start_at:
            return None
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command, start_new_session=True, preexec_fn=self._prepare,
            env={**os.environ, SUPERVISED: "1"},
        )
        return None

    def _prepare(self) -> None:
        following(self.parent)()
        os.nice(self.niceness)

    def signal(self, sign: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                return


def end_all(children: Sequence[Child], *, patience: float = 8.0) -> None:
    """SIGTERM to every group, SIGKILL to what is left after `patience` seconds."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    for child in children:
        if child.process is not None:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.signal(signal.SIGKILL)
                child.process.wait()
