"""The layers are as docs/architecture.md draws them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "workers", "imaging", "annotation", "reports_nlp", "learning", "frontend", "config")


def _sources() -> list[Path]:
    return [p for package in PACKAGES for p in (ROOT / package).rglob("*.py")
            if "migrations" not in p.parts and "node_modules" not in p.parts]


def test_every_import_points_downwards() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-1000:]


def test_the_web_process_starts_without_torch() -> None:
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "import django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print([m for m in ('torch', 'monai', 'sklearn', 'skimage') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert answer.stdout.strip().endswith("[]"), answer.stdout + answer.stderr


@pytest.mark.parametrize("name", ["utils.py", "helpers.py", "common.py", "misc.py"])
def test_no_module_is_a_drawer_for_everything(name: str) -> None:
    assert [str(p.relative_to(ROOT)) for p in _sources() if p.name == name] == []


def test_no_file_grows_into_a_place_where_everything_lives() -> None:
    long = {str(p.relative_to(ROOT)): n for p in _sources() if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_tasks_only_lease_call_and_report() -> None:
    for path in (ROOT / app / "tasks.py" for app in PACKAGES):
        if not path.exists():
            continue
        for body in re.split(r"^@", path.read_text(), flags=re.M)[1:]:
            assert len(body.strip().splitlines()) <= 16, f"{path}: a task decides nothing; move it to a service"


def test_no_moment_that_is_an_element_stands_inside_an_attribute() -> None:
    """`when` and `day` write a <time>; in an attribute its quotes would end it, and its rest would be read as text."""
    inside = re.compile(r'="[^"<>]*\{\{[^}]*\|(when|day)\b')
    templates = (ROOT / "frontend/templates").rglob("*.html")
    assert [p.name for p in templates if inside.search(p.read_text())] == []


def test_reading_pages_and_exports_say_research_use_only() -> None:
    for path in ("frontend/templates/frontend/base.html", "frontend/templates/frontend/read.html",
                 "annotation/formats/coco.py"):
        assert "research use only" in (ROOT / path).read_text().lower(), path
