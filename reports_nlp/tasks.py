"""Reports' jobs. They run on the queue nlp."""

from __future__ import annotations

from typing import Any

from workers.engine import JobContext, handler


@handler("reports.extract", queue="nlp")
def extract(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.extraction import plan_extraction

    return plan_extraction(job=job)


@handler("reports.extract-chunk", queue="nlp")
def extract_chunk(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.extraction import extract_chunk as run

    return run(job=job)


@handler("reports.publish", queue="nlp")
def publish(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.publishing import run_publishing

    return run_publishing(job=job)


@handler("reports.intake", queue="nlp")
def intake(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.intake import run_intake

    return run_intake(job=job)


@handler("reports.train-text-models", queue="nlp", isolated=True)
def train_text_models(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.text_training import execute_training

    return execute_training(job=job)


@handler("reports.text-voices", queue="nlp", isolated=True)
def text_voices(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.text_models import speak_of_all

    return speak_of_all(job=job)


@handler("reports.ask-language-model", queue="nlp")
def ask_language_model(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.language_model import execute_reading

    return execute_reading(job=job)


@handler("reports.mine-traits", queue="nlp")
def mine_traits(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.traits import run_mining

    return run_mining(job=job)


@handler("reports.publish-language-model", queue="nlp")
def publish_language_model(job: JobContext) -> dict[str, Any]:
    from reports_nlp.services.llm_publishing import run_publishing_of_language_model

    return run_publishing_of_language_model(job=job)
