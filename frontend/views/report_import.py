"""Importing reports: the page where files are dropped, what became of each record, and what waits for its study."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Count, When

from core.errors import Invalid, NotFound
from frontend.reports.table_preview import TARGET_WORDS, preview_of
from frontend.views.page import ProjectPage
from imaging.models import Study
from reports_nlp.models import Report, ReportIntake
from reports_nlp.selectors.waiting import candidates_of, reasons_of, waiting_records, waiting_reports
from reports_nlp.services.intake import settle_intake, start_intake
from reports_nlp.services.matching import match_by_hand
from reports_nlp.stages.rules import languages
from workers.models import Job

FORMAT_WORDS = {
    "csv": "CSV or TSV table", "excel": "Excel table", "text": "plain text, a file per report", "hl7": "HL7 v2 (ORU)",
    "fhir": "FHIR (JSON, NDJSON)", "dicom": "DICOM (SR, encapsulated)", "cda": "CDA document", "openi": "Open-i XML",
}
LANGUAGE_WORDS = {"en": "English", "de": "German", "es": "Spanish"}
NAME_WORDS = {
    "": "found out", "accession": "the accession number", "study_uid": "the study UID",
    "patient_id": "the patient identifier", "number": "the report's number",
}
VERDICT_WORDS = {
    "stored": "new", "new-version": "new versions", "already-there": "already there", "refused": "refused",
    "ignored": "ignored",
}
PER_PAGE = 100
REFUSED_FIRST = Case(When(verdict="refused", then=0), default=1)


def options_context() -> dict[str, Any]:
    return {
        "formats": FORMAT_WORDS.items(), "names": NAME_WORDS.items(),
        "languages": [(code, LANGUAGE_WORDS.get(code, code)) for code in sorted(languages(), key=_english_first)],
    }


def _english_first(code: str) -> tuple[bool, str]:
    return code != "en", code


class ImportReports(ProjectPage):
    needs = "import"
    template = "frontend/reports/import.html"
    http_method_names = ["get", "options"]

    def context(self) -> dict[str, Any]:
        mine = ReportIntake.objects.visible_to(self.person).filter(project=self.project)
        return super().context() | options_context() | {
            "intakes": [settle_intake(intake=intake) for intake in mine[:10]],
            "waiting": waiting_reports(project=self.project, user=self.person).count(),
            "waiting_codes": waiting_records(project=self.project).count(),
        }


class PreviewTable(ProjectPage):
    """The columns of a table before it is sent: its first rows come here, are shown to who sent them, and are gone."""

    needs = "import"
    template = "frontend/reports/columns.html"
    http_method_names = ["post", "options"]

    def post(self, request: Any, **_: Any) -> Any:
        """Raises Invalid without a file."""
        file = request.FILES.get("head")
        if file is None:
            raise Invalid("Send the beginning of a table in the field 'head'.", field="head")
        self.preview = preview_of(
            name=request.POST.get("name", ""), stream=file, is_cut=request.POST.get("is_cut") == "1"
        )
        return self.show()

    def context(self) -> dict[str, Any]:
        return super().context() | {"preview": self.preview, "targets": TARGET_WORDS.items()}


class OneReportImport(ProjectPage):
    """A summary and the verdict on each record. Names of files can be those of people: only the uploader sees them."""

    needs = "import"
    template = "frontend/reports/intake.html"
    partial = "frontend/reports/intake_verdicts.html"
    acts = {"again": ("again", "import")}
    intake: ReportIntake

    def open(self) -> None:
        super().open()
        found = ReportIntake.objects.visible_to(self.person).filter(project=self.project, pk=self.kwargs["intake"])
        intake = found.select_related("project").first()
        if intake is None:
            raise NotFound("There is no such import of yours.")
        self.intake = settle_intake(intake=intake)

    def context(self) -> dict[str, Any]:
        asked, verdicts = self.request.GET, self.intake.verdicts.all()
        job = Job.objects.filter(pk=self.intake.job_id).first() if self.intake.job_id else None
        counts = dict(verdicts.order_by().values_list("verdict").annotate(n=Count("pk")))
        shown = verdicts.select_related("report")
        if asked.get("verdict") in VERDICT_WORDS:
            shown = shown.filter(verdict=asked["verdict"])
        if asked.get("name"):
            shown = shown.filter(name__icontains=asked["name"])
        return super().context() | options_context() | {
            "intake": self.intake, "targets": TARGET_WORDS.items(), "columns": self.intake.options.get("columns", []),
            "job": job, "why": self.intake.message or (job.failure if job else "") or "The import was stopped.",
            "summary": [(key, said, counts.get(key, 0)) for key, said in VERDICT_WORDS.items()], "words": VERDICT_WORDS,
            "verdict": asked.get("verdict", ""), "name": asked.get("name", ""),
            "unmatched": Report.objects.filter(intake=self.intake, study=None, is_latest=True).count(),
            "page": Paginator(shown.order_by(REFUSED_FIRST, "pk"), PER_PAGE).get_page(asked.get("page")),
        }

    def again(self) -> None:
        """The same files with other columns."""
        posted = self.request.POST
        chosen = dict(pair.split("=", 1) for pair in posted.getlist("map") if "=" in pair)
        options = {key: value for key, value in self.intake.options.items() if key != "columns"}
        start_intake(intake=self.intake, user=self.person, options={**options, "map": chosen})


class Unmatched(ProjectPage):
    """Reports that wait for their study: why, and matching by hand."""

    needs = "import"
    template = "frontend/reports/unmatched.html"
    acts = {"match": ("match", "import")}

    def context(self) -> dict[str, Any]:
        rows = waiting_reports(project=self.project, user=self.person)
        page = Paginator(rows, 50).get_page(self.request.GET.get("page"))
        reports = list(page.object_list)
        reasons = reasons_of(project=self.project, reports=reports)
        candidates = candidates_of(project=self.project, reports=reports, user=self.person)
        return super().context() | {
            "page": page, "waiting_codes": waiting_records(project=self.project).count(),
            "lines": [(report, reasons.get(report.pk, ""), candidates.get(report.pseudonym, [])) for report in reports],
        }

    def match(self) -> None:
        posted = self.request.POST
        number, uid = posted.get("report", ""), posted.get("study", "").strip().lstrip("…")
        report = Report.objects.visible_to(self.person).filter(
            project=self.project, pk=int(number) if number.isdigit() else 0
        ).first()
        if report is None:
            raise NotFound("There is no such report in this project.")
        match_by_hand(report=report, study=self._study(uid), user=self.person)
        messages.success(self.request, f"Report {report.pk} belongs to study …{uid[-12:]} now, with its versions.")

    def _study(self, uid: str) -> Study:
        """By its UID, or by an end of it that only one study has."""
        if len(uid) < 6:
            raise Invalid("Write the study's UID, or at least its last six characters.", field="study")
        fitting = list(Study.objects.visible_to(self.person).filter(projects=self.project, uid__endswith=uid)[:2])
        if len(fitting) != 1:
            raise Invalid(
                f"{'More than one study ends' if fitting else 'No study of this project ends'} in {uid[:64]}.",
                field="study",
            )
        return fitting[0]
