"""DICOMweb (PS3.18): everything the person may see, or one project's studies under projects/<slug>/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from imaging.dicomweb import qido, stow, wado

_STUDY = "studies/<str:study>"
_SERIES = f"{_STUDY}/series/<str:series>"
_INSTANCE = f"{_SERIES}/instances/<str:instance>"

_patterns: list[URLPattern] = [
    path("studies", stow.studies, name="studies"),
    path(f"{_STUDY}/series", qido.series, name="study-series"),
    path("series", qido.series, name="series"),
    path(f"{_STUDY}/instances", qido.instances, name="study-instances"),
    path(f"{_SERIES}/instances", qido.instances, name="series-instances"),
    path("instances", qido.instances, name="instances"),
    path(f"{_STUDY}/metadata", wado.metadata, name="study-metadata"),
    path(f"{_SERIES}/metadata", wado.metadata, name="series-metadata"),
    path(f"{_INSTANCE}/metadata", wado.metadata, name="instance-metadata"),
    path(f"{_INSTANCE}/frames/<str:frames>", wado.frames, name="frames"),
    path(f"{_INSTANCE}/rendered", wado.rendered, name="rendered"),
    path(f"{_INSTANCE}/frames/<str:frames>/rendered", wado.rendered, name="frame-rendered"),
    path(_INSTANCE, wado.retrieve, name="instance"),
    path(_SERIES, wado.retrieve, name="one-series"),
    path(_STUDY, wado.retrieve, name="study"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:project>/", include((_patterns, "dicomweb-project"))),
    path("", include((_patterns, "dicomweb"))),
]
