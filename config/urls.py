"""Every address of the service: pages, the REST API, DICOMweb."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("core.api.urls")),
    path("api/", include("workers.urls")),
    path("api/", include("imaging.urls")),
    path("api/", include("annotation.urls")),
    path("api/", include("reports_nlp.urls")),
    path("api/", include("learning.urls")),
    path("dicomweb/", include("imaging.dicomweb.urls")),
    path("", include("frontend.urls")),
]
