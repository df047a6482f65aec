"""Rules that name channels: in the editor, in words, and as handoffs are routed."""

import json

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import Settings

from reviews import channel_book, dispatch, rule_actions, rule_drafts, rule_names, rule_publishing
from reviews.channel_book import Place
from reviews.rule_forms import RuleForm, faults
from tests.cast import Cast
from tests.channels.making import webhook
from tests.notify.receivers import Receiver
from workspaces.actors import SYSTEM
from workspaces.models import Team, Workspace

ASSIGN = {"to": [{"role": "reviewer"}], "pick": "all"}
WANTS = {"kinds": ["handoff.submitted"], "named_only": True}


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings, receiver: Receiver) -> None:
    settings.HANDOFF_CHANNEL_HOSTS = [receiver.host]


def rule(*channels: int) -> RuleForm:
    return RuleForm("Errors", None, {"assign": ASSIGN, "channels": list(channels)})


def test_a_published_rule_sends_to_the_channel_it_names(cast: Cast, receiver: Receiver) -> None:
    channel, _secret = webhook(Place(workspace=cast.workspace), receiver.url, **WANTS)
    draft = rule_drafts.open_draft(cast.workspace, by=cast.owner)
    rule_drafts.add(draft, rule(channel.pk), seen=draft.edition, by=cast.owner)
    draft.refresh_from_db()
    rule_publishing.publish(draft, seen=draft.edition, by=cast.owner)
    handoff = cast.submit("Named")
    dispatch.run_once()
    dispatch.deliver_due()
    assert [json.loads(call.body)["data"]["number"] for call in receiver.calls] == [handoff.number]


def test_a_rule_says_which_channels_it_tells(cast: Cast, receiver: Receiver) -> None:
    channel, _secret = webhook(Place(), receiver.url, **WANTS)
    form = rule(channel.pk)
    names = rule_names.of([(form.condition, form.actions)])
    assert "also told: Systems" in rule_actions.sentence(form.actions, names, place="Acme")


def test_a_channel_that_was_deleted_is_a_fault(cast: Cast, receiver: Receiver) -> None:
    channel, _secret = webhook(Place(), receiver.url, **WANTS)
    assert faults(rule(channel.pk)) == []
    channel_book.remove(channel, actor=SYSTEM)
    assert [each.detail for each in faults(rule(channel.pk))] == [
        f"There is no channel no. {channel.pk}."
    ]


@pytest.mark.parametrize("channels", ["x", [0], ["1"], [True], list(range(1, 60)), {}])
def test_what_is_no_list_of_channels_is_refused(channels: object) -> None:
    assert rule_actions.validate({"channels": channels})


def test_the_editor_offers_the_channels_of_its_place_and_no_others(
    cast: Cast, receiver: Receiver
) -> None:
    other = Workspace.objects.create(slug="other", name="Other")
    far = Team.objects.create(name="Far", slug="far")
    for name, place in (
        ("Desk room", Place()),
        ("Acme room", Place(workspace=cast.workspace)),
        ("Foreign room", Place(workspace=other)),
        ("Far room", Place(team=far)),
        ("Own room", Place(user=cast.owner)),
    ):
        channel_book.add_webhook(place, name=name, url=receiver.url, config=WANTS, actor=SYSTEM)
    client: Client = cast.client(cast.owner)
    page = strip_tags(client.get("/routing/acme/rules/new/").content.decode())
    assert "Desk room" in page and "Acme room" in page
    assert "Foreign room" not in page and "Far room" not in page and "Own room" not in page


def test_a_rule_of_a_workspace_names_no_channel_of_another(cast: Cast, receiver: Receiver) -> None:
    other = Workspace.objects.create(slug="other", name="Other")
    foreign, _secret = webhook(Place(workspace=other), receiver.url, **WANTS)
    posted = {
        "name": "Sly",
        "to": "role:reviewer",
        "pick": "all",
        "channels": str(foreign.pk),
        "do": "save",
    }
    answer = cast.client(cast.owner).post("/routing/acme/rules/new/", posted)
    assert answer.status_code != 302
    assert "not offered here" in answer.content.decode()
