"""The buttons of a channel: test, on and off, a new secret, delete."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from reviews import channel_book
from reviews.models import Channel
from reviews.views.channels import channel_for, shown_once
from workspaces.actors import Actor
from workspaces.doors import screen
from workspaces.errors import Conflict
from workspaces.models import User


@screen("POST")
def test(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Within seconds: the answer is shown on the page that comes back."""
    channel = channel_for(user, pk)
    result = channel_book.test(channel, actor=Actor.user(user))
    if result.is_ok:
        messages.success(request, _("The test arrived. %(said)s") % {"said": result.detail})
    else:
        messages.error(request, _("The test failed. %(said)s") % {"said": result.detail})
    return _back(request, channel)


@screen("POST")
def switch(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """``on`` is "1" or "0"."""
    channel = channel_for(user, pk)
    on = request.POST.get("on") == "1"
    channel_book.switch(channel, on=on, actor=Actor.user(user))
    messages.success(request, _("Switched on.") if on else _("Switched off."))
    return _back(request, channel)


@screen("POST")
def rotate(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    channel = channel_for(user, pk)
    if channel.config.get("shape", "signed") != "signed" or channel.kind != Channel.Kind.WEBHOOK:
        messages.error(request, _("Only signed webhooks have a secret."))
        return redirect("channel", channel.pk)
    try:
        secret = channel_book.rotate(channel, actor=Actor.user(user))
    except Conflict as error:
        messages.error(request, error.detail)
        return redirect("channel", channel.pk)
    return shown_once(request, channel, secret)


@screen("POST")
def remove(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    channel = channel_for(user, pk)
    channel_book.remove(channel, actor=Actor.user(user))
    messages.success(request, _("“%(name)s” is deleted; its log stays.") % {"name": channel})
    return redirect("own-channels" if channel.user_id else "channels")


def _back(request: HttpRequest, channel: Channel) -> HttpResponse:
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return redirect(back)
    still_there = Channel.objects.kept().filter(pk=channel.pk).exists()
    if still_there:
        return redirect("channel", channel.pk)
    return redirect("own-channels" if channel.user_id else "channels")
