"""From streams and words to fixations, keywords, lag and proposals; no database."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.gaze import (
    Click,
    Fixation,
    GazeError,
    Lag,
    Proposal,
    Samples,
    Shown,
    Word,
    align,
    distinct,
    estimate_offset,
    find_fixations,
    heat_map,
    on_images,
    parse_samples,
    parse_words,
    spot,
)
from benchmarks.gaze_reader import DEGREE, PHRASES, Recording, cases_of, record

LEXICON = {"nodule": ["Nodule", "coin lesion"], "effusion": ["effusion", "pleural effusion"]}


def said(text: str) -> list[Word]:
    return [Word(word, 300.0 * n, 300.0 * n + 200) for n, word in enumerate(text.split())]


@pytest.mark.parametrize("text", [
    pytest.param("timestamp,x,y,validity\n0,1,2,1\n10,3,4,1\n20,,,0\n", id="csv"),
    pytest.param("Time_ms;Gaze_X;Gaze_Y;Valid\r\n0;1;2;true\r\n10;3;4;true\r\n20;NaN;NaN;false\r\n", id="semicolons"),
    pytest.param('[{"t":0,"x":1,"y":2},{"t":10,"x":3,"y":4},{"t":20,"x":null,"y":null}]', id="json"),
    pytest.param('{"samples":[{"time":0,"x":1,"y":2},{"time":10,"x":3,"y":4},{"time":20}]}', id="object"),
])
def test_streams_of_each_form_are_the_same_samples(text: str) -> None:
    read = parse_samples(text.encode())
    assert read.times.tolist() == [0, 10, 20]
    assert (read.x[1], read.y[1]) == (3, 4)
    assert read.valid.tolist() == [True, True, False]


@pytest.mark.parametrize(("text", "words"), [
    pytest.param("", "no sample", id="empty"),
    pytest.param("t,x,y\n10,1,1\n5,1,1\n", "earlier", id="time runs back"),
    pytest.param("t,x,y\n10,left,1\n", "Line 2", id="a word for a number"),
    pytest.param("a,b\n1,2\n", "no time", id="other columns"),
    pytest.param("[1, 2]", "list of samples", id="bare numbers"),
    pytest.param("[" * 3000, "is none", id="nested without end"),
    pytest.param("t,x,y\ninf,1,1\n", "no time", id="endless time"),
])
def test_what_is_no_stream_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(GazeError, match=words):
        parse_samples(text.encode())


@pytest.mark.parametrize("text", [
    pytest.param('[{"word":"left","start":1,"end":1.4},{"word":"nodule","start":1.4,"end":2}]', id="list"),
    pytest.param('{"result":[{"word":"left","start":1,"end":1.4},{"word":"nodule","start":1.4,"end":2}]}', id="vosk"),
    pytest.param('{"segments":[{"words":[{"word":" left","start":1,"end":1.4}]},'
                 '{"words":[{"word":" nodule","start":1.4,"end":2}]}]}', id="whisper"),
    pytest.param("word,start_ms,end_ms\nleft,1000,1400\nnodule,1400,2000\n", id="csv"),
    pytest.param("WEBVTT\n\n00:01.000 --> 00:02.000\nleft nodule\n", id="webvtt by length"),
    pytest.param("WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nleft <00:00:01.400><c>nodule</c>\n", id="webvtt inner"),
])
def test_transcripts_of_each_form_are_the_same_words(text: str) -> None:
    assert parse_words(text.encode()) == [Word("left", 1000, 1400), Word("nodule", 1400, 2000)]


@pytest.mark.parametrize(("text", "named"), [
    pytest.param("There is a nodule.", ["nodule"], id="a name"),
    pytest.param("two Nodules and a coin lesion", ["nodule", "nodule"], id="plural and synonym"),
    pytest.param("a pleural effusion", ["effusion"], id="the longest phrase, once"),
    pytest.param("no pleural effusion", [], id="denied"),
    pytest.param("without evidence of any nodule", [], id="denied from afar"),
    pytest.param("no effusion. Nodule on the left", ["nodule"], id="denied in another sentence"),
    pytest.param("no effusion but a nodule", ["nodule"], id="but"),
    pytest.param("nodular pattern", [], id="another word"),
])
def test_findings_are_named_and_denials_name_nothing(text: str, named: list[str]) -> None:
    assert [keyword.finding for keyword in spot(said(text), LEXICON)] == named


def test_a_stretch_within_the_dispersion_is_a_fixation_and_a_saccade_is_none() -> None:
    times = np.arange(0, 1000, 1000 / 60)
    x = np.where(times < 450, 100.0, 400.0)
    x[26:29] = 180, 260, 340  # the saccade
    found = find_fixations(Samples(times, x, np.full(len(times), 50.0), np.ones(len(times), bool)), dispersion=38)
    assert [round(one.x) for one in found] == [100, 400]
    assert all(one.duration >= 100 for one in found)


def test_screen_pixels_become_image_pixels_of_a_turned_and_zoomed_image() -> None:
    """A quarter turn, twice as large: an image's row runs down the screen."""
    shown = Shown(0, 100, (1, 0), 10, 20, origin=(500, 100), right=(0, 2), down=(-2, 0))
    samples = Samples(np.array([0.0, 50.0]), np.array([500.0, 494.0]), np.array([100.0, 110.0]), np.ones(2, bool))
    ((_, on),) = on_images(samples, [shown])
    assert on.x.tolist() == [0, 5]
    assert on.y.tolist() == [0, 3]
    assert shown.scale == 2


def test_overlapping_views_are_refused() -> None:
    with pytest.raises(GazeError, match="overlap"):
        on_images(parse_samples(b"t,x,y\n0,1,1\n"), [Shown(0, 10, (1, 0), 5, 5), Shown(5, 15, (1, 0), 5, 5)])


def test_clicks_tell_the_offset_and_few_of_them_nothing() -> None:
    times = np.arange(0, 4000, 10.0)
    samples = Samples(times, np.full(len(times), 130.0), np.full(len(times), 90.0), np.ones(len(times), bool))
    clicks = [Click(t, 100, 100) for t in (500, 1000, 1500, 2000)] + [Click(2500, 900, 900)]
    assert estimate_offset(samples, clicks, pixels_per_degree=38) == (30, -10)
    assert estimate_offset(samples, clicks[:3], pixels_per_degree=38) is None


def test_heat_is_greatest_where_most_time_was_spent() -> None:
    heat = heat_map([Fixation(0, 900, 48, 16), Fixation(900, 1000, 10, 50)], rows=64, columns=64, radius=4, cells=32)
    assert heat.shape == (32, 32)
    assert np.unravel_index(int(heat.argmax()), heat.shape) == (8, 24)
    assert heat.max() == 255
    assert not heat_map([], rows=64, columns=32, radius=4).any()


def test_a_lag_that_nobody_told_is_found_and_taken_out() -> None:
    """A transcript 3.6 s late: without the lag hardly a place is right."""
    made = record(cases_of(5, 12), np.random.default_rng(14))
    found = align(made.samples, made.log, made.words, PHRASES, clicks=made.clicks, pixels_per_degree=DEGREE)
    assert abs(found.lag.ms - made.lag) < 750
    assert found.lag.is_sure
    assert found.offset is not None
    untold = align(made.samples, made.log, made.words, PHRASES, clicks=made.clicks, lag=Lag(0, 1, 0))
    assert hits(made, found.proposals) >= 0.8 * len(made.truth)
    assert hits(made, untold.proposals) <= 0.4 * len(made.truth)


def hits(made: Recording, proposals: list[Proposal]) -> int:
    places = {(one.finding, one.image[0]): one for one in proposals}
    return sum(
        box.x <= one.x + one.w / 2 <= box.x + box.w and box.y <= one.y + one.h / 2 <= box.y + box.h
        for finding, number, box in made.truth if (one := places.get((finding, number))) is not None
    )


def test_a_finding_named_again_at_the_same_place_is_one_proposal() -> None:
    def at(x: float, score: float, finding: str = "nodule") -> Proposal:
        return Proposal(finding, (1, 0), x, 10, 20, 20, score, "nodule", x)

    assert distinct([at(0, 0.5), at(5, 0.9), at(100, 0.2), at(5, 0.1, "effusion")]) == [
        at(5, 0.9), at(5, 0.1, "effusion"), at(100, 0.2),
    ]


def test_words_without_a_finding_propose_nothing_and_are_sure_of_nothing() -> None:
    made = record(cases_of(5, 2), np.random.default_rng(3))
    found = align(made.samples, made.log, said("bones are intact no effusion"), PHRASES)
    assert found.proposals == []
    assert not found.lag.is_sure
