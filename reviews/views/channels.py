"""Shared channels, for who looks after them: the list, one channel, and adding one."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reviews import channel_book, channel_rights, event_kinds
from reviews.channel_form import ChannelForm, initial
from reviews.models import Channel, Delivery
from reviews.notify.apprise_table import SERVICES
from workspaces.actors import Actor
from workspaces.doors import screen
from workspaces.errors import Conflict, Forbidden, Invalid
from workspaces.models import Event, User

IN_LOG = 20


@dataclass(frozen=True)
class State:
    """How a channel does, in a word, with the chip's class and icon."""

    word: str
    css: str
    symbol: str


def state_of(channel: Channel) -> State:
    if channel.off_because == Channel.OffBecause.ERROR:
        return State(_("Switched off by an error"), "bad", "circle-x")
    if not channel.is_active:
        return State(_("Off"), "", "circle")
    if channel.last_error:
        return State(_("Failing"), "warn", "triangle-alert")
    if channel.worked_at:
        return State(_("Works"), "ok", "check")
    return State(_("Not used yet"), "", "circle")


def belongs_to(channel: Channel) -> str:
    if channel.team is not None:
        return _("Team %(name)s") % {"name": channel.team}
    return str(channel.workspace or channel.user or _("The whole desk"))


def drawn(channel: Channel) -> dict[str, Any]:
    return {"channel": channel, "state": state_of(channel), "place": belongs_to(channel)}


@screen("GET")
def listing(request: HttpRequest, user: User) -> HttpResponse:
    keepers_only(user)
    found = channel_rights.shared(user).select_related("workspace", "team", "user")
    rows = [drawn(channel) for channel in found.order_by("is_active", "name", "pk")[:500]]
    failed = [row for row in rows if row["channel"].off_because == Channel.OffBecause.ERROR]
    context = {"rows": rows, "failed": failed, "section": "channels"}
    return render(request, "reviews/admin/channels.html", context)


def keepers_only(user: User) -> None:
    if not channel_rights.places(user):
        raise Forbidden(
            _("This page is for admins of a workspace and leads of a team; you are none.")
        )


@screen("GET", "POST")
def new(request: HttpRequest, user: User, kind: str) -> HttpResponse:
    keepers_only(user)
    places = channel_rights.places(user)
    is_chat = request.GET.get("for") == "chat"
    form = ChannelForm(
        request.POST or None, kind=kind, is_chat=is_chat, places=places, initial=initial(None)
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _made(request, user, kind, form)
        except (Invalid, Conflict) as error:
            form.add_error("url", error.detail)
    context = {
        "form": form,
        "kind": kind,
        "is_chat": is_chat,
        "examples": dict.fromkeys((each.name, each.example) for each in SERVICES.values()),
        "section": "channels",
    }
    status = 422 if form.errors else 200
    return render(request, "reviews/admin/channel_new.html", context, status=status)


def _made(request: HttpRequest, user: User, kind: str, form: ChannelForm) -> HttpResponse:
    found = form.cleaned_data
    place = channel_rights.place_of(user, found["place"])
    actor, url = Actor.user(user), found["url"].strip()
    if kind == Channel.Kind.APPRISE:
        channel = channel_book.add_service(
            place, name=found["name"], url=url, config=form.config, actor=actor
        )
        messages.success(request, _("Added. Send it a test."))
        return redirect("channel", channel.pk)
    channel, secret = channel_book.add_webhook(
        place, name=found["name"], url=url, config=form.config, actor=actor
    )
    if not form.is_for_systems:
        messages.success(request, _("Added. Send it a test."))
        return redirect("channel", channel.pk)
    return shown_once(request, channel, secret)


def shown_once(request: HttpRequest, channel: Channel, secret: str) -> HttpResponse:
    context = {"channel": channel, "secret": secret, "section": "channels"}
    return render(request, "reviews/admin/channel_secret.html", context)


def channel_for(user: User, pk: int) -> Channel:
    """A channel that ``user`` looks after. Raises Http404."""
    found = channel_rights.manageable(user).select_related("workspace", "team", "user")
    channel = found.filter(pk=pk).first()
    if channel is None:
        raise Http404
    return channel


@screen("GET", "POST")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    channel = channel_for(user, pk)
    places = [] if channel.user_id else channel_rights.places(user)
    form = ChannelForm(
        request.POST or None,
        kind=channel.kind,
        is_chat=channel.config.get("shape", "signed") != "signed",
        channel=channel,
        places=places,
        initial=initial(channel),
    )
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            channel_book.change(
                channel,
                name=found["name"],
                config=form.config,
                url=found.get("url", "").strip(),
                actor=Actor.user(user),
            )
        except (Invalid, Conflict) as error:
            form.add_error("url" if "url" in form.fields else None, error.detail)
        else:
            messages.success(request, _("Saved."))
            return redirect("channel", channel.pk)
    context = {
        **drawn(channel),
        "form": form,
        "log": _log(channel),
        "story": _story(channel),
        "is_signed": form.is_for_systems,
        "section": "settings" if channel.user_id else "channels",
    }
    status = 422 if form.errors else 200
    return render(request, "reviews/admin/channel.html", context, status=status)


def _log(channel: Channel) -> list[Delivery]:
    found = channel.deliveries.select_related("event", "handoff__workspace")
    return list(found.order_by("-pk")[:IN_LOG])


def _story(channel: Channel) -> list[dict[str, Any]]:
    """Who set it up, tried and changed it, and when it failed for good: the newest first."""
    found = Event.objects.filter(subject_type="channel", subject_id=str(channel.pk))
    events = list(found.order_by("-pk")[:IN_LOG])
    ids = {int(event.actor_id) for event in events if event.actor_kind == "human"}
    people = User.objects.in_bulk(ids)
    return [_told(event, people) for event in events]


def _told(event: Event, people: dict[int, User]) -> dict[str, Any]:
    payload = event.payload or {}
    words = {
        event_kinds.CHANNEL_ADDED: _("Added"),
        event_kinds.CHANNEL_CHANGED: _("Changed"),
        event_kinds.CHANNEL_SWITCHED: _("Switched on") if payload.get("on") else _("Switched off"),
        event_kinds.CHANNEL_TESTED: _("A test arrived")
        if payload.get("is_ok")
        else _("A test failed"),
        event_kinds.CHANNEL_FAILED: _("Switched off by an error"),
        event_kinds.CHANNEL_REMOVED: _("Deleted"),
    }
    detail = payload.get("detail") or payload.get("error") or ", ".join(payload.get("changed", ()))
    by = people.get(int(event.actor_id)) if event.actor_kind == "human" else None
    return {"at": event.at, "word": words.get(event.kind, event.kind), "by": by, "detail": detail}
