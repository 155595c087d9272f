"""What the intake commands share."""

from __future__ import annotations

from django.core.management.base import CommandParser

from reports_nlp.services.intake_options import NAMES


def add_reading_options(parser: CommandParser) -> None:
    """Options that say how to read what is sent."""
    parser.add_argument("--map", nargs="+", action="extend", default=[], metavar="NAME=COLUMN",
                        help="which column is what, e.g. text=Befund accession=AccNr; in HL7 a place, accession=OBR-18")
    parser.add_argument("--language", default="", help="of reports that do not say it; found out if not given")
    parser.add_argument("--encoding", default="", help="of files that do not say it; found out if not given")
    parser.add_argument("--sender", default="", help="keeps two senders apart that number their reports alike")
    parser.add_argument("--user", metavar="NAME", help="who imports; sees the verdicts on the import page too")


def add_name_option(parser: CommandParser) -> None:
    parser.add_argument("--name-is", default="", choices=["", *NAMES],
                        help="what the name of a plain-text file is (default: a UID is the study's, else accession)")
