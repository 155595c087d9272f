"""A simulated reader of phantom radiographs before a 60 Hz eye tracker, dictating.

Eyes: fixations of 150 to 500 ms, saccades of 20 to 60 ms, blinks, jitter of 0.17°, a calibration offset of 0.7° a side
(standard deviation); 1 to 3 fixations on each of several distractors, 4 to 7 on a lesion, and scanning between.
Voice: the eye is ahead of it by 0.8 ± 0.3 s; one finding in twenty is named 3.5 s late, the eye long elsewhere; denials
and talk without a finding in between. The transcript's clock is behind the gaze's by -2 to 4 s, drawn per recording.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from annotation.gaze import Click, Samples, Shown, Word
from imaging.phantoms import PhantomBox, render_radiograph, sample_thorax

SIZE, ZOOM = 256, 4.0
ORIGIN = (448.0, 28.0)
DEGREE = 38.0
STEP = 1000 / 60
LAG_MS = (-2000.0, 4000.0)
STRAY = 0.05
PHRASES = {
    "nodule": ("nodule", "pulmonary nodule"), "effusion": ("effusion", "pleural effusion"),
    "consolidation": ("consolidation", "airspace opacity"), "pneumothorax": ("pneumothorax",),
    "cardiomegaly": ("cardiomegaly", "enlarged heart"),
}
TALK = ("the trachea is central", "old scar unchanged", "that is a nipple shadow", "bones are intact", "hila look fine")
ANATOMY = ((-0.12, 0.0), (0.12, 0.02), (-0.2, -0.25), (0.2, -0.25))
"""Hila and apices, from the middle, in fields."""
Point = tuple[float, float]


@dataclass(frozen=True)
class Case:
    boxes: list[PhantomBox]
    distractors: list[Point]


@dataclass
class Recording:
    """samples, log, words, clicks: for the aligner. truth (finding, number of the view, box) and lag are kept away."""

    samples: Samples
    log: list[Shown]
    words: list[Word]
    clicks: list[Click]
    truth: list[tuple[str, int, PhantomBox]]
    lag: float
    """From the middle of looking at a lesion to the middle of its name, median: the clock's lag and the voice's."""


def cases_of(seed: int, count: int) -> list[Case]:
    made = []
    for index in range(count):
        thorax = sample_thorax(seed=seed, index=index)
        half = (SIZE - 1) / 2
        (dx, dy), zoom = thorax.offset, thorax.zoom
        # As the projection's grid lays the chest into the field; with hila and apices.
        spots = [
            (half + (one.x * zoom + dx) * SIZE / 2, half + (one.y * zoom + dy) * SIZE / 2)
            for one in thorax.distractors
        ]
        spots += [(half + x * SIZE, half + y * SIZE) for x, y in ANATOMY]
        made.append(Case(render_radiograph(thorax, rows=SIZE, columns=SIZE).boxes, [
            (min(max(x, 5.0), SIZE - 6.0), min(max(y, 5.0), SIZE - 6.0)) for x, y in spots
        ]))
    return made


@dataclass
class Reader:
    """Draws one recording; `now` is the gaze's clock in ms."""

    draw: np.random.Generator
    now: float = 1000.0
    eye: Point = (900.0, 500.0)
    path: list[tuple[float, float, float]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    voice: float = 0.0
    behind: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lag = float(self.draw.uniform(*LAG_MS))
        self.offset = self.draw.normal(0, 0.7 * DEGREE, 2)

    def look(self, place: Point, length: float) -> None:
        """Saccade to a place on the screen, and stay."""
        self._move(place, float(self.draw.uniform(20, 60)))
        self._move(place, length)

    def _move(self, place: Point, length: float) -> None:
        steps = max(1, round(length / STEP))
        for n in range(1, steps + 1):
            share = n / steps
            self.path.append((self.now + STEP * n, self.eye[0] + share * (place[0] - self.eye[0]),
                              self.eye[1] + share * (place[1] - self.eye[1])))
        self.now += STEP * steps
        self.eye = place

    def say(self, text: str, at: float) -> None:
        at = max(at, self.voice)
        for word in text.split():
            end = at + 80 + 45 * len(word)
            self.words.append(Word(word, at + self.lag, end + self.lag))
            at = end + 40
        self.voice = at + 120

    def scan(self, times: int) -> None:
        for _ in range(times):
            x, y = self.draw.uniform(0.12, 0.88) * SIZE, self.draw.uniform(0.12, 0.88) * SIZE
            self.look(screen(x, y), float(self.draw.uniform(150, 350)))

    def dwell(self, middle: Point, spread: Point, times: int) -> None:
        for _ in range(times):
            x, y = self.draw.normal(middle, spread)
            self.look(screen(x, y), float(self.draw.uniform(180, 500)))


def screen(x: float, y: float) -> Point:
    return ORIGIN[0] + ZOOM * x, ORIGIN[1] + ZOOM * y


def record(cases: list[Case], draw: np.random.Generator) -> Recording:
    """One stretch of reading over these cases, with one lag and one calibration."""
    reader = Reader(draw)
    log, clicks, truth = [], [], []
    for number, case in enumerate(cases):
        start = reader.now
        reader.scan(int(draw.integers(4, 9)))
        stops: list[PhantomBox | Point] = [*case.boxes, *case.distractors]
        for stop in (stops[n] for n in draw.permutation(len(stops))):
            reader.scan(int(draw.integers(1, 4)))
            if isinstance(stop, PhantomBox):
                truth.append((stop.finding, number, stop))
                _find(reader, stop, draw)
            else:
                if draw.random() < 0.3:
                    reader.say(str(draw.choice(TALK)), reader.now + 300)
                reader.dwell(stop, (4.0, 4.0), int(draw.integers(1, 4)))
        absent = sorted(set(PHRASES) - {box.finding for box in case.boxes})
        if absent and draw.random() < 0.6:
            reader.say(f"there is no {draw.choice(absent)}.", reader.now + 100)
            reader.scan(3)
        button = (float(draw.uniform(1500, 1850)), float(draw.uniform(150, 1000)))
        reader.look(button, 350.0)
        clicks.append(Click(reader.now, *(np.array(button) + draw.normal(0, 0.25 * DEGREE, 2))))
        log.append(Shown(start, reader.now, (number, 0), SIZE, SIZE, ORIGIN, (ZOOM, 0.0), (0.0, ZOOM)))
        reader.look((900.0, 500.0), 200.0)
    words = sorted(reader.words, key=lambda word: word.start)
    lag = float(np.median(reader.behind)) if reader.behind else reader.lag
    return Recording(_tracked(reader), log, words, clicks, truth, lag)


def _find(reader: Reader, box: PhantomBox, draw: np.random.Generator) -> None:
    """Looks at a lesion and names it, or (STRAY) names it two seconds after leaving it."""
    came = reader.now
    spread = (min(box.w / 5, 16.0), min(box.h / 5, 16.0))
    wait = float(draw.normal(800, 300)) + (3500 if draw.random() < STRAY else 0)
    said = str(draw.choice(PHRASES[box.finding]))
    reader.say(str(draw.choice([said, f"a {said}", f"there is a {said} here."])), came + max(200.0, wait))
    spoken = reader.words[-len(said.split()):] if not reader.words[-1].text.endswith(".") else reader.words[-2:-1]
    reader.dwell((box.x + box.w / 2, box.y + box.h / 2), spread, int(draw.integers(4, 8)))
    reader.behind.append((spoken[0].start + spoken[-1].end) / 2 - (came + reader.now) / 2)


def _tracked(reader: Reader) -> Samples:
    """What the tracker writes: offset, jitter, blinks of 100 to 300 ms every four seconds or so."""
    table = np.array(reader.path)
    count = len(table)
    valid = np.ones(count, dtype=bool)
    for begin in np.flatnonzero(reader.draw.random(count) < STEP / 4000):
        valid[begin:begin + int(reader.draw.integers(6, 18))] = False
    at = table[:, 1:] + reader.offset + reader.draw.normal(0, 0.25 * DEGREE / 1.5, (count, 2))
    return Samples(table[:, 0], at[:, 0], at[:, 1], valid)
