"""The bell: what happened that concerns this person, newest first."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reviews.models import Channel, Delivery
from reviews.notify.groups import GROUP_OF, Group
from reviews.permissions import visible_to
from reviews.views.signed_in import person
from workspaces import clock

SHOWN = 100
GROUPS = {str(group): [kind for kind, of in GROUP_OF.items() if of == group] for group in Group}
TABS = [
    ("", gettext_lazy("All")),
    ("review", gettext_lazy("To decide")),
    ("assigned", gettext_lazy("Assigned")),
    ("message", gettext_lazy("Messages")),
    ("due", gettext_lazy("Due")),
    ("answer", gettext_lazy("Settled")),
    ("desk", gettext_lazy("Desk")),
]


@login_required
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    user = person(request)
    rows = Delivery.objects.filter(
        user=user, channel__kind=Channel.Kind.INBOX, handoff__in=visible_to(user)
    ).select_related("event", "handoff__workspace", "handoff__submitter", "handoff__claimed_by")
    group = request.GET.get("group", "")
    if group in GROUPS:
        rows = rows.filter(event__kind__in=GROUPS[group])
    items = rows.order_by("-pk")[:SHOWN]
    context = {"section": "bell", "items": items, "group": group, "groups": TABS}
    return render(request, "reviews/bell.html", context)


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Everything up to what was shown counts as read; what came since does not."""
    upto = request.POST.get("upto", "")
    unread = Delivery.objects.filter(user=person(request), read_at=None)
    unread = unread.filter(channel__kind=Channel.Kind.INBOX)
    if upto.isdecimal() and len(upto) < 19:
        unread.filter(pk__lte=int(upto)).update(read_at=clock.now())
    return HttpResponseRedirect(reverse("bell"))
