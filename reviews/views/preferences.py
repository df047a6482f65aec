"""Single settings of one's own that a button changes: theme, density, single keys.

All of them are on the settings page too (``workspaces.views.preferences``).
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from reviews.views.signed_in import person
from workspaces import provisioning
from workspaces.actors import Actor
from workspaces.models import Density, Theme


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    return _keep(request, "theme", {str(value): str(value) for value in Theme.values})


@login_required
@require_POST
def density(request: HttpRequest) -> HttpResponse:
    return _keep(request, "density", {str(value): str(value) for value in Density.values})


@login_required
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """``keys`` is "on" or "off"."""
    return _keep(request, "has_single_keys", {"on": True, "off": False}, name="keys")


def _keep(
    request: HttpRequest, column: str, known: dict[str, str] | dict[str, bool], name: str = ""
) -> HttpResponse:
    """Keep a value that is known, then lead back to where the button was (``next``)."""
    chosen = request.POST.get(name or column, "")
    if chosen in known:
        user = person(request)
        provisioning.change_user(user, actor=Actor.user(user), **{column: known[chosen]})
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    return HttpResponseRedirect(back)
