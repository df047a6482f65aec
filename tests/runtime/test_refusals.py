"""A desk that others can reach refuses demo accounts and unsafe settings, in a sentence."""

import pytest
from django.core.management.base import CommandError
from pytest_django import Settings

from handoff_site import checks
from tests.cast import Cast
from workspaces.models import User


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.PRODUCTION = settings.SECRET_KEY_WAS_GIVEN = True
    settings.SECRET_KEY = "x" * 50
    settings.ALLOWED_HOSTS = ["desk.example.com"]
    settings.TOLD_HTTP_IN_PUBLIC = False
    return settings


def test_safe_settings_are_served(production: Settings, cast: Cast) -> None:
    checks.insist()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY_WAS_GIVEN", False, "set HANDOFF_SECRET_KEY"),
        ("SECRET_KEY", "short", "shorter than 50"),
        ("ALLOWED_HOSTS", ["*"], "must name hosts"),
        ("TOLD_HTTP_IN_PUBLIC", True, "https://"),
    ],
)
def test_an_unsafe_setting_is_refused(
    production: Settings, cast: Cast, name: str, value: object, sentence: str
) -> None:
    setattr(production, name, value)
    with pytest.raises(CommandError, match=sentence):
        checks.insist()


def test_active_demo_accounts_are_refused(production: Settings, cast: Cast) -> None:
    User.objects.filter(pk=cast.reviewer.pk).update(is_demo=True)
    with pytest.raises(CommandError, match="demo accounts"):
        checks.insist()
    User.objects.filter(pk=cast.reviewer.pk).update(is_active=False)
    checks.insist()
