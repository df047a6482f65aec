"""Out of office: one's own, and for admins and team leads that of somebody they look after."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from reviews import standing_in
from reviews.away_form import AwayForm, zone_of
from reviews.models import ENDED, Handoff
from workspaces import absences
from workspaces.doors import known_person, screen
from workspaces.errors import HandoffError
from workspaces.models import User


@screen("GET", "POST")
def own(request: HttpRequest, user: User) -> HttpResponse:
    return _page(request, user, user, reverse("away"))


@screen("GET", "POST")
def of_person(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    person = known_person(user, pk)
    return _page(request, user, person, reverse("person", args=[person.pk]))


def _page(request: HttpRequest, by: User, person: User, done_url: str) -> HttpResponse:
    """The form; a POST sets it, with ``do=back`` it ends it."""
    if request.method == "POST" and request.POST.get("do") == "back":
        return _back(request, by, person, done_url)
    with timezone.override(zone_of(person)):
        form = AwayForm(request.POST if request.method == "POST" else None, person=person, by=by)
        if request.method == "POST" and form.is_valid() and _set(form, person, by):
            messages.success(request, _said(person, by))
            return redirect(done_url)
        context = {
            "form": form,
            "person": person,
            "is_own": person.pk == by.pk,
            "standing": absences.standing(person),
            "is_begun": not standing_in.is_ahead(person),
            "open": Handoff.objects.filter(assigned_to=person).exclude(status__in=ENDED).count(),
            "section": "settings" if person.pk == by.pk else "people",
        }
        status = 422 if form.is_bound else 200
        return render(request, "reviews/admin/away.html", context, status=status)


def _set(form: AwayForm, person: User, by: User) -> bool:
    try:
        absence = absences.set_away(person, by=by, **form.cleaned_data)
    except HandoffError as error:
        form.show(error)
        return False
    standing_in.begin(absence)  # at once where it begins now; the sweep does the rest
    return True


def _said(person: User, by: User) -> str:
    is_now = not standing_in.is_ahead(person)
    if person.pk == by.pk:
        return _("You are away now.") if is_now else _("Noted.")
    who = {"who": person}
    return (_("%(who)s is away now.") if is_now else _("Noted for %(who)s.")) % who


def _back(request: HttpRequest, by: User, person: User, done_url: str) -> HttpResponse:
    if absences.come_back(person, by=by):
        said = (
            _("Welcome back. What moved meanwhile stays with who has it; what is new is yours.")
            if person.pk == by.pk
            else _("%(who)s counts as back. What moved meanwhile stays with who has it.")
            % {"who": person}
        )
        messages.success(request, said)
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return redirect(wanted if is_ours else done_url)
