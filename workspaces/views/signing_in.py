"""Signing in, throttled by address and recorded; passwords by Django's own views."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from workspaces import event_kinds, events, throttle
from workspaces.actors import SYSTEM, Actor
from workspaces.forms.signing_in import PasswordResetForm, SignInForm
from workspaces.models import User


def address_of(request: HttpRequest) -> str:
    """The network address that asks; what the proxy saw, where settings say that there is one."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and settings.SECURE_PROXY_SSL_HEADER:
        return forwarded.rpartition(",")[2].strip()[:64]
    return str(request.META.get("REMOTE_ADDR") or "")[:64]


class Throttled(FormView):  # type: ignore[type-arg]  # generic for type checkers only
    """A form that one address may get wrong only so often; what is right costs no try.

    The try is taken before the password is looked at, so that tries at the same time count too.
    """

    bucket = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if throttle.may_sign_in(self._key()):
            return super().post(request, *args, **kwargs)
        form = self.get_form()
        form.refuse(_("Too many tries from your address. Wait a few minutes, then try again."))
        return self.render_to_response(
            self.get_context_data(form=form), status=429, headers={"Retry-After": "300"}
        )

    def _key(self) -> str:
        return f"{self.bucket} {address_of(self.request)}"

    def _give_back(self) -> None:
        tries = settings.HANDOFF_SIGN_IN_TRIES
        throttle.sign_ins.take(self._key(), rate=tries / 900, burst=tries, cost=-1.0)


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SignIn(Throttled, views.LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True
    bucket = "sign-in"

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        self._give_back()
        user = form.get_user()
        assert isinstance(user, User)
        events.record_on_desk(
            event_kinds.SIGNED_IN,
            subject=("person", str(user.pk)),
            actor=Actor.user(user),
            payload={"address": address_of(self.request)},
        )
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        if form.was_refused:  # a form with an empty field tried nothing
            events.record_on_desk(
                event_kinds.SIGN_IN_FAILED,
                subject=("person", ""),
                actor=SYSTEM,
                payload={"address": address_of(self.request)},
            )
        else:
            self._give_back()
        return super().form_invalid(form)


class PasswordReset(Throttled, views.PasswordResetView):
    """Each request counts, as each may send a mail."""

    form_class = PasswordResetForm
    bucket = "reset"
