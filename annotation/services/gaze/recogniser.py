"""A recogniser on the site's own machine: a command that the operator names, given a WAV file, printing word times.

Nothing is sent anywhere by us; what the command does is the operator's to know. RADLOOP_RECOGNISER is a command line,
e.g. `/opt/vosk/words --model /opt/vosk/en`; the path of the WAV is its last argument.
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from django.conf import settings

from annotation.gaze import GazeError, Word, parse_words
from core.errors import Invalid

MOST_ANSWER = 4_000_000


def has_recogniser() -> bool:
    return bool(settings.RADLOOP_RECOGNISER)


def require_recogniser() -> None:
    if not has_recogniser():
        raise Invalid("No recogniser is set up on this site. Upload a transcript with times instead.", field="audio")


def recognise(audio: Path) -> list[Word]:
    """Raises Invalid: none is configured, no WAV, it failed, was too slow, or printed no words.

    What it prints is kept beside the sound, so that whoever removes the one removes the other.
    """
    require_recogniser()
    with audio.open("rb") as opened:
        head = opened.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise Invalid("That is no WAV file.", field="audio")
    with (audio.parent / "printed").open("w+b") as answer:
        _run([*shlex.split(settings.RADLOOP_RECOGNISER), str(audio)], answer.fileno())
        answer.seek(0)
        printed = answer.read(MOST_ANSWER + 1)
    if len(printed) > MOST_ANSWER:
        raise Invalid("The recogniser printed more than a transcript can hold.", field="audio")
    try:
        return parse_words(printed)
    except GazeError as error:
        raise Invalid(f"What the recogniser printed is no transcript: {error}", field="audio") from None


def _run(command: list[str], answer: int) -> None:
    seconds = settings.RADLOOP_RECOGNISER_SECONDS
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=answer, stderr=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise Invalid(
            f"The recogniser took longer than {seconds:g} s. Send a shorter recording.", field="audio"
        ) from None
    except OSError:
        raise Invalid("The recogniser of this site cannot be started. Tell whoever runs it.", field="audio") from None
    if ended.returncode:
        raise Invalid("The recogniser of this site could not read the recording.", field="audio")
