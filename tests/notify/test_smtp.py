"""Mails over a real SMTP connection."""

from email import message_from_bytes
from email.policy import default
from typing import Any

from pytest_django import Settings

from reviews import dispatch
from reviews.models import Delivery
from tests.notify.mailbox import Mailbox
from tests.notify.stage import Stage, deliveries


def test_a_mail_crosses_the_wire_whole(stage: Stage, mailbox: Mailbox) -> None:
    handoff = stage.hand_off("Veröffentlichen? 👩‍🚀 " + "x" * 100)
    dispatch.run_once()
    dispatch.deliver_due()
    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [
        ["ana@acme.example"],
        ["ben@acme.example"],
    ]
    content = mailbox.envelopes[0].content
    assert isinstance(content, bytes)
    message = message_from_bytes(content, policy=default)
    assert message["Subject"].strip().startswith(f"{handoff.number} ")
    assert "Veröffentlichen? 👩‍🚀" in message["Subject"]
    plain = message.get_body(("plain",))
    assert plain is not None and "Veröffentlichen? 👩‍🚀" in plain.get_content()
    assert {d.status for d in deliveries("email")} == {Delivery.Status.DONE}


def test_an_unknown_address_is_a_dead_letter_and_others_get_theirs(
    stage: Stage, mailbox: Mailbox
) -> None:
    mailbox.unknown = {"ana@acme.example"}
    stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    ana, ben = deliveries("email")
    assert (ana.status, ben.status) == (Delivery.Status.DEAD, Delivery.Status.DONE)
    assert "refused ana@acme.example" in ana.last_error


def test_a_server_that_is_down_is_tried_again(stage: Stage, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    stage.hand_off()
    dispatch.run_once()
    dispatch.deliver_due()
    assert {d.status for d in deliveries("email")} == {Delivery.Status.WAITING}
    assert "refused" in deliveries("email")[0].last_error


def test_the_embedded_desk_writes_its_mails_into_a_folder(
    stage: Stage, settings: Settings, tmp_path: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mails")
    stage.hand_off("Deploy the other site")
    dispatch.run_once()
    dispatch.deliver_due()
    files = sorted((tmp_path / "mails").iterdir())
    assert len(files) == 2
    assert "Deploy the other site" in files[0].read_text()
