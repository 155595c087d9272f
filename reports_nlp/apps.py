from django.apps import AppConfig


class ReportsNlpConfig(AppConfig):
    name = "reports_nlp"

    def ready(self) -> None:
        # Handlers are known wherever jobs are deferred, also in the web process.
        from annotation.formats import EXPORTERS
        from annotation.services import events
        from imaging.services.archive import ARRIVAL_STEPS
        from imaging.services.patients import MERGE_STEPS, WITHDRAWAL_STEPS
        from reports_nlp import tasks  # noqa: F401
        from reports_nlp.formats.links_csv import export_links
        from reports_nlp.services import extraction, intake_retention  # noqa: F401  (the sweep finds what they do)
        from reports_nlp.services.matching import match_arrived
        from reports_nlp.services.reader_links import check_links, write_links_of
        from reports_nlp.services.text_models import mark_models_of
        from reports_nlp.services.withdrawal import erase_reports, follow_merge_of_reports

        if erase_reports not in WITHDRAWAL_STEPS:
            WITHDRAWAL_STEPS.append(erase_reports)
        if mark_models_of not in WITHDRAWAL_STEPS:
            WITHDRAWAL_STEPS.append(mark_models_of)
        if follow_merge_of_reports not in MERGE_STEPS:
            MERGE_STEPS.append(follow_merge_of_reports)
        if match_arrived not in ARRIVAL_STEPS:
            ARRIVAL_STEPS.append(match_arrived)
        if check_links not in events.CHECKED:
            events.CHECKED.append(check_links)
        if write_links_of not in events.WRITTEN:
            events.WRITTEN.append(write_links_of)
        EXPORTERS.setdefault("links", (export_links, "text/csv; charset=utf-8", "links.csv"))
