"""The page of a finding shows how reports describe it, and keeps what a manager ticks."""

from __future__ import annotations

import pytest

from annotation.services.schema import create_finding, edit_finding
from reports_nlp.services.extraction import extract_reports
from tests.annotation.bare import bare_study
from tests.factories import make_team
from tests.frontend.pages import browser_of, messages_of, text_of
from tests.reports_nlp.reports import bare_report
from workers.engine import run_pending

pytestmark = pytest.mark.django_db


def test_traits_are_counted_by_a_job_ticked_and_kept_with_history() -> None:
    team = make_team()
    nodule = create_finding(project=team.project, user=None, name="Nodule")
    edit_finding(finding=nodule, user=None, traits=["glows"])
    bare_report(team.project, bare_study(team.project), "IMPRESSION: Round spiculated nodule in the right upper lobe.")
    extract_reports(project=team.project)
    client = browser_of(team.manager)
    address = f"/p/{team.project.slug}/findings/{nodule.pk}/"
    assert "Count what reports say" in text_of(client.get(address))
    assert client.post(address, {"act": "mine"}).status_code == 302
    run_pending()
    page = text_of(client.get(address))
    assert "spiculated" in page
    assert "Round spiculated nodule" in page
    client.post(address, {"act": "traits", "trait": ["spiculated", "spiculated", "invented"]})
    nodule.refresh_from_db()
    assert nodule.traits == ["glows", "spiculated"]
    assert "2 traits kept" in messages_of(client.get(address))
    client.post(address, {"act": "traits"})
    nodule.refresh_from_db()
    assert nodule.traits == ["glows"]
    assert "Count what reports say" not in text_of(browser_of(team.annotator).get(address))
