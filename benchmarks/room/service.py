"""A web process for a stack, on a free port."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time

from benchmarks.stacks import Stack


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_web(stack: Stack, port: int, patience: float = 120.0) -> subprocess.Popen[bytes]:
    """One granian process as `manage.py up` starts it; returns once it answers. Raises SystemExit when it does not."""
    web = stack.start(
        "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--no-access-log", "--log-level", "warning", "config.asgi:application", log="web",
    )
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and web.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/sign-in/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return web
    raise SystemExit(f"the web process did not answer; see {stack.home}/web.log")
