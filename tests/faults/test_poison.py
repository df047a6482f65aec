"""One row that the desk cannot deal with keeps no other from going out."""

import pytest

from reviews import answers, decisions
from reviews.models import Answer, Decision, Handoff, Status
from reviews.verdicts import Given, Verdict
from tests.cast import Cast


def approve(cast: Cast, title: str) -> Decision:
    handoff = cast.submit(title)
    return decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=1,
        digest=handoff.current.package_sha256,
        given=Given((Verdict("approve"),)),
    )


def test_a_verdict_that_cannot_leave_holds_up_no_other(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.workspace.undo_seconds = 1
    cast.workspace.save()
    poisonous, healthy = approve(cast, "Poison"), approve(cast, "Healthy")
    Decision.objects.update(release_at=healthy.decided_at)
    monkeypatch.setattr(decisions, "_resting", {})
    build = answers.of_decision

    def of_decision(decision: Decision, **given: object) -> Answer:
        if decision.pk == poisonous.pk:
            raise AttributeError("no such column")
        return build(decision, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(answers, "of_decision", of_decision)
    assert decisions.release_due() == 1
    assert decisions.release_due() == 0  # it rests, and is not forgotten:
    monkeypatch.setattr(answers, "of_decision", build)
    monkeypatch.setattr(decisions, "_resting", {})
    assert decisions.release_due() == 1
    assert not Handoff.objects.exclude(status=Status.DECIDED).exists()
