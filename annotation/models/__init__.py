from annotation.models.comment import Comment
from annotation.models.finding import Finding, FindingKind, FindingRevision, FindingState
from annotation.models.ledger import (
    Batch,
    CurrentObservation,
    Observation,
    ObservationState,
    Region,
    Source,
    SourceKind,
)
from annotation.models.reading import Reading, ReadingState, ReadingVersion
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
    "Batch", "Comment", "CurrentObservation", "Finding", "FindingKind", "FindingRevision", "FindingState",
    "Observation", "ObservationState", "Ranking", "RankingEntry", "Reading", "ReadingMode", "ReadingState",
    "ReadingVersion", "Region", "ReportPolicy", "ReservedCase", "ReservedSet", "Slot", "SlotState", "Source",
    "SourceKind",
    "TestOpening", "Worklist", "WorklistItem", "WorklistKind",
]
