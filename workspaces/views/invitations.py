"""Invitations: a one-time link by which a new person sets the password, shown once and mailed."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from workspaces.models import User, Workspace

logger = logging.getLogger("handoff.invitations")


def link_for(invited: User) -> str:
    """Works once, for PASSWORD_RESET_TIMEOUT, until a password is set."""
    uid = urlsafe_base64_encode(force_bytes(invited.pk))
    token = default_token_generator.make_token(invited)
    path = reverse("password_reset_confirm", kwargs={"uidb64": uid, "token": token})
    return f"{settings.SITE_URL}{path}"


def show(
    request: HttpRequest, invited: User, *, by: User, workspace: Workspace | None
) -> HttpResponse:
    """Mail the link, and show it this once. Call it after the person's row is committed."""
    link = link_for(invited)
    context: dict[str, object] = {
        "invited": invited,
        "by": by,
        "workspace": workspace,
        "link": link,
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "section": "people",
    }
    context["is_mailed"] = _mail(invited, context)
    return render(request, "workspaces/invited.html", context)


def _mail(invited: User, context: dict[str, object]) -> bool:
    text = render_to_string("workspaces/invitation.txt", context)
    try:
        send_mail(_("You are invited to a review desk"), text, None, [invited.email])
    except (OSError, SMTPException) as error:
        logger.warning("the invitation of person %s was not mailed: %s", invited.pk, error)
        return False
    return True
