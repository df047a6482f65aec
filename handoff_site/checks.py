"""What a production desk refuses to start with, each in one sentence."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.management.base import CommandError
from django.db import DatabaseError

from workspaces.models import User


def insist() -> None:
    """Refuse to serve an unsafe production desk, in a sentence. Raises CommandError."""
    found = [*production_settings(None), *demo_accounts(None)]
    if found:
        raise CommandError(" ".join(str(each.msg) for each in found))


@register(Tags.security)
def production_settings(app_configs: Any, **kwargs: Any) -> list[Error]:
    if not settings.PRODUCTION:
        return []
    found = []
    if not settings.SECRET_KEY_WAS_GIVEN:
        found.append(
            Error(
                f"The desk would answer on {settings.HOST}, which others can reach: set "
                "HANDOFF_SECRET_KEY to a random text of 50 characters or more.",
                id="handoff.E001",
            )
        )
    elif len(settings.SECRET_KEY) < 50:
        found.append(Error("HANDOFF_SECRET_KEY is shorter than 50 characters.", id="handoff.E002"))
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("HANDOFF_ALLOWED_HOSTS must name hosts, not “*”.", id="handoff.E003"))
    if settings.TOLD_HTTP_IN_PUBLIC:
        found.append(
            Error(
                "HANDOFF_URL must begin with https:// where others can reach the desk "
                "(or set HANDOFF_ALLOW_HTTP=1 on a closed network).",
                id="handoff.E004",
            )
        )
    return found


@register(Tags.security)
def demo_accounts(app_configs: Any, **kwargs: Any) -> list[Error]:
    if not settings.PRODUCTION:
        return []
    try:
        if not User.objects.filter(is_demo=True, is_active=True).exists():
            return []
    except DatabaseError:
        return []  # no database, or not migrated yet: there is nobody to sign in
    return [
        Error(
            "This data folder has active demo accounts, so it is not served to others: use another "
            "HANDOFF_DATA, or deactivate them.",
            id="handoff.E005",
        )
    ]
