import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from reviews import dispatch
from tests.notify import mailbox as mailboxes
from tests.notify import stage as stages
from tests.notify.receivers import Receiver, serving


@pytest.fixture
def stage(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> stages.Stage:
    return stages.build(tmp_path, monkeypatch)


@pytest.fixture
def real_stage(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[stages.Stage]:
    """The same where several threads look: everything is committed.

    The threads that deliver end with the test, and with them their database connections.
    """
    for lanes in (dispatch._outside, dispatch._inside):
        monkeypatch.setattr(lanes, "_linger", 0.05)
    yield stages.build(tmp_path, monkeypatch)
    assert dispatch.wait(20)
    for thread in threading.enumerate():
        if thread.name == "deliver":
            thread.join(20)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as running:
        yield running


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[mailboxes.Mailbox]:
    with mailboxes.running() as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", found.port
        settings.EMAIL_TIMEOUT = 5
        yield found
