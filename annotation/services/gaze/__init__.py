"""Recordings of where a reader pointed or looked: allowed by the reader, kept for the reader, turned into proposals."""

from annotation.services.gaze.aligning import align_recording, lag_in_words, lexicon_of, proposals_for
from annotation.services.gaze.consent import consent_of, give_consent, take_consent_back
from annotation.services.gaze.keeping import add_pointer, delete_recording, import_tracker, read_words, set_words
from annotation.services.gaze.recogniser import has_recogniser, recognise
from annotation.services.gaze.replay import heat_maps

__all__ = [
    "add_pointer", "align_recording", "consent_of", "delete_recording", "give_consent", "has_recogniser", "heat_maps",
    "import_tracker", "lag_in_words", "lexicon_of", "proposals_for", "read_words", "recognise",
    "set_words", "take_consent_back",
]
