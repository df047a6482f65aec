"""Who submits what is dropped into a folder: the file agent of the longest matching prefix."""

from workspaces import paths
from workspaces.models import Agent, AgentWorkspace, FileAgent, Workspace
from workspaces.secrets import new_webhook_secret


def ensure_default(workspace: Workspace) -> Agent:
    """The agent for the whole folder, made with the workspace."""
    binding = FileAgent.objects.filter(workspace=workspace, path_prefix="").first()
    if binding is not None:
        return binding.agent
    agent, _ = Agent.objects.get_or_create(
        name=f"{workspace.slug}-files",
        defaults={"webhook_secret": new_webhook_secret(), "is_file_agent": True},
    )
    AgentWorkspace.objects.get_or_create(agent=agent, workspace=workspace)
    FileAgent.objects.get_or_create(workspace=workspace, path_prefix="", defaults={"agent": agent})
    return agent


def agent_for(workspace: Workspace, path: str) -> Agent:
    """The submitter of a file at ``path`` (relative to the workspace's root)."""
    bindings = FileAgent.objects.filter(workspace=workspace).select_related("agent")
    fitting = [b for b in bindings if paths.matches_prefix(path, b.path_prefix)]
    if not fitting:
        return ensure_default(workspace)
    return max(fitting, key=lambda b: len(b.path_prefix)).agent
