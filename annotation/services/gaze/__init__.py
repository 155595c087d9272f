"""Recordings of where a reader pointed or looked: allowed by the reader, kept for the reader, turned into proposals."""

from annotation.services.gaze.aligning import align_recording, lag_in_words, lexicon_of, proposals_for
from annotation.services.gaze.consent import consent_of, give_consent, take_consent_back
from annotation.services.gaze.keeping import add_pointer, delete_recording
from annotation.services.gaze.parsing import read_upload
from annotation.services.gaze.receiving import receive_files, settle
from annotation.services.gaze.recogniser import has_recogniser
from annotation.services.gaze.replay import heat_maps

__all__ = [
    "add_pointer", "align_recording", "consent_of", "delete_recording", "give_consent", "has_recogniser", "heat_maps",
    "lag_in_words", "lexicon_of", "proposals_for", "read_upload", "receive_files", "settle", "take_consent_back",
]
