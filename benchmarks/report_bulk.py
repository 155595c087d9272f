"""Many reports at once: through the command as a file, and through `nlp` workers that are killed meanwhile."""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from benchmarks.memory import Watch
from benchmarks.report_texts import report, reports
from benchmarks.results import result
from benchmarks.stacks import ROOT, Stack, kill
from workers.supervisor import following

SETTINGS = "benchmarks.service.settings"
GROWTH_MB = "<=32"
"""A report held back costs a kilobyte and more: one in thirty of a million would show."""
LOOKS = 240
"""Of fewer looks, all fall into the start of processes, and growth says nothing."""
BATCH = 2000


def stream_file(count: int) -> None:
    """The command over a file of so many reports; memory is looked at ten times a second."""
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "reports.csv", Path(folder) / "labels.csv"
        with given.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "text"])
            writer.writerows((n, text) for n, text in enumerate(reports(count)))
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "extract_reports", "--in", given, "--out", answer], cwd=ROOT,
            env=os.environ | {"RADLOOP_HOME": folder}, stdout=subprocess.DEVNULL,
        )
        while process.poll() is None:
            watch.look([process.pid])
            time.sleep(0.1)
        seconds = time.perf_counter() - started
        with answer.open(encoding="utf-8") as file:
            rows = sum(1 for _ in file) - 1
    result("reports.file.reports", count, "reports")
    result("reports.file.missing", count - rows, "reports", "0")
    result("reports.file.rate", round(count / seconds), "reports/s")
    result("reports.file.memory_peak", round(watch.peak), "MB", "<=512")
    _flat("reports.file", watch)


def torment_jobs(stack: Stack, count: int, kills: int, seed: int, minutes: float) -> bool:
    """So many reports in a project are read by workers, which are killed -9 meanwhile; whether all targets were met.

    minutes   after which it is stopped wherever it is; 0 for never.
    """
    generator, watch = random.Random(seed), Watch()
    _drive(stack, "prepare", count, 0).wait()
    workers = [stack.start_worker(processes=1), stack.start_worker(processes=1)]
    stack.start("manage.py", "sweep", log="sweep")
    driver = _drive(stack, "watch", count, minutes)
    gap = max(6.0, minutes * 60 / (kills + 1))
    pauses = [gap * generator.uniform(0.7, 1.3) for _ in range(kills)]
    due = time.monotonic() + 5
    while driver.poll() is None:
        watch.look(worker.pid for worker in workers)
        time.sleep(0.25)
        if pauses and time.monotonic() > due:
            due = time.monotonic() + pauses.pop()
            victim = generator.randrange(len(workers))
            kill(workers[victim])
            workers[victim] = stack.start_worker(processes=1)
    result(f"reports.{stack.name}.kills", kills - len(pauses), "workers")
    peak = result(f"reports.{stack.name}.memory_peak", round(watch.peak), "MB per process", "<=512")
    return _flat(f"reports.{stack.name}", watch) and peak and driver.returncode == 0


def _flat(name: str, watch: Watch) -> bool:
    return result(f"{name}.memory_growth", round(watch.growth, 1), "MB", GROWTH_MB if len(watch.seen) >= LOOKS else "")


def _drive(stack: Stack, what: str, count: int, minutes: float) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [
            sys.executable, "-m", "benchmarks.reports", stack.name, "--drive", what, "--reports", str(count),
            "--minutes", str(minutes),
        ],
        cwd=ROOT, env=stack.environment, preexec_fn=following(os.getpid()),
    )
    stack.processes.append(process)
    return process


def prepare(count: int) -> None:
    """A project with so many reports and none read."""
    from django.db import connection

    from core.models import Project
    from imaging.models import Patient, Study
    from reports_nlp.models import Report

    project = Project.objects.create(slug="bench", name="Bench")
    patient = Patient.objects.create(pseudonym="P-BENCH", split="pool", split_digest="0", day_shift=-1)
    study = Study.objects.create(uid="2.25.1", patient=patient)
    rows = (
        Report(project=project, study=study, key=f"bench-{n}", text=text, digest=f"{n:064d}")
        for n, text in enumerate(reports(count))
    )
    while batch := list(islice(rows, BATCH)):
        Report.objects.bulk_create(batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what a server's autovacuum does within a minute, where it is on


def watch_jobs(name: str, count: int, minutes: float) -> None:
    """Queue the reading, wait for it (so many minutes at most, when given), count what is there."""
    from core.models import Project
    from reports_nlp.services.extraction import enqueue_extraction
    from workers.models import Job, JobState

    project = Project.objects.get()
    started = time.monotonic()
    enqueue_extraction(project=project)
    unfinished = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING])
    deadline = started + (minutes * 60 or 120 + count / 10)
    while unfinished.exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    seconds = time.monotonic() - started
    is_stopped = bool(minutes) and unfinished.exists()
    ended_badly = Job.objects.filter(state__in=[JobState.FAILED, JobState.CANCELLED])
    lost = ended_badly if is_stopped else Job.objects.exclude(state=JobState.DONE)
    for failed in lost[:5]:
        print(f"  {failed.kind} is {failed.state} in attempt {failed.attempt}: {failed.failure or failed.message}")
    read = _count(name, count, is_stopped)
    result(f"reports.{name}.jobs_lost", lost.count(), "jobs", "0")
    result(f"reports.{name}.tried_again", Job.objects.filter(attempt__gt=1).count(), "jobs")
    result(f"reports.{name}.rate", round(read / seconds), "reports/s")


def _count(name: str, count: int, is_stopped: bool) -> int:
    """How many were read."""
    from django.db.models import Count

    from reports_nlp.models import Extraction, Mention, Report

    result(f"reports.{name}.reports", Report.objects.count(), "reports", str(count))
    # One statement sees one moment: where this was stopped, workers go on writing.
    seen = Extraction.objects.aggregate(rows=Count("pk"), reports=Count("report", distinct=True))
    read = int(seen["reports"])
    result(f"reports.{name}.unread", count - read, "reports", "" if is_stopped else "0")
    result(f"reports.{name}.read_twice", seen["rows"] - read, "extractions", "0")
    result(f"reports.{name}.mentions", Mention.objects.count(), "mentions", ">=1")
    compared, different = _compared(range(0, read, max(1, read // 200)))
    result(f"reports.{name}.compared", compared, "reports", ">=1")
    result(f"reports.{name}.differ_from_direct", different, "reports", "0")
    return read


def _compared(numbers: range) -> tuple[int, int]:
    """Of a sample: reports that the rules of now were through, and those whose rows say another thing than these."""
    from reports_nlp.models import Extraction
    from reports_nlp.stages import Extractor, load_policy, load_rules

    extractor = Extractor(rules=load_rules("en", extra_phrases=()), policy=load_policy("chexpert"))
    current = Extraction.objects.filter(is_current=True, confirmed=extractor.definition)
    compared = different = 0
    for number in numbers:
        extraction = current.filter(report__key=f"bench-{number}").first()
        if extraction is not None:
            direct = {label.finding: label.value for label in extractor(report(number)).labels}
            compared += 1
            different += dict(extraction.labels.values_list("finding", "value")) != direct
    return compared, different
