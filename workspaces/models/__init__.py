from workspaces.models.absences import Absence
from workspaces.models.agents import Agent, AgentToken, AgentWorkspace, FileAgent
from workspaces.models.events import Event
from workspaces.models.leases import Lease
from workspaces.models.people import (
    Density,
    Membership,
    Role,
    Team,
    TeamMember,
    TeamRole,
    Theme,
    User,
)
from workspaces.models.workspace import DESK, Workspace

__all__ = [
    "DESK",
    "Absence",
    "Agent",
    "AgentToken",
    "AgentWorkspace",
    "Density",
    "Event",
    "FileAgent",
    "Lease",
    "Membership",
    "Role",
    "Team",
    "TeamMember",
    "TeamRole",
    "Theme",
    "User",
    "Workspace",
]
