from workspaces.models.agents import Agent, AgentToken, AgentWorkspace, FileAgent
from workspaces.models.events import Event
from workspaces.models.leases import Lease
from workspaces.models.people import Membership, Role, Team, TeamMember, User
from workspaces.models.workspace import DESK, Workspace

__all__ = [
    "DESK",
    "Agent",
    "AgentToken",
    "AgentWorkspace",
    "Event",
    "FileAgent",
    "Lease",
    "Membership",
    "Role",
    "Team",
    "TeamMember",
    "User",
    "Workspace",
]
