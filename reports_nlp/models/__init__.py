"""Reports, what was found in them, and what people said about that."""

from reports_nlp.models.extraction import Extraction, Mention, ReportLabel, ReportLink, RulesVersion
from reports_nlp.models.intake import CodedRecord, IntakeVerdict, ReportIntake
from reports_nlp.models.report import Report
from reports_nlp.models.trait import MinedTrait
from reports_nlp.models.verdict import ReportVerdict, TextModel
from reports_nlp.models.voice import ReportVoice

__all__ = [
    "CodedRecord", "Extraction", "IntakeVerdict", "Mention", "MinedTrait", "Report", "ReportIntake", "ReportLabel",
    "ReportLink", "ReportVerdict", "ReportVoice", "RulesVersion", "TextModel",
]
