from reviews.models.decisions import Answer, Decision
from reviews.models.handoffs import (
    ENDED,
    Artifact,
    Comment,
    Handoff,
    Outcome,
    Priority,
    Revision,
    Risk,
    Source,
    Status,
    Trigger,
)
from reviews.models.intake import IdempotencyKey, Problem, SourceFile
from reviews.models.lists import SavedView, SearchText
from reviews.models.notices import Digest, NoticeSettings
from reviews.models.notify import Channel, Delivery, DeskKey
from reviews.models.reading import ChangePoint, TalkRead, ViewedFile
from reviews.models.routing import Rotation, RoutingRun, Rule, RuleVersion, Simulation
from reviews.models.timing import Timer, WorkHours

__all__ = [
    "ENDED",
    "Answer",
    "Artifact",
    "ChangePoint",
    "Channel",
    "Comment",
    "Decision",
    "Delivery",
    "DeskKey",
    "Digest",
    "Handoff",
    "IdempotencyKey",
    "NoticeSettings",
    "Outcome",
    "Priority",
    "Problem",
    "Revision",
    "Risk",
    "Rotation",
    "RoutingRun",
    "Rule",
    "RuleVersion",
    "SavedView",
    "SearchText",
    "Simulation",
    "Source",
    "SourceFile",
    "Status",
    "TalkRead",
    "Timer",
    "Trigger",
    "ViewedFile",
    "WorkHours",
]
