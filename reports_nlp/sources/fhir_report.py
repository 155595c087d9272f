"""A FHIR DiagnosticReport becomes a report: whose, of what, and its text from wherever it stands."""

from __future__ import annotations

from collections.abc import Iterator

from reports_nlp.sources.dates import plain_date, plain_moment
from reports_nlp.sources.encoding import decode
from reports_nlp.sources.fhir_json import child, codings, first_code, items, text_of, texts
from reports_nlp.sources.fhir_links import Links, Resource
from reports_nlp.sources.headings import compose, heading_of
from reports_nlp.sources.hl7_text import from_base64, without_tags
from reports_nlp.sources.records import (
    Identity,
    Ignored,
    RecordError,
    ReportRecord,
    SourceOptions,
    bounded,
)

STATUSES = {
    "partial": "preliminary", "preliminary": "preliminary", "final": "final", "amended": "corrected",
    "corrected": "corrected", "modified": "corrected", "appended": "corrected", "unknown": "final", "": "final",
}
"""A DiagnosticReport is always the whole report, also when something was appended to it: it replaces."""
PLAIN = ("text/plain", "text/markdown", "text/x-markdown")
TAGGED = ("text/html", "application/xhtml+xml", "text/xml", "application/xml", "application/hl7-cda+xml",
          "application/hl7-sda+xml")
MAX_WORDS = 400
MAX_DEPTH = 4
"""Of observations that have observations as members."""


def report_of(resource: Resource, place: str, links: Links, options: SourceOptions) -> ReportRecord:
    """Raises Ignored for one that is no result yet, RecordError for one without text."""
    status = text_of(resource.get("status")).lower()
    if status == "registered":
        raise Ignored("Registered: there is no result yet.")
    if status in ("cancelled", "entered-in-error"):
        raise RecordError(f"Its status is {status}. A version stored before stays; see its page.")
    text = _text(resource, links)
    if not text.strip():
        raise RecordError(_why_empty(resource))
    issued = plain_moment(text_of(resource.get("issued")) or text_of(child(resource, "meta").get("lastUpdated")))
    return ReportRecord(
        place, bounded(text), identity_of(resource, links), number=_number(resource), issued=issued,
        status=STATUSES.get(status, "final"), language=text_of(resource.get("language"))[:8],
        known=tuple(_known(resource, links))[:MAX_WORDS],
    )


def identity_of(resource: Resource, links: Links) -> Identity:
    """Of a report or a condition: by its own identifiers, its order, its imaging study, its subject."""
    studies = [*items(resource, "imagingStudy"), *items(resource, "study")]
    resolved = [links.get(one) for one in studies]
    orders = items(resource, "basedOn") + [order for study in resolved for order in items(study, "basedOn")]
    numbered = [
        *items(resource, "identifier"), *(child(one, "identifier") for one in (*orders, *studies)),
        *(i for study in resolved for i in items(study, "identifier")),
        *(i for order in orders for name in ("identifier", "requisition") for i in items(links.get(order), name)),
    ]
    day = text_of(resource.get("effectiveDateTime")) or text_of(child(resource, "effectivePeriod").get("start"))
    day = day or next((text_of(study.get("started")) for study in resolved if study.get("started")), "")
    return Identity(
        accession=next((text_of(i.get("value")) for i in numbered if is_accession(i)), "")[:200],
        study_uid=_uid(numbered)[:200], patient_id=patient_id_of(child(resource, "subject"), links)[:200],
        date=plain_date(day or text_of(resource.get("issued"))),
    )


def is_accession(identifier: Resource) -> bool:
    return "ACSN" in {code for _, code, _ in codings(child(identifier, "type"))}


def patient_id_of(subject: Resource, links: Links) -> str:
    """The medical record number where the patient is at hand, else what the reference calls the patient."""
    patient = links.get(subject)
    numbers = [*items(patient, "identifier"), child(subject, "identifier")]
    typed = [i for i in numbers if first_code(child(i, "type")) in ("MR", "PI", "PT") and text_of(i.get("value"))]
    plain = [i for i in numbers if text_of(i.get("value"))]
    chosen = next(iter([*typed, *plain]), None)
    if chosen is not None:
        return text_of(chosen["value"])
    target = text_of(subject.get("reference"))
    return "" if target.startswith("#") else target.split("/_history")[0].rsplit("/", 1)[-1].removeprefix("urn:uuid:")


def _uid(identifiers: list[Resource]) -> str:
    for one in identifiers:
        value = text_of(one.get("value"))
        if value.startswith("urn:oid:") or text_of(one.get("system")) == "urn:dicom:uid":
            return value.removeprefix("urn:oid:")
    return ""


def _number(resource: Resource) -> str:
    own = [i for i in items(resource, "identifier") if not is_accession(i) and text_of(i.get("value"))]
    return (text_of(own[0]["value"]) if own else text_of(resource.get("id")))[:200]


def _text(resource: Resource, links: Links) -> str:
    """The presented form if it is text; else observations and conclusion; else the narrative."""
    forms = "\n\n".join(filter(None, (_attachment(form) for form in items(resource, "presentedForm"))))
    conclusion = text_of(resource.get("conclusion")).strip()
    if forms.strip():
        return forms if not conclusion or conclusion in forms else compose([("", forms), ("IMPRESSION", conclusion)])
    parts = [part for result in items(resource, "result") for part in _observation(links.get(result), links)]
    parts.append(("IMPRESSION", conclusion))
    composed = compose(parts)
    return composed or without_tags(text_of(child(resource, "text").get("div")))


def _attachment(form: Resource) -> str:
    kind, _, parameters = text_of(form.get("contentType")).lower().partition(";")
    data = from_base64(text_of(form.get("data")))
    if data is None or not data or kind.strip() not in (*PLAIN, *TAGGED, ""):
        return ""
    charset = parameters.partition("charset=")[2].strip().strip('"')
    text = decode(data, charset or "utf-8")
    if kind.strip() == "" and (text[:5] == "%PDF-" or "\0" in text):
        return ""
    return without_tags(text) if kind.strip() in TAGGED else text


def _observation(resource: Resource, links: Links, depth: int = 0) -> Iterator[tuple[str, str]]:
    if not resource or depth > MAX_DEPTH or text_of(resource.get("status")) in ("cancelled", "entered-in-error"):
        return
    for one in (resource, *items(resource, "component")):
        code = child(one, "code")
        heading = heading_of(*(code for _, code, _ in codings(code)))
        yield heading, _value(one)
    for note in items(resource, "note"):
        yield "", text_of(note.get("text"))
    for member in items(resource, "hasMember"):
        yield from _observation(links.get(member), links, depth + 1)


def _value(one: Resource) -> str:
    concept = child(one, "valueCodeableConcept")
    shown = text_of(concept.get("text")) or next((display for _, _, display in codings(concept) if display), "")
    return text_of(one.get("valueString")) or shown


def _why_empty(resource: Resource) -> str:
    forms = items(resource, "presentedForm")
    kinds = sorted({text_of(form.get("contentType"))[:40] for form in forms} - {""})
    if any("pdf" in kind for kind in kinds):
        return "The report is a PDF; ask its sender for text."
    if forms and all("data" not in form for form in forms):
        return "The report is only linked (presentedForm.url); addresses are not fetched. Export it with its data."
    if kinds:
        return f"The presented form ({', '.join(kinds)}) holds no text that can be read."
    return f"No presentedForm, conclusion or observation holds any text{wrong_places(resource)}."


def wrong_places(resource: Resource) -> str:
    """Where the resource departs from FHIR, by fhir.resources; asked only about what could not be used."""
    try:
        from fhir.resources.R4B.diagnosticreport import DiagnosticReport
        from pydantic import ValidationError
    except ImportError:
        return ""
    try:
        DiagnosticReport.model_validate(resource)
    except ValidationError as error:
        places = [".".join(str(step)[:30] for step in e["loc"][:4]) for e in error.errors(include_input=False)[:3]]
        return f" (not as FHIR has it: {', '.join(places)})"
    except Exception:  # the validator is no authority on what it chokes on
        return ""
    return ""


def _known(resource: Resource, links: Links) -> Iterator[str]:
    """Names, numbers and addresses of the patient, names of who reported and ordered."""
    subject = child(resource, "subject")
    patient = links.get(subject)
    yield text_of(subject.get("display"))
    yield from _person(patient)
    yield from _person_numbers(patient)
    for name in ("performer", "resultsInterpreter", "basedOn", "encounter"):
        for reference in items(resource, name):
            yield text_of(reference.get("display"))
            target = links.get(reference)
            yield from _person(target)
            for deeper in (child(target, "practitioner"), child(target, "organization")):
                yield text_of(deeper.get("display"))
                yield from _person(links.get(deeper))
    for identifier in items(resource, "identifier"):
        yield text_of(identifier.get("value"))
        yield text_of(child(identifier, "assigner").get("display"))


def _person(resource: Resource) -> Iterator[str]:
    if isinstance(resource.get("name"), str):
        yield resource["name"]
        yield from texts(resource, "alias")
        return
    for name in [*items(resource, "name"), *(child(contact, "name") for contact in items(resource, "contact"))]:
        given, family = texts(name, "given"), text_of(name.get("family"))
        yield text_of(name.get("text"))
        yield " ".join([*given, family]).strip()
        yield family
        yield from given


def _person_numbers(patient: Resource) -> Iterator[str]:
    for identifier in items(patient, "identifier"):
        yield text_of(identifier.get("value"))
    yield text_of(patient.get("birthDate"))
    for contact in items(patient, "telecom"):
        yield text_of(contact.get("value"))
    for address in items(patient, "address"):
        yield from texts(address, "line")
        for name in ("city", "postalCode", "text"):
            yield text_of(address.get(name))

