from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"

    def ready(self) -> None:
        # Handlers are known wherever jobs are deferred, periodic work wherever the sweep runs.
        from annotation import tasks  # noqa: F401
        from annotation.services import retention, worklists  # noqa: F401
        from annotation.services.gaze import receiving  # noqa: F401
        from annotation.services.withdrawal import withdraw_patient_here
        from imaging.services.patients import WITHDRAWAL_STEPS

        if withdraw_patient_here not in WITHDRAWAL_STEPS:
            WITHDRAWAL_STEPS.append(withdraw_patient_here)
