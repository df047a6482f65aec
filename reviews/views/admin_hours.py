"""A workspace's hours: when time to due is counted there."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews import calendars
from reviews.hours_form import PRESETS, FillForm, HoursForm, with_holidays, with_preset
from workspaces.actors import Actor
from workspaces.doors import screen, workspace_for
from workspaces.models import User, Workspace
from workspaces.permissions import can


@screen("GET", "POST")
def page(request: HttpRequest, user: User, slug: str) -> HttpResponse:
    """Members may look; admins may change. Nothing typed is lost when something is refused."""
    workspace = workspace_for(user, slug, "administer" if request.method == "POST" else "view")
    row = calendars.row_of(workspace)
    initial = HoursForm.initial_of(calendars.of(workspace), row.version if row else 0)
    year = timezone.localdate().year
    fill = FillForm(request.POST if "fill" in request.POST else None, initial={"year": year})
    said = ""
    if request.method != "POST":
        form = HoursForm(initial=initial)
    elif "fill" in request.POST:
        form, said = _filled(request, fill)
    else:
        form = HoursForm(request.POST)
        if form.is_valid() and _save(request, form, workspace, user):
            return redirect("workspace-hours", workspace.slug)
    may_change = bool(can(user, "administer", workspace.pk))
    if not may_change:
        for field in form.fields.values():
            field.disabled = True
    context = {
        "form": form,
        "fill": fill,
        "said": said,
        "presets": [(name, label) for name, (label, _days) in PRESETS.items()],
        "workspace": workspace,
        "may_change": may_change,
        "section": "workspaces",
        "tab": "settings",
    }
    return render(request, "reviews/admin/hours.html", context)


def _filled(request: HttpRequest, fill: FillForm) -> tuple[HoursForm, str]:
    """The form with more in it, still to be saved, and what was put in."""
    posted = {name: str(value) for name, value in request.POST.items()}
    wanted = posted.get("fill", "")
    if wanted in PRESETS:
        return HoursForm(initial=with_preset(posted, wanted)), _("Filled in. Save to keep it.")
    found = fill.holidays()
    said = ngettext(
        "%(n)d holiday was found. Save to keep it.",
        "%(n)d holidays were found. Save to keep them.",
        len(found),
    ) % {"n": len(found)}
    return HoursForm(initial=with_holidays(posted, found)), said if found else ""


def _save(request: HttpRequest, form: HoursForm, workspace: Workspace, user: User) -> bool:
    given = form.cleaned_data
    try:
        changed = calendars.save(
            workspace,
            actor=Actor.user(user),
            zone=given["zone"],
            hours=given["hours"],
            holidays=given["holidays"],
            version=given["version"],
        )
    except calendars.ChangedMeanwhile as error:
        row = calendars.row_of(Workspace.objects.get(pk=workspace.pk))
        form.data = {**form.data.dict(), "version": str(row.version if row else 0)}  # type: ignore[attr-defined]
        form.add_error(None, error.detail)
        return False
    messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
    return True
