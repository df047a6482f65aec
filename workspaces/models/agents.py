"""Agents: desk-wide identities, their tokens, and where they may hand off."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Agent(models.Model):
    """A submitter. Deactivated, never deleted. No self-approval hangs on ``owner``."""

    name = models.CharField(max_length=120, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agents",
    )
    webhook_secret = models.CharField(max_length=100)
    old_webhook_secret = models.CharField(max_length=100, blank=True)  # signs too while rotating
    callback_hosts = models.JSONField(default=list, blank=True)  # ["host", "host:port"]
    is_active = models.BooleanField(default=True)
    is_file_agent = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def webhook_secrets(self) -> list[str]:
        return [secret for secret in (self.webhook_secret, self.old_webhook_secret) if secret]


class AgentToken(models.Model):
    """Only the hash is kept: 256 random bits need no slow hash."""

    SCOPES: ClassVar[tuple[str, ...]] = ("submit", "read")

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)  # "hdk_Ab12…", to tell tokens apart
    scopes = models.JSONField(default=list)
    rate = models.PositiveIntegerField(null=True, blank=True)  # requests a second, None: default
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.hint} of {self.agent}"


class AgentWorkspace(models.Model):
    """Grants an agent submitting to a workspace."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="grants")
    workspace = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.CASCADE, related_name="agent_grants"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "workspace"], name="agent_workspace_unique")
        ]

    def __str__(self) -> str:
        return f"{self.agent} in {self.workspace}"


class FileAgent(models.Model):
    """Who submits what is dropped below ``path_prefix`` ("" is the whole folder; longest wins)."""

    workspace = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.CASCADE, related_name="file_agents"
    )
    path_prefix = models.CharField(max_length=1024, blank=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="file_bindings")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "path_prefix"], name="file_agent_unique")
        ]

    def __str__(self) -> str:
        return f"{self.agent} for {self.workspace}/{self.path_prefix}"
