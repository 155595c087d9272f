from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "learning"

    def ready(self) -> None:
        # Handlers are known wherever jobs are deferred, also in the web process.
        from annotation.services import events
        from core.services.projects import ARCHIVE_STEPS
        from imaging.services.patients import MERGE_STEPS, WITHDRAWAL_STEPS
        from learning import tasks  # noqa: F401
        from learning.services.image_word import champions_word
        from learning.services.loops import on_submitted, rest_loop
        from learning.services.withdrawal import follow_merge, forget_patient
        from reports_nlp.services.image_word import PROVIDERS

        if on_submitted not in events.SUBMITTED:
            events.SUBMITTED.append(on_submitted)
        if rest_loop not in ARCHIVE_STEPS:
            ARCHIVE_STEPS.append(rest_loop)
        if champions_word not in PROVIDERS:
            PROVIDERS.append(champions_word)
        if forget_patient not in WITHDRAWAL_STEPS:
            WITHDRAWAL_STEPS.append(forget_patient)
        if follow_merge not in MERGE_STEPS:
            MERGE_STEPS.append(follow_merge)
