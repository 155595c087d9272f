"""How reports describe a finding: mined from present mentions' own clauses, counted, with places to look at."""

from __future__ import annotations

import pytest

from annotation.models import Finding, FindingRevision
from annotation.services.schema import create_finding
from core.models import Project
from imaging.services.patients import withdraw_patient
from reports_nlp.models import MinedTrait
from reports_nlp.selectors.traits import traits_of
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.traits import mine_traits
from tests.annotation.bare import bare_study
from tests.factories import add_member, make_project, make_worklist, signed_in
from tests.reports_nlp.reports import bare_report
from workers.engine import run_pending

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def nodule(project: Project) -> Finding:
    create_finding(project=project, user=None, name="Pleural effusion")
    return create_finding(project=project, user=None, name="Nodule")


def mined(project: Project, finding: Finding, *texts: str) -> dict[str, set[str]]:
    """Kind → terms, of reports with these impressions."""
    for text in texts:
        bare_report(project, bare_study(project), f"IMPRESSION: {text}")
    extract_reports(project=project)
    found: dict[str, set[str]] = {}
    for row in mine_traits(finding=finding):
        found.setdefault(row.kind, set()).add(row.term)
    return found


def test_size_shape_margin_density_number_place_and_course(project: Project, nodule: Finding) -> None:
    found = mined(
        project, nodule, "Solitary well-defined round solid nodule in the right upper lobe, measuring 8 mm.",
        "Spiculated nodule at the left apex.",
    )
    assert found["margin"] == {"well defined", "spiculated"}
    assert found["shape"] == {"round"}
    assert found["density"] == {"solid"}
    assert found["number"] == {"solitary"}
    assert {"right upper lobe", "left apex"} <= found["location"]
    assert "6 to 10 mm" in found["size"]


@pytest.mark.parametrize("text", [
    "No spiculated nodule.", "Possible spiculated nodule.", "Spiculated scar, nodule.",
    "Nodule with spiculated effusion.",
])
def test_what_is_not_said_of_a_present_nodule_is_no_trait_of_it(project: Project, nodule: Finding, text: str) -> None:
    assert "margin" not in mined(project, nodule, text)


def test_counts_are_of_mentions_and_of_reports(project: Project, nodule: Finding) -> None:
    text = "Round nodule in the right lung. Another round nodule in the left lung."
    mined(project, nodule, text, "Round nodule.")
    row = MinedTrait.objects.get(kind="shape", term="round")
    assert (row.mentions, row.reports, len(row.examples)) == (3, 2, 2)


def test_mining_again_replaces_what_was_mined(project: Project, nodule: Finding) -> None:
    mined(project, nodule, "Round nodule.")
    before = list(MinedTrait.objects.values_list("kind", "term", "mentions", "reports"))
    mine_traits(finding=nodule)
    assert list(MinedTrait.objects.values_list("kind", "term", "mentions", "reports")) == before


def test_examples_lead_to_the_text_for_those_who_may_see_it(project: Project, nodule: Finding) -> None:
    report = bare_report(project, study := bare_study(project), "IMPRESSION: Spiculated nodule.")
    extract_reports(project=project)
    mine_traits(finding=nodule)
    reader = add_member(project)

    def examples() -> list[str]:
        (found,) = [one for one in traits_of(project=project, user=reader) if one.code == "nodule"]
        return [e.text for row in found.traits if row.term == "spiculated" for e in row.examples]

    assert examples() == [report.text]
    make_worklist(project, [study], mode="unaided")
    assert examples() == []


def test_a_withdrawn_patient_s_text_is_no_example_any_more(project: Project, nodule: Finding) -> None:
    study = bare_study(project)
    bare_report(project, study, "IMPRESSION: Spiculated nodule.")
    extract_reports(project=project)
    mine_traits(finding=nodule)
    withdraw_patient(patient=study.patient, user=None)
    found = traits_of(project=project, user=add_member(project, "manager"))
    assert [row.examples for one in found for row in one.traits] == [[]] * MinedTrait.objects.count()


def test_traits_are_mined_by_a_job_and_kept_in_the_finding_with_its_history(project: Project, nodule: Finding) -> None:
    bare_report(project, bare_study(project), "IMPRESSION: Spiculated nodule.")
    extract_reports(project=project)
    client = signed_in(add_member(project, "manager"))
    address = f"/api/projects/{project.slug}/reports/traits/"
    assert client.post(address).status_code == 202
    run_pending()
    (row,) = [one for one in client.get(address).json() if one["code"] == "nodule"]
    assert ("spiculated", False) in [(trait["term"], trait["is_kept"]) for trait in row["traits"]]
    client.patch(f"/api/findings/{nodule.pk}/", {"traits": ["spiculated"]}, format="json")
    (row,) = [one for one in client.get(address).json() if one["code"] == "nodule"]
    assert row["kept"] == ["spiculated"]
    last = FindingRevision.objects.filter(finding=nodule).first()
    assert last is not None
    assert (last.before["traits"], last.after["traits"]) == ([], ["spiculated"])
