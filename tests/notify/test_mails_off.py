"""One click in the mail program (RFC 8058) ends mails about one group and does nothing else."""

from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from reviews import dispatch
from reviews.models import Handoff, NoticeSettings
from reviews.notify.choosing import Choices
from reviews.notify.groups import DEFAULTS, MAIL, Way
from tests.notify.mailbox import Mailbox
from tests.notify.stage import Stage, deliveries
from workspaces.models import Event, User

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def mail(stage: Stage, mailbox: Mailbox) -> EmailMessage:
    stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    return mailbox.mails("ana@acme.example")[0]


def address(mail: EmailMessage) -> str:
    link = mail["List-Unsubscribe"].replace("\n", "").replace(" ", "")
    return str(urlsplit(link.strip("<>")).path)


def ways(person: User) -> dict[str, Way]:
    choices = Choices([person])
    return {cell: choices.way(person.pk, cell) for cell in DEFAULTS}


def post(path: str) -> Any:
    """As a mail program does: no cookie, no token, no referrer."""
    return Client(enforce_csrf_checks=True).post(path, ONE_CLICK)


def test_a_mail_names_its_one_click_address(mail: EmailMessage) -> None:
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address(mail).startswith("/mails-off/")


def test_a_look_changes_nothing_and_a_post_ends_those_mails_only(
    stage: Stage, mail: EmailMessage
) -> None:
    before, events = ways(stage.ana), Event.objects.count()
    page = Client().get(address(mail))
    assert page.status_code == 200 and "A handoff wants a decision" in page.content.decode()
    assert not NoticeSettings.objects.exists()
    for _ in range(2):
        assert post(address(mail)).status_code == 200
    for cell, way in ways(stage.ana).items():
        ended = cell.startswith("review:")
        assert way == (Way(before[cell].by - {MAIL}, before[cell].how) if ended else before[cell])
    assert ways(stage.ben) == before
    assert Event.objects.count() == events + 1
    assert Handoff.objects.get().status == "pending"


def test_afterwards_there_are_no_mails_of_it(stage: Stage, mail: EmailMessage) -> None:
    post(address(mail))
    stage.pass_time(minutes=5)
    stage.hand_off("Another")
    dispatch.run_once()
    late = [row.user for row in deliveries("email") if row.handoff.title == "Another"]
    assert late == [stage.ben]
    assert [r.user for r in deliveries("inbox") if r.handoff.title == "Another"] == [
        stage.ana,
        stage.ben,
    ]


@pytest.mark.parametrize("damage", ["x", "", "=="])
def test_a_forged_address_is_nothing(mail: EmailMessage, damage: str) -> None:
    path = address(mail)
    forged = path.replace("/mails-off/", "/mails-off/W1")[: -1 - len(damage)] + damage + "/"
    assert Client().get(forged).status_code == 404
    assert post(forged).status_code == 404
    assert not NoticeSettings.objects.exists()
