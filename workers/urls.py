"""Jobs, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from workers.api import events, views

urlpatterns: list[URLPattern] = [
    path("projects/<slug:slug>/jobs/", views.Jobs.as_view(), name="jobs"),
    path("projects/<slug:slug>/events/", events.project_events, name="project-events"),
    path("jobs/<uuid:pk>/", views.OneJob.as_view(), name="job"),
    path("jobs/<uuid:pk>/cancel/", views.CancelJob.as_view(), name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", views.RetryJob.as_view(), name="job-retry"),
    path("jobs/<uuid:pk>/lines/", views.JobLines.as_view(), name="job-lines"),
    path("jobs/<uuid:pk>/events/", events.job_events, name="job-events"),
]
