"""Coded diagnoses in FHIR: Conditions, and the conclusion codes of reports."""

from __future__ import annotations

from collections.abc import Iterator

from reports_nlp.sources.codes import SYSTEMS, icd10
from reports_nlp.sources.dates import plain_date
from reports_nlp.sources.fhir_json import child, codings, first_code, items, text_of
from reports_nlp.sources.fhir_links import Links, Resource
from reports_nlp.sources.fhir_report import identity_of
from reports_nlp.sources.records import CodedItem, Identity, Ignored, RecordError

CERTAINTY = {
    "confirmed": "present", "": "present", "provisional": "equivocal", "differential": "equivocal",
    "unconfirmed": "equivocal", "refuted": "absent",
}
PAST = ("resolved", "inactive", "remission")


def codes_of_condition(resource: Resource, place: str, links: Links) -> Iterator[CodedItem]:
    """One item: of several codings of one diagnosis the first that is known here.

    Raises Ignored for what is over or was entered in error, RecordError for one without a code.
    """
    certainty = _code(resource, "verificationStatus")
    if certainty == "entered-in-error":
        raise Ignored("Entered in error, says its status.")
    if _code(resource, "clinicalStatus") in PAST:
        raise Ignored("A diagnosis that is over says nothing of this examination.")
    if certainty not in CERTAINTY:
        raise RecordError("Its verificationStatus is none that FHIR has.")
    found = _coded(child(resource, "code"))
    if found is None:
        raise RecordError("No ICD-10 or SNOMED CT code in Condition.code.")
    day = text_of(resource.get("recordedDate")) or text_of(resource.get("onsetDateTime"))
    about = identity_of(resource, links)
    identity = Identity(about.accession, _study_uid(resource, links) or about.study_uid, about.patient_id,
                        plain_date(day))
    number = next((text_of(i.get("value")) for i in items(resource, "identifier")), "") or text_of(resource.get("id"))
    yield CodedItem(place, found[1], found[0], CERTAINTY[certainty], identity, number=number[:200])


def codes_of_report(resource: Resource, place: str, links: Links) -> Iterator[CodedItem]:
    """Codes of the report's conclusion."""
    identity = identity_of(resource, links)
    for number, concept in enumerate(items(resource, "conclusionCode"), start=1):
        # R5 has a CodeableReference here in some of its ballots.
        found = _coded(concept) or _coded(child(concept, "concept"))
        if found is not None:
            where = f"{place}, conclusion code {number}" if place else f"conclusion code {number}"
            yield CodedItem(where, found[1], found[0], "present", identity)


def _code(resource: Resource, name: str) -> str:
    """Code of a status: a concept since R4, a plain code before."""
    return first_code(child(resource, name)) or text_of(resource.get(name))


def _coded(concept: Resource) -> tuple[str, str] | None:
    for system, code, _ in codings(concept):
        known = SYSTEMS.get(system.rstrip("/").split("|")[0], "")
        if known == "icd10" and icd10(code):
            return known, icd10(code)
        if known == "snomed" and code.isdigit() and len(code) <= 18:
            return known, code
    return None


def _study_uid(resource: Resource, links: Links) -> str:
    """Of an imaging study among the evidence of the diagnosis."""
    for evidence in items(resource, "evidence"):
        for reference in (*items(evidence, "detail"), child(evidence, "reference"), evidence):
            study = links.get(reference)
            for identifier in items(study, "identifier"):
                if text_of(identifier.get("value")).startswith("urn:oid:"):
                    return text_of(identifier["value"]).removeprefix("urn:oid:")
    return ""
