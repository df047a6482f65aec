import re
import smtplib
from email.message import EmailMessage

import pytest
from django.core import mail
from pytest_django import Settings

from reviews import dispatch
from reviews.models import Delivery
from reviews.notify.wording import one_line
from tests.notify.stage import Stage, deliveries
from workspaces.models import Membership


def sent() -> list[mail.EmailMultiAlternatives]:
    dispatch.run_once()
    dispatch.deliver_due()
    return [message for message in mail.outbox if isinstance(message, mail.EmailMultiAlternatives)]


def to(address: str, messages: list[mail.EmailMultiAlternatives]) -> mail.EmailMultiAlternatives:
    (found,) = [message for message in messages if message.to == [address]]
    return found


def texts(message: mail.EmailMultiAlternatives) -> list[str]:
    return [str(message.body), str(message.alternatives[0][0])]


def test_a_mail_states_the_facts_and_links_to_the_handoff(stage: Stage) -> None:
    stage.ana.time_zone = "Europe/Berlin"
    stage.ana.save()
    handoff = stage.hand_off(expires_at="2099-01-02T03:04:00Z", trigger="question")
    message = to("ana@acme.example", sent())
    assert message.subject == f"{handoff.number} Question: Deploy the site"
    for text in texts(message):
        for fact in ("Deploy the site", handoff.number, "builder", "Acme site", "Question"):
            assert fact in text
        assert "2 Jan 2099 04:04 CET" in text
        assert f"http://127.0.0.1:8000/h/{handoff.number}/" in text


def test_a_mail_holds_no_argument_summary_or_secret(stage: Stage) -> None:
    stage.hand_off(
        summary="SUMMARY-WORD",
        actions=[{"id": "a", "name": "deploy-TOOL", "args": {"key": "ARGUMENT-WORD"}}],
        metadata={"note": "METADATA-WORD"},
        routing={"tags": ["TAG-WORD"]},
    )
    for message in sent():
        whole = message.message().as_string()
        assert not [word for word in ("SUMMARY", "ARGUMENT", "METADATA", "TAG") if word in whole]


def test_nothing_in_a_mail_decides(stage: Stage) -> None:
    handoff = stage.hand_off()
    text = texts(to("ana@acme.example", sent()))[1]
    assert re.findall('href="([^"]*)"', text) == [
        f"http://127.0.0.1:8000/h/{handoff.number}/",
        "http://127.0.0.1:8000/settings/notifications/",
    ]


def test_markup_in_a_title_stays_text(stage: Stage) -> None:
    stage.hand_off('<img src="http://evil/x"> & "quotes"')
    plain, html = texts(to("ana@acme.example", sent()))
    assert '<img src="http://evil/x"> & "quotes"' in plain
    assert "<img" not in html


@pytest.mark.parametrize(
    "title",
    [
        "Deploy\r\nBcc: all@acme.example",
        "Deploy\nBcc: all@acme.example",
        "Deploy\u2028Bcc: all@acme.example",
        "Deploy\x85Bcc: all@acme.example",
        "Deploy\x0bBcc: all@acme.example",
    ],
)
def test_a_title_cannot_add_a_header(stage: Stage, title: str) -> None:
    handoff = stage.hand_off()
    handoff.title = title
    handoff.save()
    for message in sent():
        wire = message.message()
        assert wire["Bcc"] is None
        assert "Deploy Bcc: all@acme.example" in wire["Subject"]


def test_a_title_cannot_reorder_the_subject(stage: Stage) -> None:
    assert one_line("a\u202eb\u2066c\u200fd👩\u200d🚀\ud800") == "abcd👩\u200d🚀".replace(
        "cd", "c\u200fd"
    )


def test_mails_of_a_handoff_are_one_thread_and_retries_one_mail(stage: Stage) -> None:
    handoff = stage.hand_off()
    ana, ben = (to(f"{name}@acme.example", sent()[:2]).message() for name in ("ana", "ben"))
    assert ana["References"] == ben["References"]
    assert handoff.public_id in ana["References"]
    assert ana["Message-ID"] != ben["Message-ID"]
    Delivery.objects.filter(user=stage.ana).update(status="waiting", attempts=0)
    mail.outbox.clear()
    assert to("ana@acme.example", sent()).message()["Message-ID"] == ana["Message-ID"]


def test_nobody_is_mailed_about_what_is_decided_already(stage: Stage) -> None:
    handoff = stage.hand_off()
    dispatch.run_once()
    stage.answer(handoff)
    assert sent() == []
    assert {d.status for d in deliveries("email")} == {Delivery.Status.CANCELLED}


def test_nobody_is_mailed_who_may_no_longer_see_it(stage: Stage) -> None:
    stage.hand_off()
    dispatch.run_once()
    Membership.objects.filter(user=stage.ben).delete()
    assert [message.to for message in sent()] == [["ana@acme.example"]]


class Refusing:
    """A mail backend that fails as told."""

    failure: Exception

    def __init__(self, **options: object) -> None:
        pass

    def send_messages(self, messages: list[EmailMessage]) -> int:
        raise Refusing.failure


@pytest.mark.parametrize(
    ("failure", "status", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "waiting", "refused"),
        (TimeoutError("timed out"), "waiting", "timed out"),
        (smtplib.SMTPServerDisconnected("gone"), "waiting", "gone"),
        (smtplib.SMTPAuthenticationError(535, b"bad\r\ncredentials"), "waiting", "535 bad cred"),
        (smtplib.SMTPRecipientsRefused({"x": (450, b"later")}), "waiting", "refused ana@"),
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), "dead", "refused ana@"),
    ],
)
def test_a_mail_servers_refusal_is_kept_in_words(
    stage: Stage,
    settings: Settings,
    failure: Exception,
    status: str,
    words: str,
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    Refusing.failure = failure
    stage.hand_off()
    sent()
    delivery = deliveries("email")[0]
    assert delivery.status == status
    assert words in delivery.last_error
