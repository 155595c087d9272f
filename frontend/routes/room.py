"""The reading room and the case it shows."""

from __future__ import annotations

from django.urls import URLPattern, path

from frontend.api.case import case
from frontend.api.maps import Maps
from frontend.api.priors import prior
from frontend.views.read import ReadingRoom

urlpatterns: list[URLPattern] = [
    path("api/readings/<int:pk>/case/", case, name="reading-case"),
    path("api/readings/<int:pk>/maps/<slug:finding>/<slug:method>/", Maps.as_view(), name="reading-maps"),
    path("api/readings/<int:pk>/priors/<str:uid>/", prior, name="reading-prior"),
    path("p/<slug:slug>/read/<int:worklist_id>/", ReadingRoom.as_view(), name="reading-room"),
]
