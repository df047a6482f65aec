"""Points of a request for changes: private drafts, sent by the verdict, answered, ticked off."""

import json
from typing import Any

import pytest

from reviews import checklist, decisions, line_comments, verdicts
from reviews.models import ChangePoint, Decision, Handoff
from tests.cast import Cast
from workspaces.errors import Conflict, Forbidden, Invalid
from workspaces.models import Event, Membership, Role

ONE = "a\nb\nc\nd\ne\nf\ng\nh\n"


def hand_off(cast: Cast, text: str = ONE, **context: Any) -> Handoff:
    files = [{"path": "src/a.py", "content": text}, {"path": "b.md", "content": "hello\n"}]
    return cast.submit(id="job", context={"files": files, **context})


def write_down(cast: Cast, handoff: Handoff, body: str, **place: Any) -> ChangePoint:
    return line_comments.add(
        handoff=handoff, revision=handoff.current, user=cast.reviewer, body=body, **place
    )


def ask_for(cast: Cast, handoff: Handoff) -> Decision:
    """Send all of the reviewer's drafts, at once."""
    handoff.workspace.undo_seconds = 0
    drafts = line_comments.drafts(handoff, cast.reviewer)
    comments = tuple(line_comments.as_comment(each, handoff.current) for each in drafts)
    return decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=handoff.revision,
        digest=handoff.current.package_sha256,
        given=verdicts.Given((verdicts.Verdict("request_changes"),), comments=comments),
    )


def states(handoff: Handoff) -> list[tuple[str, str, str, int | None, bool]]:
    handoff = Handoff.objects.get(pk=handoff.pk)
    found = checklist.of(handoff.current, line_comments.known(handoff))
    assert found is not None
    return [
        (
            item.point.key,
            item.answer.status if item.answer else "",
            item.fact,
            item.line,
            item.is_settled,
        )
        for item in found.items
    ]


def test_a_draft_is_its_authors_alone(cast: Cast) -> None:
    handoff = hand_off(cast)
    point = write_down(cast, handoff, "Test it.", path="src/a.py", line=3)
    assert list(line_comments.drafts(handoff, cast.owner)) == []
    assert not line_comments.edit(handoff=handoff, user=cast.owner, pk=point.pk, body="Mine now")
    assert not line_comments.remove(handoff=handoff, user=cast.owner, pk=point.pk)
    assert line_comments.edit(
        handoff=handoff, user=cast.reviewer, pk=point.pk, body="Test it twice."
    )
    assert line_comments.drafts(handoff, cast.reviewer).get().body == "Test it twice."
    assert line_comments.remove(handoff=handoff, user=cast.reviewer, pk=point.pk)
    assert not ChangePoint.objects.exists()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("", {}),
        ("x" * 4000, {}),
        ("x", {"path": "other.py"}),
        ("x", {"line": 3}),
        ("x", {"path": "src/a.py", "line": 0}),
        ("half \ud800", {}),
    ],
)
def test_a_point_that_could_not_be_sent_is_not_kept(
    cast: Cast, body: str, place: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        write_down(cast, hand_off(cast), body, **place)


def test_a_viewer_writes_none_and_an_ended_handoff_takes_none(cast: Cast) -> None:
    handoff = hand_off(cast)
    ask_for_reject = verdicts.Given((verdicts.Verdict("reject"),))
    Membership.objects.create(user=cast.stranger, workspace=cast.workspace, role=Role.VIEWER)
    with pytest.raises(Forbidden):
        line_comments.add(handoff=handoff, revision=handoff.current, user=cast.stranger, body="No.")
    digest = handoff.current.package_sha256
    decisions.decide(
        handoff=handoff, user=cast.reviewer, revision=1, digest=digest, given=ask_for_reject
    )
    with pytest.raises(Conflict):
        write_down(cast, handoff, "Too late.")


def test_the_agent_gets_each_point_with_its_id_path_and_line(cast: Cast) -> None:
    handoff = hand_off(cast)
    write_down(cast, handoff, "Name it.", path="src/a.py", line=3)
    write_down(cast, handoff, "Why is it gone?", path="src/a.py", old_line=7)
    write_down(cast, handoff, "Tell me more.")
    ask_for(cast, handoff)
    answer = cast.api().get(f"/api/v1/handoffs/{handoff.public_id}").json()["decision"]
    comments = answer["decisions"][0]["comments"]
    assert comments == [
        {"id": "r1-1", "body": "Tell me more."},
        {"id": "r1-2", "path": "src/a.py", "line": 3, "body": "Name it."},
        {
            "id": "r1-3",
            "path": "src/a.py",
            "old_line": 7,
            "body": "On line 7, which is removed: Why is it gone?",
        },
    ]
    assert list(line_comments.drafts(handoff, cast.reviewer)) == []


def test_a_verdict_that_is_taken_back_gives_its_points_back(cast: Cast) -> None:
    handoff = hand_off(cast)
    point = write_down(cast, handoff, "Name it.", path="src/a.py", line=3)
    handoff.workspace.undo_seconds = 30
    comments = (line_comments.as_comment(point, handoff.current),)
    decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=1,
        digest=handoff.current.package_sha256,
        given=verdicts.Given((verdicts.Verdict("request_changes"),), comments=comments),
    )
    assert not line_comments.drafts(handoff, cast.reviewer)
    decisions.undo(handoff=handoff, user=cast.reviewer)
    assert line_comments.drafts(handoff, cast.reviewer).get() == point


def test_the_next_round_answers_point_by_point_and_the_desk_looks_itself(cast: Cast) -> None:
    handoff = hand_off(cast)
    write_down(cast, handoff, "Name it.", path="src/a.py", line=2)
    write_down(cast, handoff, "And this?", path="src/a.py", line=7)
    write_down(cast, handoff, "Shorter.", path="b.md")
    ask_for(cast, handoff)
    hand_off(
        cast,
        "a\nB!\nc\nd\ne\nf\ng\nh\n",
        resolves=[
            {"comment": "r1-2", "status": "done", "note": "Named."},
            {"path": "src/a.py", "line": 7, "status": "declined", "note": "It is right."},
            {"comment": "r1-1", "status": "sorted"},
            "nonsense",
        ],
    )
    assert states(handoff) == [
        ("r1-1", "", "unchanged", None, False),
        ("r1-2", "done", "changed", None, True),
        ("r1-3", "declined", "unchanged", 7, False),
    ]


def test_a_line_that_only_moved_is_found_where_it_is_now(cast: Cast) -> None:
    handoff = hand_off(cast)
    write_down(cast, handoff, "Why?", path="src/a.py", line=6)
    ask_for(cast, handoff)
    hand_off(cast, "new\nnewer\n" + ONE)
    assert states(handoff) == [("r1-1", "", "unchanged", 8, False)]


def test_a_file_that_is_gone_is_said_to_be_gone(cast: Cast) -> None:
    handoff = hand_off(cast)
    write_down(cast, handoff, "Why?", path="b.md", line=1)
    ask_for(cast, handoff)
    cast.submit(id="job", context={"files": [{"path": "src/a.py", "content": ONE}]})
    assert states(handoff) == [("r1-1", "", "gone", None, False)]


def test_a_reviewer_ticks_off_and_reopens_and_events_say_so(cast: Cast) -> None:
    handoff = hand_off(cast)
    write_down(cast, handoff, "Why?", path="src/a.py", line=6)
    ask_for(cast, handoff)
    hand_off(cast, resolves=[{"comment": "r1-1", "status": "done"}], links=[])
    (point,) = ChangePoint.objects.all()
    handoff.refresh_from_db()
    assert states(handoff)[0][-1] is True
    line_comments.mark(handoff=handoff, user=cast.owner, pk=point.pk, as_="reopened")
    assert states(handoff)[0][-1] is False
    with pytest.raises(Conflict):
        line_comments.mark(handoff=handoff, user=cast.owner, pk=point.pk, as_="reopened")
    line_comments.mark(handoff=handoff, user=cast.reviewer, pk=point.pk, as_="settled")
    assert states(handoff)[0][-1] is True
    events = Event.objects.filter(kind="handoff.point_marked").order_by("seq")
    assert [(e.actor_id, e.payload["mark"]) for e in events if e.payload] == [
        (str(cast.owner.pk), "reopened"),
        (str(cast.reviewer.pk), "settled"),
    ]


def test_answers_in_any_shape_are_only_words() -> None:
    odd: list[Any] = [None, [], {"resolves": {}}, {"resolves": [1, {"status": ["done"]}, {}]}]
    for context in odd:
        assert checklist.answers(json.loads(json.dumps({"context": context}))) == []
