"""A page that goes: its claim is given back unless it came back for it."""

from datetime import timedelta

import pytest

from reviews import claims, event_kinds, parting
from reviews.models import Handoff
from tests.cast import Cast
from workspaces import clock
from workspaces.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def claimed(cast: Cast) -> Handoff:
    return claims.claim(handoff=cast.submit(), user=cast.reviewer)


def released(handoff: Handoff) -> bool:
    return Event.objects.filter(
        subject_id=handoff.public_id, kind=event_kinds.CLAIM_RELEASED
    ).exists()


def test_a_claim_that_nobody_came_back_for_is_given_back(cast: Cast) -> None:
    handoff = claimed(cast)
    assert handoff.claimed_until is not None
    assert parting.give_back(handoff.pk, cast.reviewer, handoff.claimed_until)
    handoff.refresh_from_db()
    assert not handoff.has_live_claim(clock.now())
    assert released(handoff)


def test_a_renewed_claim_stays_and_nothing_is_recorded(cast: Cast) -> None:
    handoff = claimed(cast)
    assert handoff.claimed_until is not None
    earlier = handoff.claimed_until - timedelta(milliseconds=1)
    assert not parting.give_back(handoff.pk, cast.reviewer, earlier)
    handoff.refresh_from_db()
    assert handoff.has_live_claim(clock.now())
    assert not released(handoff)


def test_nobody_gives_back_the_claim_of_another(cast: Cast) -> None:
    handoff = claimed(cast)
    assert handoff.claimed_until is not None
    assert not parting.give_back(handoff.pk, cast.owner, handoff.claimed_until)
    assert not released(handoff)
