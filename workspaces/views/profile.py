"""A person's own name and time zone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workspaces import provisioning
from workspaces.actors import Actor
from workspaces.doors import screen
from workspaces.forms.people import ProfileForm
from workspaces.models import User


@screen("GET", "POST")
def show(request: HttpRequest, user: User) -> HttpResponse:
    given = {"name": user.name, "time_zone": user.time_zone}
    form = ProfileForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        provisioning.change_user(user, actor=Actor.user(user), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("profile")
    context = {
        "form": form,
        "roles": user.memberships.select_related("workspace").order_by("workspace__name"),
    }
    return render(request, "workspaces/profile.html", context)
