from django.apps import AppConfig


class ImagingConfig(AppConfig):
    name = "imaging"

    def ready(self) -> None:
        from imaging.services import retention  # noqa: F401  (the sweep finds its periodic work)
