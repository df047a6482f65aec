"""How long a verdict waits: the person's wish, the workspace's number, the desk's default."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from reviews import decisions
from reviews.models import Decision
from tests.cast import Cast
from tests.domain.test_intake import decide

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("person", "workspace", "seconds"),
    [
        (None, None, 8),  # the desk's default
        (None, 20, 20),
        (None, 0, 0),
        (15, None, 15),  # the wish counts before the default, both ways
        (3, None, 3),
        (0, None, 0),
        (15, 10, 15),  # a workspace's own number may be lengthened
        (3, 10, 10),  # and is never shortened
        (0, 10, 10),
        (5, 0, 5),
        (30, 30, 30),
    ],
)
def test_the_window_is_the_wish_but_never_less_than_the_workspaces_own_number(
    cast: Cast, settings: Settings, person: int | None, workspace: int | None, seconds: int
) -> None:
    settings.HANDOFF_UNDO_SECONDS = 8
    cast.workspace.undo_seconds = workspace
    cast.workspace.save()
    cast.reviewer.undo_seconds = person
    cast.reviewer.save()
    decision = decide(cast, cast.submit())
    assert decision.release_at - decision.decided_at == timedelta(seconds=seconds)
    assert Decision.objects.filter(pk=decision.pk, released_at=None).exists() == (seconds > 0)


def test_the_page_says_the_readers_own_window(cast: Cast) -> None:
    handoff = cast.submit()
    cast.reviewer.undo_seconds = 17
    cast.reviewer.save()
    page = cast.client(cast.reviewer).get(handoff.get_absolute_url()).content.decode()
    assert "17 seconds after you decide" in page


def test_hovering_holds_for_the_deciders_own_window(cast: Cast) -> None:
    cast.reviewer.undo_seconds = 12
    cast.reviewer.save()
    handoff = cast.submit()
    decision = decide(cast, handoff)
    held = decisions.hold(handoff=handoff, user=cast.reviewer)
    assert held is not None
    assert held - decision.decided_at >= timedelta(seconds=12)
