"""What left the desk, waits to leave or could not: by state and channel, with replay."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
    (Channel.Kind.WEBHOOK, gettext_lazy("Webhook")),
    (Channel.Kind.APPRISE, gettext_lazy("Chat service")),
    (Channel.Kind.PUSH, gettext_lazy("Browser push")),
]
MOST_REPLAYED = 500
"""In one go; who asks again gets the next ones."""


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """The bell is left out: what is in it has nothing to send."""
    admins_only(user)
    state, channel = request.GET.get("state", ""), request.GET.get("channel", "")
    one = request.GET.get("id", "")
    mine = _of(user, channel, one)
    counts = dict(mine.order_by().values_list("status").annotate(n=Count("pk")))
    rows = mine.filter(status=state) if state in dict(STATES) else mine
    before = _number(request.GET.get("before", ""))
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(
        rows.select_related(
            "event", "channel", "user", "handoff__workspace", "handoff__submitter"
        ).order_by("-pk")[: PAGE + 1]
    )
    shown = found[:PAGE]
    asked = {"state": state, "channel": channel, "id": one}
    context = {
        "rows": [_row(delivery) for delivery in shown],
        "states": _states(counts, asked),
        "channels": CHANNELS,
        "state": state,
        "channel": channel,
        "one": _one(one),
        "dead": counts.get(Delivery.Status.DEAD, 0),
        "is_narrowed": bool(state or channel or one or before),
        "next_url": _url({**asked, "before": shown[-1].pk}) if len(found) > PAGE else "",
        "section": "deliveries",
    }
    return render(request, "reviews/admin/deliveries.html", context)


def _of(user: User, kind: str, one: str) -> QuerySet[Delivery]:
    """Of the workspaces one administers; of one kind of channel, or of one channel (``one``)."""
    mine = Delivery.objects.filter(handoff__workspace__in=administered_workspaces(user))
    mine = mine.exclude(channel__kind=Channel.Kind.INBOX)
    if kind in dict(CHANNELS):
        mine = mine.filter(channel__kind=kind)
    return mine.filter(channel=_number(one)) if one else mine


def _one(one: str) -> Channel | None:
    return Channel.objects.filter(pk=_number(one), kind__in=Channel.SET_UP).first()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


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
        "to": delivery.user or delivery.channel.name or delivery.recipient,
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
    return redirect(_url(_asked(request)))


@screen("POST")
def replay_all(request: HttpRequest, user: User) -> HttpResponse:
    """Every failed one that the filter shows, the oldest first, up to a bound."""
    admins_only(user)
    asked = _asked(request)
    dead = _of(user, asked["channel"], asked["id"]).filter(status=Delivery.Status.DEAD)
    found = dead.select_related("handoff", "channel").order_by("pk")[:MOST_REPLAYED]
    sent = left = 0
    for delivery in found:
        try:
            dispatch.replay(delivery, Actor.user(user))
            sent += 1
        except Conflict:
            left += 1
    told = ngettext("%(n)d is on its way again.", "%(n)d are on their way again.", sent)
    messages.success(request, told % {"n": sent})
    if left:
        told = ngettext(
            "%(n)d could not be: its channel is off.",
            "%(n)d could not be: their channels are off.",
            left,
        )
        messages.error(request, told % {"n": left})
    return redirect(_url({**asked, "state": ""}))


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "")[:20] for name in ("state", "channel", "id")}
