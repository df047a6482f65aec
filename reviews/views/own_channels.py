"""Channels of one's own: this browser's pushes, and a chat address that only oneself reads."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviews import channel_book, channel_rights, push_subscriptions
from reviews.channel_book import Place
from reviews.channel_form import ChannelForm
from reviews.models import Channel
from reviews.notify import push
from reviews.notify.apprise_table import SERVICES
from reviews.views.channels import drawn
from workspaces.actors import Actor
from workspaces.doors import screen
from workspaces.errors import Conflict, Invalid
from workspaces.models import User


@screen("GET", "POST")
def page(request: HttpRequest, user: User) -> HttpResponse:
    """A POST adds a chat address."""
    form = ChannelForm(request.POST or None, kind=Channel.Kind.APPRISE, places=[])
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            channel_book.add_service(
                Place(user=user),
                name=found["name"],
                url=found["url"].strip(),
                config=form.config,
                actor=Actor.user(user),
            )
        except (Invalid, Conflict) as error:
            form.add_error("url", error.detail)
        else:
            messages.success(request, _("Added. Send it a test."))
            return redirect("own-channels")
    rows = [drawn(each) for each in channel_rights.own(user).select_related("user").order_by("pk")]
    context = {
        "rows": rows,
        "form": form,
        "examples": dict.fromkeys((each.name, each.example) for each in SERVICES.values()),
        "section": "settings",
    }
    status = 422 if form.errors else 200
    return render(request, "reviews/own_channels.html", context, status=status)


@screen("POST")
def subscribe(request: HttpRequest, user: User) -> HttpResponse:
    """What a browser's script sends when its button is pressed. First nothing, for the key it
    needs (200); then what its push service gave it: 201, or 422 with a sentence."""
    posted = request.POST
    if "endpoint" not in posted:
        return JsonResponse({"key": push.public_key()})
    try:
        push_subscriptions.subscribe(
            user,
            endpoint=posted.get("endpoint", ""),
            p256dh=posted.get("p256dh", ""),
            auth=posted.get("auth", ""),
            name=browser_of(request.headers.get("User-Agent", "")),
        )
    except (Invalid, Conflict) as error:
        return JsonResponse({"detail": error.detail}, status=422)
    return JsonResponse({}, status=201)


def browser_of(agent: str) -> str:
    """ "Firefox on Linux": enough to tell one's browsers apart."""
    kinds = (("Edg", "Edge"), ("Firefox", ""), ("Chrom", "Chrome"), ("Safari", ""))
    places = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
    kind = next((name or mark for mark, name in kinds if mark in agent), _("A browser"))
    place = next((name for name in places if name in agent), "")
    return _("%(browser)s on %(place)s") % {"browser": kind, "place": place} if place else kind


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that its scope is the whole desk; never cached longer than a look."""
    script = (Path(settings.BASE_DIR) / "static" / "sw.js").read_bytes()
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
