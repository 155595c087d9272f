from annotation.models.comment import Comment
from annotation.models.finding import Finding, FindingKind, FindingRevision, FindingState, Invariance
from annotation.models.gaze import GazeConsent, GazeRecording, GazeSource, GazeState
from annotation.models.ledger import Batch, CurrentObservation, Observation, ObservationState, Source, SourceKind
from annotation.models.preferences import RoomPreferences
from annotation.models.reading import Reading, ReadingState, ReadingVersion
from annotation.models.region import REGION_KINDS, WORLD_KINDS, MaskBlob, Region
from annotation.models.reserved import ReservedCase, ReservedSet, TestOpening
from annotation.models.worklist import (
    Ranking,
    RankingEntry,
    ReadingMode,
    ReportPolicy,
    Slot,
    SlotState,
    Worklist,
    WorklistItem,
    WorklistKind,
)

__all__ = [
    "REGION_KINDS", "WORLD_KINDS", "Batch", "Comment", "CurrentObservation", "Finding", "FindingKind",
    "FindingRevision", "FindingState", "GazeConsent", "GazeRecording", "GazeSource", "GazeState", "Invariance",
    "MaskBlob", "Observation", "ObservationState", "Ranking", "RankingEntry", "Reading", "ReadingMode",
    "ReadingState", "ReadingVersion", "Region", "ReportPolicy", "ReservedCase", "ReservedSet", "RoomPreferences",
    "Slot", "SlotState", "Source", "SourceKind", "TestOpening", "Worklist", "WorklistItem", "WorklistKind",
]
