"""What left the desk, waits to leave or could not: by state and channel, with replay."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews import dispatch
from reviews.models import Channel, Delivery
from workspaces.actors import Actor
from workspaces.doors import admins_only, demand, screen
from workspaces.errors import Conflict
from workspaces.models import User
from workspaces.permissions import administered_workspaces, can, visible_workspaces

PAGE = 50
STATES = [
    (Delivery.Status.DEAD, gettext_lazy("Failed")),
    (Delivery.Status.WAITING, gettext_lazy("Waiting")),
    (Delivery.Status.HELD, gettext_lazy("For a digest")),
    (Delivery.Status.DONE, gettext_lazy("Delivered")),
    (Delivery.Status.CANCELLED, gettext_lazy("Not needed")),
]
CHANNELS = [
    (Channel.Kind.CALLBACK, gettext_lazy("Callback")),
    (Channel.Kind.FILE, gettext_lazy("Decision file")),
    (Channel.Kind.EMAIL, gettext_lazy("E-mail")),
]


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """The bell is left out: what is in it has nothing to send."""
    admins_only(user)
    state, channel = request.GET.get("state", ""), request.GET.get("channel", "")
    mine = Delivery.objects.filter(handoff__workspace__in=administered_workspaces(user))
    mine = mine.exclude(channel__kind=Channel.Kind.INBOX)
    if channel in dict(CHANNELS):
        mine = mine.filter(channel__kind=channel)
    counts = dict(mine.order_by().values_list("status").annotate(n=Count("pk")))
    rows = mine.filter(status=state) if state in dict(STATES) else mine
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(
        rows.select_related(
            "event", "channel", "user", "handoff__workspace", "handoff__submitter"
        ).order_by("-pk")[: PAGE + 1]
    )
    shown = found[:PAGE]
    asked = {"state": state, "channel": channel}
    context = {
        "rows": [_row(delivery) for delivery in shown],
        "states": _states(counts, asked),
        "channels": CHANNELS,
        "state": state,
        "channel": channel,
        "is_narrowed": bool(state or channel or before),
        "next_url": _url({**asked, "before": shown[-1].pk}) if len(found) > PAGE else "",
        "section": "deliveries",
    }
    return render(request, "reviews/admin/deliveries.html", context)


def _url(asked: dict[str, Any]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('deliveries')}?{query}"


def _states(counts: dict[str, int], asked: dict[str, str]) -> list[dict[str, Any]]:
    whole = {"word": _("All"), "n": sum(counts.values()), "state": ""}
    each = [{"word": word, "n": counts.get(key, 0), "state": key.value} for key, word in STATES]
    return [
        {
            **entry,
            "url": _url({**asked, "state": entry["state"]}),
            "is_current": entry["state"] == asked["state"],
        }
        for entry in [whole, *each]
    ]


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "channel": dict(CHANNELS)[Channel.Kind(delivery.channel.kind)],
        "state": dict(STATES)[Delivery.Status(delivery.status)],
        "to": delivery.user or delivery.recipient or delivery.channel.address,
    }


@screen("POST")
def replay(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    delivery = (
        Delivery.objects.filter(pk=pk, handoff__workspace__in=visible_workspaces(user))
        .select_related("handoff", "channel")
        .first()
    )
    if delivery is None:
        raise Http404
    demand(can(user, "administer", delivery.handoff.workspace_id))
    try:
        dispatch.replay(delivery, Actor.user(user))
    except Conflict as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, _("It is on its way again; reload to see how it went."))
    asked = {name: request.POST.get(name, "")[:20] for name in ("state", "channel")}
    return redirect(_url(asked))
