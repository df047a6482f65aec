"""Choosing what reaches one, and what reaches a team."""

from datetime import time
from typing import Any

import pytest
from django.test import Client

from reviews.models import NoticeSettings
from reviews.notify.choosing import Choices
from reviews.notify.groups import BELL, DEFAULTS, MAIL, Way
from workspaces.models import Event, Team, TeamMember, User

pytestmark = pytest.mark.django_db
PAGE = "/settings/notifications/"
SENT = {"X-Requested-With": "fetch"}


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana@acme.example", "correct horse battery", name="Ana")


@pytest.fixture
def client(ana: User) -> Client:
    client = Client()
    client.force_login(ana)
    return client


def as_shown(client: Client, page: str = PAGE) -> dict[str, Any]:
    """What the form of the page would send untouched."""
    form = client.get(page).context["form"]
    values = {field.html_name: field.value() for field in form}
    filled = {name: value for name, value in values.items() if value not in (None, "", False)}
    return {
        name: f"{value:%H:%M}" if isinstance(value, time) else value
        for name, value in filled.items()
    }


def test_saving_what_is_shown_chooses_nothing(client: Client, ana: User) -> None:
    assert client.post(PAGE, as_shown(client)).status_code == 302
    settings = NoticeSettings.objects.filter(user=ana).first()
    assert settings is None or settings.choices == {}


def test_a_choice_is_kept_and_is_an_event(client: Client, ana: User) -> None:
    sent = as_shown(client) | {"how due:normal": "digest", "by review:normal": ["bell"]}
    sent |= {"has_quiet": "on", "quiet_from": "22:00", "quiet_until": "07:00", "most_an_hour": "3"}
    sent |= {"digest_every": "day", "digest_at": "08:15", "digest_days": ["0", "6"]}
    assert client.post(PAGE, sent, headers=SENT).status_code == 204
    settings = NoticeSettings.objects.get(user=ana)
    assert (settings.quiet_from, settings.quiet_until) == (time(22), time(7))
    assert (settings.most_an_hour, settings.digest_days) == (3, 0b1000001)
    choices = Choices([ana])
    assert choices.way(ana.pk, "review:normal") == Way(frozenset({BELL}))
    assert choices.way(ana.pk, "due:normal").how == "digest"
    assert choices.way(ana.pk, "review:urgent") == DEFAULTS["review:urgent"]
    assert Event.objects.filter(kind="notices.changed").count() == 1
    assert as_shown(client)["how due:normal"] == "digest"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"has_quiet": "on", "quiet_until": ""}, "quiet_until"),
        ({"most_an_hour": "0"}, "most_an_hour"),
        ({"most_an_hour": "101"}, "most_an_hour"),
        ({"how review:normal": "loudly"}, "how review:normal"),
        ({"by review:normal": ["pigeon"]}, "by review:normal"),
        ({"digest_at": "25:00"}, "digest_at"),
        ({"digest_days": ["7"]}, "digest_days"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    client: Client, wrong: dict[str, Any], field: str
) -> None:
    answer = client.post(PAGE, as_shown(client) | wrong, headers=SENT)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    page = client.post(PAGE, as_shown(client) | wrong)
    assert page.status_code == 422 and "err" in page.content.decode()
    assert not NoticeSettings.objects.exists()


def test_a_teams_preset_is_shown_to_its_members_and_set_by_its_leads(ana: User) -> None:
    team = Team.objects.create(name="Web", slug="web")
    lead = User.objects.create_user("lead@acme.example", name="Lead")
    TeamMember.objects.create(team=team, user=lead, is_lead=True)
    TeamMember.objects.create(team=team, user=ana)
    page = f"/teams/{team.pk}/notifications/"
    member, leading = Client(), Client()
    member.force_login(ana)
    leading.force_login(lead)
    assert member.get(page).status_code == 403
    sent = as_shown(leading, page) | {"by review:normal": [MAIL], "how review:normal": "digest"}
    assert leading.post(page, sent).status_code == 302
    assert Choices([ana]).way(ana.pk, "review:normal") == Way(frozenset({MAIL}), "digest")
    assert as_shown(member)["by review:normal"] == [MAIL]
    assert "Web" in member.get(PAGE).content.decode()
    assert member.post(PAGE, as_shown(member)).status_code == 302
    own = NoticeSettings.objects.filter(user=ana).first()
    assert own is None or own.choices == {}


def test_settings_and_team_pages_lead_there(client: Client) -> None:
    assert PAGE in client.get("/settings/").content.decode()
    assert PAGE in client.get("/notifications/").content.decode()


@pytest.mark.parametrize("group", ["review", "desk", "nonsense", ""])
def test_the_bell_shows_one_kind(client: Client, group: str) -> None:
    assert client.get("/notifications/", {"group": group}).status_code == 200
