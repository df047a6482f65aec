"""Signing in and resetting a password."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Refusable(forms.BaseForm):
    """A form that can be refused without looking at what it holds."""

    _refusal = ""

    def refuse(self, sentence: str) -> None:
        self._refusal = sentence

    def full_clean(self) -> None:
        if not self._refusal:
            return super().full_clean()
        self.cleaned_data = {}
        self._errors = forms.utils.ErrorDict()
        self.add_error(None, self._refusal)


class SignInForm(Refusable, auth_forms.AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy(
            "No account has this e-mail address and password. Capital letters count in passwords."
        ),
        "inactive": gettext_lazy("This account is switched off."),
    }
    was_refused = False  # the two did not fit, as opposed to a field left empty

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail address")
        self.fields["username"].widget = forms.EmailInput(
            attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254}
        )

    def get_invalid_login_error(self) -> ValidationError:
        self.was_refused = True
        return ValidationError(self.error_messages["invalid_login"], code="invalid_login")


class PasswordResetForm(Refusable, auth_forms.PasswordResetForm):
    """Links lead to the desk's own address, whatever the request calls it."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        site = urlsplit(settings.SITE_URL)
        kwargs |= {"domain_override": site.netloc, "use_https": site.scheme == "https"}
        super().save(*args, **kwargs)
