"""Report text without the person: names, dates, numbers, phones, institutions go at the door. Pure, no Django."""

from reports_nlp.deidentify.scrub import scrub
from reports_nlp.deidentify.types import Kind, Removed, Scrubbed

__all__ = ["Kind", "Removed", "Scrubbed", "scrub"]
