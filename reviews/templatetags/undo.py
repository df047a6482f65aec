"""The undo bar on pages that know nothing of deciding: "z" works wherever one went next."""

from typing import Any

from django import template

from reviews import undoing
from workspaces.models import User

register = template.Library()


@register.inclusion_tag("reviews/_undo.html", takes_context=True)
def undo_bar(context: Any) -> dict[str, Any]:
    request = context.get("request")
    user = getattr(request, "user", None)
    bar = undoing.bar_for(user) if isinstance(user, User) else None
    return {"undo": bar, "plain": True, "csrf_token": context.get("csrf_token")}
