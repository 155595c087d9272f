"""The service as users run it: granian on loopback, with a database and a home of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PASSWORD = "correct horse battery"
FILL = """
import json, sys
from pathlib import Path
import django
django.setup()
from tests import factories
from tests.imaging.files import ct, save, series, set_pixels, pattern
from imaging.models import Instance
project = factories.make_project(slug="hearts")
other = factories.make_project(slug="other")
member = factories.add_member(project, "manager", factories.make_user("member", password="correct horse battery"))
factories.make_user("stranger", password="correct horse battery")
folder = Path(sys.argv[1])
series(folder / "ct", 3, study="1.2.3.10", series="1.2.3.20")
kept = ct(9, study="1.2.3.11", series="1.2.3.21", patient_id="0815", AccessionNumber="B-1", StudyDate="20230105")
import numpy as np
from pydicom.uid import JPEGLSLossless
set_pixels(kept, np.stack([pattern(16, 12, n) for n in range(3)]))
kept.compress(JPEGLSLossless)
save(kept, folder / "jls.dcm")
factories.import_folder(project, folder)
rows = {}
for i in Instance.objects.select_related("series__study__patient"):
    study = i.series.study
    row = {"study": study.uid, "series": i.series.uid, "date": f"{study.date:%Y%m%d}", "accession": study.accession}
    rows.setdefault(study.patient.pseudonym, row | {"instances": []})["instances"].append(i.sop_uid)
print(json.dumps(list(rows.items())))
"""


@dataclass(frozen=True)
class Service:
    """A running service: `ct` is a study of three slices, `jls` one of three compressed frames."""

    url: str
    home: Path
    environment: dict[str, str]
    ct: dict[str, Any]
    jls: dict[str, Any]

    def ask(self, code: str) -> Any:
        """Run code in a process that sees the service's database; what it prints is read as JSON."""
        script = f"import json, django; django.setup()\n{code}"
        answer = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return json.loads(answer.stdout)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("service")
    environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "RADLOOP_TEST_HOME")}
    environment |= {"RADLOOP_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    quiet = {"cwd": ROOT, "env": environment, "check": True, "capture_output": True, "text": True}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], **quiet)  # type: ignore[call-overload]
    made = subprocess.run([sys.executable, "-c", FILL, str(home / "in")], **quiet)  # type: ignore[call-overload]
    studies = [dict(pseudonym=pseudonym, **study) for pseudonym, study in json.loads(made.stdout)]
    by_size = sorted(studies, key=lambda s: len(s["instances"]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [str(Path(sys.executable).with_name("granian")), "--interface", "asginl", "--host", "127.0.0.1", "--port",
         str(port), "--workers", "1", "--no-access-log", "--log-level", "warning", "config.asgi:application"],
        cwd=ROOT, env=environment,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/dicomweb/studies", server)
        yield Service(f"{url}/dicomweb", home, environment, ct=by_size[1], jls=by_size[0])
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], patience: float = 120.0) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5)
        except urllib.error.HTTPError:
            return  # it answers, with "sign in"
        except OSError:
            time.sleep(0.1)  # nothing to wait on but the port itself
    raise RuntimeError("the service did not come up")
