"""Answering a request for changes comment by comment."""

from __future__ import annotations

import pytest

from handoff_client import Decision

COMMENTS = [{"id": "r1-1", "body": "Cap it."}, {"id": "r1-2", "body": "Test it."}]
ASKED = Decision({"decisions": [{"type": "request_changes", "comments": COMMENTS}]})


def test_each_comment_is_answered_by_its_id() -> None:
    said = ASKED.resolves({"r1-1": "done", "r1-2": ("declined", "There is a test.")})
    assert said == [
        {"comment": "r1-1", "status": "done"},
        {"comment": "r1-2", "status": "declined", "note": "There is a test."},
    ]


@pytest.mark.parametrize("answers", [{"r2-1": "done"}, {"r1-1": "fixed"}])
def test_what_nobody_asked_or_understands_is_refused(answers: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        ASKED.resolves(answers)
