"""The worked example of docs/toolkit.md does what it says."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "toolkit.md"


def test_the_example_for_a_notebook_runs_and_prints_a_verdict(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    section = PAGE.read_text(encoding="utf-8").split("## In a notebook", 1)[1]
    code = re.search(r"```python\n(.*?)```", section, re.S).group(1)
    exec(compile(code, str(PAGE), "exec"), {"__name__": "notebook"})
    told = capsys.readouterr().out
    assert re.search(r"AUROC \(95 % interval .* cases.*\): (better|worse|equivalent|undecided)", told), told


def test_the_example_for_starting_from_other_images_runs_after_it(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    page, known = PAGE.read_text(encoding="utf-8"), {"__name__": "notebook"}
    for title in ("## In a notebook", "## Starting from other images"):
        code = re.search(r"```python\n(.*?)```", page.split(title, 1)[1], re.S).group(1)
        exec(compile(code.split("cells = [", 1)[0], str(PAGE), "exec"), known)  # without the long comparison
    assert "Started from" in capsys.readouterr().out
