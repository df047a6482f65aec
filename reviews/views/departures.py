"""Switching an account off, with what has to be settled before, and on again."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import offboarding
from workspaces.doors import known_person, screen, site_admin_only
from workspaces.errors import HandoffError
from workspaces.models import Agent, User


class DepartureForm(forms.Form):
    """Who gets what is open, and a field an agent for its new owner."""

    heir = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who gets what is assigned"),
        required=False,
        empty_label=gettext_lazy("nobody: all reviewers may take it"),
    )

    def __init__(self, data: object, *, person: User, agents: list[Agent]) -> None:
        super().__init__(data, label_suffix="")  # type: ignore[arg-type]
        others = User.objects.filter(is_active=True).exclude(pk=person.pk)
        self.agents = agents
        for agent in agents:
            label = _("New owner of %(agent)s") % {"agent": agent.name}
            self.fields[f"agent-{agent.pk}"] = forms.ModelChoiceField(
                others, label=label, empty_label=_("choose somebody")
            )
        for field in self.fields.values():
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = others.order_by("name", "email")

    @property
    def owners(self) -> dict[int, User]:
        return {agent.pk: self.cleaned_data[f"agent-{agent.pk}"] for agent in self.agents}


@screen("GET", "POST")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    person = known_person(user, pk)
    site_admin_only(user)
    if not person.is_active:
        return redirect("person", person.pk)
    estate = offboarding.estate_of(person)
    posted = request.POST if request.method == "POST" else None
    form = DepartureForm(posted, person=person, agents=estate.agents)
    if posted is not None and form.is_valid():
        try:
            offboarding.deactivate(
                person, by=user, heir=form.cleaned_data["heir"], agents=form.owners
            )
        except HandoffError as error:
            form.add_error(None, error.detail)
        else:
            said = _("%(who)s’s account is off, and signed out everywhere.") % {"who": person}
            messages.success(request, said)
            return redirect("login" if person.pk == user.pk else "people")
    context = {"person": person, "estate": estate, "form": form, "section": "people"}
    status = 422 if form.is_bound else 200
    return render(request, "reviews/admin/departure.html", context, status=status)


@screen("POST")
def reactivate(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    person = known_person(user, pk)
    site_admin_only(user)
    if not person.is_active:
        offboarding.reactivate(person, by=user)
        said = _("%(who)s’s account is on again, with no role: give one where it is needed.")
        messages.success(request, said % {"who": person})
    return redirect("person", person.pk)
