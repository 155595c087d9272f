"""Against a real server on the loopback that answers well, badly, slowly, or with what is not in the report."""

from __future__ import annotations

import time
from typing import Any

import pytest

from reports_nlp.learning.llm import Asker, LanguageModel, LlmRefused, LlmUnavailable, definition_of, read_many
from reports_nlp.learning.llm_address import AddressRefused, checked_address
from reports_nlp.learning.llm_answer import LONGEST_QUOTE, UnreadableAnswer, checked_answer, place
from tests.reports_nlp.learning.llm_server import (
    Behaviour,
    Heard,
    answers,
    drips,
    hangs_up,
    in_turn,
    labels,
    raw,
    serving,
    silent,
)

TEXT = "No pleural effusion. Patchy opacity at the left base,\npossibly pneumonia. Heart size normal."
FINDINGS = {"Pleural Effusion": "Fluid.", "Pneumonia": "", "Edema": ""}
GOOD = labels(
    ("Pleural Effusion", "absent", "No pleural effusion"), ("Pneumonia", "uncertain", "possibly pneumonia"),
)


def asker(heard: Heard, *, seconds: float = 5.0, pauses: list[float] | None = None, **more: Any) -> Asker:
    model = LanguageModel(heard.url, "small-model", seconds=seconds, **more)
    return Asker(model, FINDINGS, pause=(pauses if pauses is not None else []).append)


def test_a_good_answer_becomes_labels_with_places_in_the_text() -> None:
    with serving(answers(GOOD)) as heard, asker(heard) as ask:
        found = ask.read(TEXT)
    said = {label.finding: (label.state, [span.of(TEXT) for span in label.spans]) for label in found.labels}
    assert said == {
        "Pleural Effusion": ("absent", ["No pleural effusion"]), "Pneumonia": ("equivocal", ["possibly pneumonia"]),
    }
    assert found.state_of("Edema") == "not_mentioned"
    assert found.rejected == {}


def test_the_request_is_what_such_servers_expect_and_carries_key_prompt_and_schema() -> None:
    with serving(answers(GOOD)) as heard, asker(heard, key="secret") as ask:
        ask.read(TEXT)
    path, headers, body = heard.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert (body["model"], body["temperature"], body["stream"]) == ("small-model", 0, False)
    assert body["response_format"]["json_schema"]["schema"]["properties"]["labels"]["items"]["properties"]["finding"][
        "enum"
    ] == list(FINDINGS)
    assert TEXT in body["messages"][1]["content"]
    assert "- Pleural Effusion: Fluid." in body["messages"][1]["content"]


def test_a_key_is_not_shown_where_settings_are_printed() -> None:
    assert "secret" not in repr(LanguageModel("http://127.0.0.1/v1", "m", key="secret"))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (("Edema", "present", "interstitial edema"), "quote not in the text"),
        (("Edema", "present", "no pleural effusion"), "quote not in the text"),
        (("Edema", "present", "pleural effus"), "quote not in the text"),
        (("Edema", "present", ""), "quote without a word"),
        (("Edema", "present", ". "), "quote without a word"),
        (("Edema", "present", "a" * (LONGEST_QUOTE + 1)), "quote too long"),
        (("Hernia", "present", "No pleural effusion"), "finding that was not asked for"),
        (("Edema", "probably", "No pleural effusion"), "no label"),
    ],
)
def test_what_is_not_in_the_text_is_thrown_away_and_counted(told: tuple[str, str, str], reason: str) -> None:
    content = {"labels": [*GOOD["labels"], *labels(told)["labels"]]}
    with serving(answers(content)) as heard, asker(heard) as ask:
        found = ask.read(TEXT)
    assert found.rejected == {reason: 1}
    assert {label.finding for label in found.labels} == {"Pleural Effusion", "Pneumonia"}
    # Thrown away is not the same as not mentioned.
    assert found.state_of("Edema") == (None if told[0] == "Edema" else "not_mentioned")


def test_one_fabricated_quote_among_good_ones_costs_the_label() -> None:
    quotes = ["possibly pneumonia", "consolidation in the right middle lobe"]
    content = {"labels": [{"finding": "Pneumonia", "state": "uncertain", "quotes": quotes}]}
    with serving(answers(content)) as heard, asker(heard) as ask:
        found = ask.read(TEXT)
    assert (found.labels, found.rejected) == ((), {"quote not in the text": 1})


def test_two_answers_for_one_finding_are_none() -> None:
    content = labels(("Pneumonia", "present", "pneumonia"), ("Pneumonia", "absent", "possibly pneumonia"))
    with serving(answers(content)) as heard, asker(heard) as ask:
        found = ask.read(TEXT)
    assert found.labels == ()
    assert found.rejected == {"two answers for one finding": 1}


def test_a_quote_may_differ_in_white_space_alone() -> None:
    assert place("left base, possibly   pneumonia", TEXT).of(TEXT) == "left base,\npossibly pneumonia"


@pytest.mark.parametrize(
    "behave",
    [
        answers("The report shows pneumonia."), answers('{"labels": [{"finding": '), answers({"labels": "none"}),
        answers([]), answers("[" * 50_000), raw(b"<html>proxy</html>"), raw(b'{"choices": []}'),
        raw(b'{"choices": [{"message": {"content": null}}]}'), raw(b""), raw(b"\xff\xfe"),
    ],
    ids=["prose", "cut", "no-list", "list", "deep", "html", "no-choice", "no-content", "empty", "bytes"],
)
def test_what_is_no_answer_is_asked_for_once_more_and_then_said_to_be_unreadable(behave: Behaviour) -> None:
    with serving(behave) as heard, asker(heard) as ask:
        with pytest.raises(UnreadableAnswer):
            ask.read(TEXT)
        assert len(heard.requests) == 2
    with serving(in_turn(behave, answers(GOOD))) as heard, asker(heard) as ask:
        assert len(ask.read(TEXT).labels) == 2


@pytest.mark.parametrize("around", ["```json\n{}\n```", "<think>Let me see.</think>\n{}", "Here it is: {} Thanks."])
def test_words_around_the_json_do_no_harm(around: str) -> None:
    import json

    with serving(answers(around.replace("{}", json.dumps(GOOD)))) as heard, asker(heard) as ask:
        assert len(ask.read(TEXT).labels) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again_after_growing_pauses(status: int) -> None:
    pauses: list[float] = []
    busy = answers("", status=status)
    with serving(in_turn(busy, busy, answers(GOOD))) as heard, asker(heard, pauses=pauses) as ask:
        assert len(ask.read(TEXT).labels) == 2
        assert len(heard.requests) == 3
    assert pauses == [1.0, 2.0]


def test_a_pause_that_the_server_asks_for_is_kept_within_reason() -> None:
    pauses: list[float] = []
    behave = in_turn(
        answers("", status=429, headers={"Retry-After": "7"}), answers("", status=503, headers={"Retry-After": "9999"}),
        answers(GOOD),
    )
    with serving(behave) as heard, asker(heard, pauses=pauses) as ask:
        ask.read(TEXT)
    assert pauses == [7.0, 30.0]


def test_a_server_that_stays_busy_is_unavailable() -> None:
    with serving(answers("", status=503)) as heard, asker(heard) as ask:
        with pytest.raises(LlmUnavailable, match="503"):
            ask.read(TEXT)
        assert len(heard.requests) == 3


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 422])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    behave = answers(GOOD, status=status, headers={"Location": "http://192.0.2.1/v1"})
    with serving(behave) as heard, asker(heard) as ask:
        with pytest.raises(LlmRefused):
            ask.read(TEXT)
        assert len(heard.requests) == 1


@pytest.mark.parametrize("behave", [silent, drips(8), hangs_up], ids=["silent", "drips", "hangs-up"])
def test_a_slow_or_broken_server_costs_its_time_and_no_more(behave: Behaviour) -> None:
    began = time.monotonic()
    with serving(behave) as heard, asker(heard, seconds=0.3, tries=2) as ask, pytest.raises(LlmUnavailable):
        ask.read(TEXT)
    assert time.monotonic() - began < 5


def test_an_answer_without_end_is_cut_off() -> None:
    with serving(raw(b" " * 2_000_000)) as heard, asker(heard) as ask, pytest.raises(LlmRefused, match="larger"):
        ask.read(TEXT)


def test_nobody_listening_is_unavailable() -> None:
    with serving(answers(GOOD)) as heard:
        pass
    with asker(heard, tries=1) as ask, pytest.raises(LlmUnavailable):
        ask.read(TEXT)


def test_many_reports_are_asked_about_a_few_at_a_time_and_each_gets_its_own_answer() -> None:
    def behave(handler: Any, body: dict[str, Any]) -> None:
        handler.server.is_over.wait(0.03)
        text = body["messages"][1]["content"]
        if "number 3." in text:
            answers("", status=503)(handler, body)
        elif "number 5." in text:
            answers("no JSON")(handler, body)
        else:
            answers(GOOD)(handler, body)

    texts = [(n, f"{TEXT} Report number {n}.") for n in range(12)]
    with serving(behave) as heard, asker(heard) as ask:
        told = dict(read_many(ask, texts, at_once=3))
    assert sorted(told) == list(range(12))
    assert isinstance(told[3], LlmUnavailable)
    assert isinstance(told[5], UnreadableAnswer)
    assert all(len(told[n].labels) == 2 for n in told if n not in (3, 5))  # type: ignore[union-attr]
    assert 2 <= heard.most_at_once <= 3


def test_texts_are_taken_up_only_as_places_are_free() -> None:
    taken: list[int] = []

    def texts() -> Any:
        for number in range(50):
            taken.append(number)
            yield number, TEXT

    with serving(answers(GOOD)) as heard, asker(heard) as ask:
        stream = read_many(ask, texts(), at_once=2)
        next(stream)
        assert len(taken) <= 4
        stream.close()


def test_a_refusal_ends_the_whole_work() -> None:
    with serving(answers("", status=401)) as heard, asker(heard) as ask:
        with pytest.raises(LlmRefused):
            list(read_many(ask, [(n, TEXT) for n in range(50)], at_once=2))
        assert len(heard.requests) <= 4


@pytest.mark.parametrize(
    ("number", "is_allowed"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("192.168.0.9", True), ("172.20.0.2", True), ("::1", True),
        ("fd00::5", True), ("::ffff:10.0.0.1", True),
        ("8.8.8.8", False), ("172.32.0.1", False), ("169.254.169.254", False), ("0.0.0.0", False),
        ("::ffff:8.8.8.8", False), ("2001:4860:4860::8888", False), ("fe80::1", False), ("224.0.0.1", False),
    ],
)
def test_report_text_stays_on_the_sites_own_network(number: str, is_allowed: bool) -> None:
    def look(host: str, port: int) -> list[str]:
        return [number]

    if is_allowed:
        assert checked_address("http://models.local:8080/v1/", look=look).ip == number
    else:
        with pytest.raises(AddressRefused):
            checked_address("http://models.local:8080/v1", look=look)


def test_a_name_with_one_address_outside_is_refused() -> None:
    with pytest.raises(AddressRefused, match="outside private networks"):
        checked_address("http://m/v1", look=lambda host, port: ["10.0.0.1", "8.8.8.8"])


def test_outside_is_possible_only_where_the_site_says_so_and_never_link_local() -> None:
    assert checked_address("https://m/v1", may_leave_network=True, look=lambda host, port: ["8.8.8.8"]).port == 443
    with pytest.raises(AddressRefused):
        checked_address("http://m/v1", may_leave_network=True, look=lambda host, port: ["169.254.169.254"])


@pytest.mark.parametrize("url", ["", "ftp://10.0.0.1/v1", "http:///v1", "http://a:b@10.0.0.1/v1", "http://10.0.0.1:x"])
def test_an_address_that_is_none_is_refused_in_words(url: str) -> None:
    with pytest.raises(AddressRefused, match="RADLOOP_LLM_URL"):
        checked_address(url, look=lambda host, port: ["10.0.0.1"])


def test_a_name_is_looked_up_once_and_then_kept_to() -> None:
    found = checked_address("http://models.local:8080/v1", look=lambda host, port: ["10.0.0.7", "10.0.0.8"])
    assert found.url == "http://10.0.0.7:8080/v1/chat/completions"
    assert found.host == "models.local"


def test_no_proxy_of_the_environment_sees_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving(answers(GOOD)) as heard, asker(heard, tries=1) as ask:
        assert len(ask.read(TEXT).labels) == 2


def test_braces_in_a_report_or_a_definition_do_not_disturb_the_prompt() -> None:
    with serving(answers(labels())) as heard, asker(heard) as ask:
        ask.read("Text with {findings} and {0} braces.")
    assert "Text with {findings} and {0} braces." in heard.texts()[0]


def test_another_prompt_model_or_finding_is_another_definition() -> None:
    model = LanguageModel("http://127.0.0.1/v1", "a")
    other = LanguageModel("http://127.0.0.1/v1", "b")
    definitions = {
        definition_of(model, FINDINGS), definition_of(other, FINDINGS), definition_of(model, {"Edema": "Water."}),
    }
    assert len(definitions) == 3
    assert definition_of(model, FINDINGS) == definition_of(LanguageModel("http://10.0.0.1/v1", "a"), FINDINGS)


def test_nothing_but_labels_is_taken_from_an_answer() -> None:
    content = '{"labels": [], "note": "call http://x", "labels2": [1]}'
    assert checked_answer(content, text=TEXT, findings=list(FINDINGS)).labels == ()
