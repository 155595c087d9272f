"""Signing in, projects and everything around reading and learning."""

from __future__ import annotations

from django.urls import URLPattern, path

from frontend.views import (
    audit,
    export,
    findings,
    hanging,
    imports,
    jobs,
    ledger,
    looking,
    members,
    new_project,
    overview,
    people,
    projects,
    reading,
    sign_in,
    studies,
    tokens,
    worklists,
)

P = "p/<slug:slug>/"

urlpatterns: list[URLPattern] = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign-out"),
    path("password/", sign_in.ChangePassword.as_view(), name="password"),
    path("tokens/", tokens.Tokens.as_view(), name="tokens-page"),
    path("", projects.Projects.as_view(), name="projects-page"),
    path("projects/new/", new_project.NewProject.as_view(), name="new-project"),
    path("people/", people.People.as_view(), name="people-page"),
    path("audit/", audit.SiteAudit.as_view(), name="audit-page"),
    path("audit/check/", audit.ChainCheck.as_view(), name="audit-check"),
    path(P, overview.Overview.as_view(), name="overview-page"),
    path(f"{P}start/<slug:step>/", new_project.start, name="start-page"),
    path(f"{P}read/", reading.ChooseWorklist.as_view(), name="read-page"),
    path(f"{P}readings/looking/", looking.Looking.as_view(), name="looking-page"),
    path(f"{P}readings/", reading.OwnReadings.as_view(), name="readings-page"),
    path(f"{P}readings/mirror/", reading.PrivateMirror.as_view(), name="mirror-page"),
    path(f"{P}findings/", findings.Findings.as_view(), name="findings-page"),
    path(f"{P}findings/<int:finding>/", findings.OneFinding.as_view(), name="finding-page"),
    path(f"{P}findings/<int:finding>/preview/", findings.FindingPreview.as_view(), name="finding-preview-part"),
    path(f"{P}hanging/", hanging.HangingPage.as_view(), name="hanging-page"),
    path(f"{P}hanging/rules/", hanging.HangingRules.as_view(), name="hanging-rules-part"),
    path(f"{P}hanging/preview/", hanging.HangingPreview.as_view(), name="hanging-preview-part"),
    path(f"{P}import/", imports.Import.as_view(), name="import-page"),
    path(f"{P}import/<int:batch>/", imports.OneImport.as_view(), name="import-batch-page"),
    path(f"{P}studies/", studies.Studies.as_view(), name="studies-page"),
    path(f"{P}studies/<str:study>/", studies.OneStudy.as_view(), name="study-page"),
    path(f"{P}worklists/", worklists.Worklists.as_view(), name="worklists-page"),
    path(f"{P}worklists/disagreement/", worklists.Disagreement.as_view(), name="disagreement-part"),
    path(f"{P}worklists/<int:worklist>/", worklists.OneWorklist.as_view(), name="worklist-page"),
    path(f"{P}members/", members.Members.as_view(), name="members-page"),
    path(f"{P}members/people/", members.PeopleFound.as_view(), name="people-found-part"),
    path(f"{P}jobs/", jobs.Jobs.as_view(), name="jobs-page"),
    path(f"{P}jobs/<uuid:job>/", jobs.OneJob.as_view(), name="job-page"),
    path(f"{P}ledger/", ledger.Ledger.as_view(), name="ledger-page"),
    path(f"{P}export/", export.Export.as_view(), name="export-page"),
    path(f"{P}audit/", audit.ProjectAudit.as_view(), name="project-audit-page"),
]
