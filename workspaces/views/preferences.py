"""A person's own settings, saved as they are changed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import absences, provisioning, roles
from workspaces.actors import Actor
from workspaces.doors import screen
from workspaces.forms.preferences import PreferencesForm
from workspaces.models import User, Workspace


@screen("GET", "POST")
def show(request: HttpRequest, user: User) -> HttpResponse:
    """The form; to the script, which sends it with every change, 204 or 422 with the errors.

    ``{"errors": {field: [sentences]}}``.
    """
    given = {name: getattr(user, name) for name in PreferencesForm.base_fields}
    form = PreferencesForm(request.POST or None, initial=given)
    by_script = request.headers.get("X-Requested-With") == "fetch"
    if request.method == "POST" and form.is_valid():
        provisioning.change_user(user, actor=Actor.user(user), **form.cleaned_data)
        if by_script:
            return HttpResponse(status=204)
        messages.success(request, _("Saved."))
        return redirect("settings")
    if by_script and form.is_bound:
        return JsonResponse({"errors": form.errors}, status=422)
    context = {
        "form": form,
        "section": "settings",
        "places": roles.sources_of([user], Workspace.objects.all())[user.pk],
        "teams": user.teams.filter(archived_at=None).order_by("name"),
        "absence": absences.standing(user),
    }
    return render(request, "workspaces/preferences.html", context)
