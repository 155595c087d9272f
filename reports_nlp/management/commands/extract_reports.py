"""Labels of reports in a CSV file, without a project or a database."""

from __future__ import annotations

import csv
import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from charset_normalizer import from_bytes
from django.core.management.base import BaseCommand, CommandError

from reports_nlp.stages import Extractor, PolicyError, RulesError, languages, load_policy, load_rules, policies
from reports_nlp.stages.types import Extraction

_EVERY = 5.0
_SAMPLE = 1 << 20


class Command(BaseCommand):
    help = (
        "Read reports (CSV with the columns id,text) and write their labels: id and the policy's fourteen findings, "
        "1 present, 0 absent, -1 uncertain, empty for not mentioned. Needs no project and no database."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--in", dest="source", required=True, metavar="FILE", help="CSV with id,text; - for stdin")
        parser.add_argument("--out", dest="target", required=True, metavar="FILE", help="CSV to write; - for stdout")
        parser.add_argument("--policy", default="chexpert", help=f"one of {', '.join(policies())} (default chexpert)")
        parser.add_argument("--language", default="en", help=f"rule pack: {', '.join(languages())} (default en)")
        parser.add_argument("--spans", metavar="FILE", help="also write the evidence, one JSON object per report")
        parser.add_argument("--encoding", help="of the input; found out by itself where it is left out")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            extractor = Extractor(load_rules(options["language"]), load_policy(options["policy"]))
        except (PolicyError, RulesError) as error:
            raise CommandError(str(error)) from error
        csv.field_size_limit(sys.maxsize)
        with ExitStack() as stack:
            source = stack.enter_context(_opened(options["source"], options["encoding"]))
            target = stack.enter_context(_written(options["target"]))
            spans = stack.enter_context(_written(options["spans"])) if options["spans"] else None
            try:
                _extract(extractor, _records(source, options["source"]), target, spans)
            except UnicodeDecodeError as error:
                raise CommandError(
                    f"{options['source']} is not {error.encoding} throughout (byte {error.start} of a block). "
                    "Say which it is with --encoding, e.g. --encoding cp1252."
                ) from error
            except BrokenPipeError:
                return


def _extract(
    extractor: Extractor, records: Iterator[tuple[str, str]], target: TextIO, spans: TextIO | None
) -> None:
    columns = extractor.policy.labels
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["id", *columns])
    began = said = time.monotonic()
    count = 0
    for key, text in records:
        extraction = extractor(text, labels_only=spans is None)
        values = {one.finding: one.value for one in extraction.labels}
        writer.writerow([key, *(values.get(column, "") for column in columns)])
        if spans:
            spans.write(json.dumps({"id": key, **_evidence(extraction)}, ensure_ascii=False) + "\n")
        count += 1
        if time.monotonic() - said > _EVERY:
            said = time.monotonic()
            print(f"{count} reports, {count / (said - began):.0f}/s", file=sys.stderr, flush=True)
    seconds = max(time.monotonic() - began, 1e-9)
    print(f"{count} reports in {seconds:.1f} s, {count / seconds:.0f}/s", file=sys.stderr, flush=True)


def _evidence(extraction: Extraction) -> dict[str, Any]:
    content = asdict(extraction)
    del content["text"]
    return content


def _records(source: TextIO, name: str) -> Iterator[tuple[str, str]]:
    """id and text of each row. Raises CommandError where a column is missing or a row has no text column."""
    reader = csv.reader(source)
    try:
        header = [column.strip().lower() for column in next(reader)]
    except StopIteration:
        raise CommandError(f"{name} is empty. The first line must name the columns id,text.") from None
    except csv.Error as error:
        raise CommandError(f"{name}, line 1: {error}. Write a CSV file with the columns id,text.") from error
    missing = [column for column in ("id", "text") if column not in header]
    if missing:
        raise CommandError(
            f"{name} has no column {' and no column '.join(missing)}; it has {', '.join(header) or 'none'}. "
            "Name the columns id and text in the first line."
        )
    key, text = header.index("id"), header.index("text")
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CommandError(f"{name}, line {reader.line_num}: {error}. Mend that line and run again.") from error
        if not row:
            continue
        if len(row) <= max(key, text):
            raise CommandError(
                f"{name}, line {reader.line_num}: {len(row)} columns instead of {len(header)}. "
                "A text with commas or line ends must stand in double quotes."
            )
        yield row[key], row[text]


def _opened(name: str, encoding: str | None) -> TextIO:
    if name == "-":
        return sys.stdin
    path = Path(name)
    try:
        return path.open(encoding=encoding or _encoding(path), newline="")
    except (OSError, LookupError) as error:
        raise CommandError(f"{name} cannot be read: {error}. Check the path and --encoding.") from error


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    for known in ("utf-8-sig", "utf-8"):
        try:
            sample[: sample.rfind(b"\n") + 1 or None].decode(known)
            return "utf-8-sig"
        except UnicodeDecodeError:
            continue
    best = from_bytes(sample).best()
    return best.encoding if best else "latin-1"


def _written(name: str) -> TextIO:
    if name == "-":
        return sys.stdout
    try:
        return Path(name).open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error}. Choose a place that exists and is yours.") from error
