"""A real service on a free port, with its own home, a worker and a trained model; and a browser to look at it.

Any browser test may use `service`, `page`, `sign_in` and `screenshot`; reading tests have a worklist each (lists.py).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import ready_database
from tests.conftest import absent
from workers.supervisor import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "test-results"
FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
PATIENCE_MS = 60_000
"""For conditions in the browser: software rendering on a busy machine is slow, never wrong."""
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Service:
    """Where it answers, where its files are, and who may sign in (name → password)."""

    address: str
    home: Path
    passwords: dict[str, str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A management command in the service's home."""
        return subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=_environment(self.home), capture_output=True,
            text=True, check=True,
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # The first test waits for the service's data and its first training.
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def service(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    if not (ROOT / "frontend/static/frontend/dist/manifest.json").exists():
        absent("chromium", "the front end is not built; run `make frontend`")
    home = tmp_path_factory.mktemp("service")
    log = (home / "service.log").open("w")
    _prepared(home, log)
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port)], cwd=ROOT, env=_environment(home),
        stdout=log, stderr=log, preexec_fn=die_with_parent,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/sign-in/", process, home)
        lines = (home / "demo-accounts.txt").read_text().splitlines()
        yield Service(address, home, dict(line.split(None, 1) for line in lines))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


def _prepared(home: Path, log: Any) -> None:
    ready_database.lay(home / "radloop.sqlite3")
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.prepare"], cwd=ROOT, env=_environment(home), stdout=log, stderr=log
    )
    if done.returncode:
        pytest.fail(f"The service's data could not be made:\n{_end_of_log(home)}", pytrace=False)


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RADLOOP_", "DATABASE_URL", "DJANGO_"))}
    return kept | {"RADLOOP_HOME": str(home)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], home: Path, patience: float = 120.0) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"The service did not answer:\n{_end_of_log(home)}", pytrace=False)


def _end_of_log(home: Path) -> str:
    return "\n".join((home / "service.log").read_text().splitlines()[-30:])


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Pages in contexts of their own; a script error in any of them fails the test."""
    errors: list[str] = []
    contexts = []

    def make(width: int = 1440, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        context.on("page", lambda other: other.on("pageerror", lambda error: errors.append(str(error))))
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not errors, errors


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def sign_in(service: Service) -> Callable[..., None]:
    """`sign_in(page, "radiologist")`, "researcher" or "admin": through the page once, then by that session's cookie."""
    known: dict[str, Any] = {}

    def act(page: Page, username: str = "radiologist") -> None:
        if username in known:
            page.context.add_cookies(known[username])
            return
        page.goto(f"{service.address}/sign-in/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", service.passwords[username])
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        known[username] = page.context.cookies()

    return act


@pytest.fixture(scope="session")
def screenshot() -> Callable[[Page, str], Path]:
    """`screenshot(page, "name")` keeps a picture in test-results/ for people to look at."""

    def take(page: Page, name: str) -> Path:
        PICTURES.mkdir(exist_ok=True)
        path = PICTURES / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take
