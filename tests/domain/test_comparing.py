"""What a round is compared with, by whose look; what differs; which files were viewed."""

from typing import Any

import pytest

from reviews import claims, comparing, conversation, decisions, talk, verdicts, viewed
from reviews.models import Artifact, Handoff
from tests.cast import Cast


def hand_off(cast: Cast, text: str, *, id: str = "job", **members: Any) -> Handoff:
    files = [{"path": "a.txt", "content": text}]
    taken = cast.submit(id=id, context={"files": files}, **members)
    return Handoff.objects.get(pk=taken.pk)


def look(cast: Cast, handoff: Handoff) -> None:
    digest = handoff.current.package_sha256
    claims.see(handoff=handoff, user=cast.reviewer, revision=handoff.revision, digest=digest)


def approve(cast: Cast, handoff: Handoff) -> None:
    handoff.workspace.undo_seconds = 0
    given = verdicts.Given((verdicts.Verdict("approve"),))
    decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=handoff.revision,
        digest=handoff.current.package_sha256,
        given=given,
    )


def compared(cast: Cast, handoff: Handoff, asked: str = "") -> comparing.Comparison:
    return comparing.of(handoff, handoff.current, cast.reviewer, asked)


def text(artifact: Artifact) -> str:
    from reviews import binding

    return binding.store().read(artifact.sha256 or "", 1000).decode()


def test_the_first_round_is_compared_with_nothing(cast: Cast) -> None:
    comparison = compared(cast, hand_off(cast, "one"))
    assert comparison.bases == [] and comparison.base is None


def test_who_has_looked_before_sees_what_changed_since_then(cast: Cast) -> None:
    look(cast, hand_off(cast, "one"))
    hand_off(cast, "two")
    handoff = hand_off(cast, "three")
    mine = compared(cast, handoff)
    assert [base.key for base in mine.bases] == ["r1", "r2", "approved"]
    assert mine.base and mine.base.label == "Round 1, your last look"
    assert text(mine.files["a.txt"]) == "one"
    other = comparing.of(handoff, handoff.current, cast.owner, "")
    assert other.base and other.base.label == "Round 2, the one before"
    asked = compared(cast, handoff, "r2")
    assert text(asked.files["a.txt"]) == "two"


def test_the_round_one_looks_at_is_no_look_before_it(cast: Cast) -> None:
    hand_off(cast, "one")
    handoff = hand_off(cast, "two")
    look(cast, handoff)
    base = compared(cast, handoff).base
    assert base and base.label == "Round 1, the one before"


@pytest.mark.parametrize("asked", ["r9", "r0", "r-1", "rx", "r" + "9" * 30, "nonsense"])
def test_a_base_that_is_not_there_gives_the_usual_one(cast: Cast, asked: str) -> None:
    hand_off(cast, "one")
    base = compared(cast, hand_off(cast, "two"), asked).base
    assert base and base.key == "r1"


def test_the_last_approved_version_is_the_agents_newest_in_the_workspace(cast: Cast) -> None:
    approve(cast, hand_off(cast, "old", id="first"))
    approve(cast, hand_off(cast, "approved", id="second"))
    hand_off(cast, "never decided", id="third")
    theirs = cast.submit(
        agent=cast.second_agent, context={"files": [{"path": "a.txt", "content": "x"}]}
    )
    approve(cast, theirs)
    comparison = compared(cast, hand_off(cast, "now", id="fourth"), "approved")
    assert [base.key for base in comparison.bases] == ["approved"]
    assert text(comparison.files["a.txt"]) == "approved"


def test_after_an_edit_the_approved_version_is_what_the_reviewer_left(cast: Cast) -> None:
    from reviews import binding

    handoff = hand_off(cast, "draft", id="first")
    handoff.workspace.undo_seconds = 0
    blob = binding.store().put_bytes(b"edited")
    decisions.decide(
        handoff=handoff,
        user=cast.reviewer,
        revision=1,
        digest=handoff.current.package_sha256,
        given=verdicts.Given(
            (verdicts.Verdict("edit"),),
            edited_files=(verdicts.EditedFile("a.txt", blob.sha256),),
        ),
    )
    comparison = compared(cast, hand_off(cast, "now", id="second"), "approved")
    assert text(comparison.files["a.txt"]) == "edited"


def test_a_renamed_file_is_compared_with_its_earlier_name(cast: Cast) -> None:
    hand_off(cast, "one")
    renamed = {"path": "b.txt", "previous_path": "a.txt", "change": "renamed", "content": "one!"}
    taken = cast.submit(id="job", context={"files": [renamed]})
    handoff = Handoff.objects.get(pk=taken.pk)
    before = compared(cast, handoff).before(handoff.current.artifacts.get())
    assert before and before.path == "a.txt"


def test_values_differ_by_member_and_place() -> None:
    old = {"a": 1, "b": [1, {"x": 1}], "gone": None, "same": [1.0]}
    new = {"a": 1, "b": [1, {"x": 2}, 3], "came": "y", "same": [1.0]}
    found = [(c.path, c.kind, c.old, c.new) for c in comparing.of_values(old, new)]
    assert found == [
        (("b", 1, "x"), "changed", 1, 2),
        (("b", 2), "added", None, 3),
        (("gone",), "removed", None, None),
        (("came",), "added", None, "y"),
    ]


def test_a_viewed_file_is_new_again_when_its_bytes_are(cast: Cast) -> None:
    handoff = hand_off(cast, "one")
    first = handoff.current.artifacts.get()
    viewed.mark(handoff=handoff, user=cast.reviewer, artifact=first)
    assert viewed.states(handoff, cast.reviewer, [first]) == {first.pk: "viewed"}
    assert viewed.states(handoff, cast.owner, [first]) == {first.pk: ""}
    handoff = hand_off(cast, "two")
    second = handoff.current.artifacts.get()
    assert viewed.states(handoff, cast.reviewer, [second]) == {second.pk: "changed"}
    viewed.mark(handoff=handoff, user=cast.reviewer, artifact=second)
    viewed.unmark(handoff=handoff, user=cast.reviewer, artifact=second)
    assert viewed.states(handoff, cast.reviewer, [second]) == {second.pk: ""}


def test_others_messages_are_unread_until_they_were_shown(cast: Cast) -> None:
    handoff = hand_off(cast, "one")
    conversation.say(handoff=handoff, user=cast.reviewer, text="Why?")
    answer = conversation.say(handoff=handoff, agent=cast.agent, text="Because.")
    assert talk.unread(handoff, cast.reviewer) == 1
    assert talk.unread(handoff, cast.owner) == 2
    talk.read(handoff=handoff, user=cast.reviewer, last=answer.pk + 1000)
    talk.read(handoff=handoff, user=cast.reviewer, last=1)
    assert talk.unread(handoff, cast.reviewer) == 0
    conversation.say(handoff=handoff, agent=cast.agent, text="And more.")
    assert talk.unread(handoff, cast.reviewer) == 1
