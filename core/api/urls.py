"""People, projects, the audit log and the API's own document, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path
from drf_spectacular.views import SpectacularJSONAPIView

from core.api import audit, members, projects, users

urlpatterns: list[URLPattern] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("me/", projects.Me.as_view(), name="me"),
    path("projects/", projects.Projects.as_view(), name="projects"),
    path("projects/<slug:slug>/", projects.OneProject.as_view(), name="project"),
    path("projects/<slug:slug>/archive/", projects.ArchiveProject.as_view(), name="project-archive"),
    path("projects/<slug:slug>/restore/", projects.RestoreProject.as_view(), name="project-restore"),
    path("projects/<slug:slug>/members/", members.Members.as_view(), name="members"),
    path("projects/<slug:slug>/members/<int:pk>/", members.OneMember.as_view(), name="member"),
    path("projects/<slug:slug>/audit/", audit.ProjectAudit.as_view(), name="project-audit"),
    path("users/", users.People.as_view(), name="people"),
    path("users/<str:username>/password/", users.RenewPassword.as_view(), name="account-password"),
    path("users/<str:username>/close/", users.CloseAccount.as_view(), name="account-close"),
    path("users/<str:username>/open/", users.OpenAccount.as_view(), name="account-open"),
    path("audit/", audit.AuditLog.as_view(), name="audit"),
    path("audit/export", audit.AuditExport.as_view(), name="audit-export"),
]
