"""Learning's jobs. Each runs in a process of its own: cancelled by pid, its memory given back, its crash isolated."""

from __future__ import annotations

from typing import Any

from workers.engine import JobContext, handler


@handler("learning.train", queue="gpu", isolated=True)
def train(job: JobContext) -> dict[str, Any]:
    from learning.services.runs import execute_run

    return execute_run(job=job)


@handler("learning.turn", queue="gpu", isolated=True)
def turn(job: JobContext) -> dict[str, Any]:
    from learning.services.turns import take_turn

    return take_turn(job=job)


@handler("learning.rank", queue="gpu", isolated=True)
def rank(job: JobContext) -> dict[str, Any]:
    from learning.services.reranking import rank_after_override

    return rank_after_override(job=job)


@handler("learning.outline", queue="gpu", isolated=True)
def outline(job: JobContext) -> dict[str, Any]:
    from learning.services.outlines import execute_outlining

    return execute_outlining(job=job)


@handler("learning.explain", queue="gpu", isolated=True)
def explain(job: JobContext) -> dict[str, Any]:
    from learning.services.explanations import execute_explaining

    return execute_explaining(job=job)


@handler("learning.compare", queue="cpu")
def compare(job: JobContext) -> dict[str, Any]:
    from learning.services.comparisons.work import spread

    return spread(job=job)


@handler("learning.compare-arm", queue="gpu", isolated=True)
def compare_arm(job: JobContext) -> dict[str, Any]:
    from learning.services.comparisons.work import run_arm

    return run_arm(job=job)


@handler("learning.judge-foreign", queue="cpu", isolated=True)
def judge_foreign(job: JobContext) -> dict[str, Any]:
    from learning.services.foreign import execute_judging

    return execute_judging(job=job)


@handler("learning.onnx", queue="cpu", isolated=True)
def onnx(job: JobContext) -> dict[str, Any]:
    from learning.services.onnx import execute_onnx

    return execute_onnx(job=job)


@handler("learning.simulate", queue="cpu")
def simulate(job: JobContext) -> dict[str, Any]:
    from learning.services.simulation import simulate as run

    return run(job=job)


@handler("learning.demo-reports", queue="nlp")
def demo_reports(job: JobContext) -> dict[str, Any]:
    from learning.demo.reports import run

    return run(job)


@handler("learning.demo", queue="cpu", isolated=True)
def demo(job: JobContext) -> dict[str, Any]:
    from learning.demo.jobs import run

    return run(job)
