import json
import os
import threading

import pytest
from django.db import connection

from reviews import dispatch
from reviews.models import Delivery, Problem, SourceFile, Status
from reviews.notify import answer_file
from tests.notify.stage import Stage, only
from workspaces.storage import Root

pytestmark = pytest.mark.both_databases

PATH = "runs/a.handoff.json"


def deliver() -> None:
    dispatch.run_once()
    dispatch.deliver_due()


def names(stage: Stage) -> list[str]:
    return sorted(path.name for path in (stage.folder / "runs").iterdir())


def read(stage: Stage, name: str) -> str:
    return (stage.folder / "runs" / name).read_text()


def test_the_answer_stands_beside_the_agents_file(stage: Stage) -> None:
    stage.answer(stage.hand_off(path=PATH), document='{"n":1.0}')
    deliver()
    assert names(stage) == ["a.decision.json"]
    assert read(stage, "a.decision.json") == '{"n":1.0}'
    assert only("file").status == Delivery.Status.DONE


def test_a_bare_handoff_json_has_the_stem_handoff(stage: Stage) -> None:
    stage.answer(stage.hand_off(path="runs/handoff.json"))
    deliver()
    assert names(stage) == ["handoff.decision.json"]


def test_a_new_round_sets_the_earlier_answer_aside(stage: Stage) -> None:
    handoff = stage.hand_off(path=PATH)
    stage.answer(handoff, Status.CHANGES_REQUESTED, '{"r":1}')
    deliver()
    stage.hand_off("Mended", path=PATH)
    answer_file.set_aside(handoff)
    earlier = f"a.{handoff.public_id}.r1.decision.json"
    assert names(stage) == [earlier]
    stage.answer(handoff, document='{"r":2}')
    deliver()
    assert names(stage) == sorted([earlier, "a.decision.json"])
    assert (read(stage, earlier), read(stage, "a.decision.json")) == ('{"r":1}', '{"r":2}')


def test_an_earlier_answer_nobody_set_aside_is_not_overwritten(stage: Stage) -> None:
    handoff = stage.hand_off(path=PATH)
    stage.answer(handoff, Status.CHANGES_REQUESTED, '{"r":1}')
    deliver()
    stage.hand_off("Mended", path=PATH)
    stage.answer(handoff, document='{"r":2}')
    deliver()
    assert read(stage, f"a.{handoff.public_id}.r1.decision.json") == '{"r":1}'
    assert read(stage, "a.decision.json") == '{"r":2}'


def test_a_new_handoff_on_the_path_sets_the_answer_of_the_last_one_aside(stage: Stage) -> None:
    first = stage.hand_off(path=PATH)
    stage.answer(first, document='{"h":1}')
    deliver()
    second = stage.hand_off(path=PATH)
    assert second.pk != first.pk
    answer_file.set_aside(second)
    assert names(stage) == [f"a.{first.public_id}.r1.decision.json"]


def test_setting_aside_twice_is_setting_aside_once(stage: Stage) -> None:
    handoff = stage.hand_off(path=PATH)
    answer_file.set_aside(handoff)
    stage.answer(handoff, Status.CHANGES_REQUESTED)
    deliver()
    answer_file.set_aside(handoff)
    answer_file.set_aside(handoff)
    assert names(stage) == [f"a.{handoff.public_id}.r1.decision.json"]


def test_an_answer_written_twice_is_written_once(stage: Stage) -> None:
    stage.answer(stage.hand_off(path=PATH))
    deliver()
    written = (stage.folder / "runs/a.decision.json").stat()
    Delivery.objects.update(status="waiting", attempts=0)
    deliver()
    assert names(stage) == ["a.decision.json"]
    assert (stage.folder / "runs/a.decision.json").stat().st_ino == written.st_ino
    assert not Problem.objects.exists()


def test_a_foreign_file_stays_and_the_answer_goes_beside_it(stage: Stage) -> None:
    (stage.folder / "runs/a.decision.json").write_text("mine")
    handoff = stage.hand_off(path=PATH)
    stage.answer(handoff, document='{"n":1}')
    deliver()
    assert read(stage, "a.decision.json") == "mine"
    assert read(stage, f"a.{handoff.public_id}.decision.json") == '{"n":1}'
    problem = Problem.objects.get()
    assert (problem.kind, problem.path) == ("foreign_file", "runs/a.decision.json")


@pytest.mark.parametrize("kind", ["folder", "link", "dangling", "fifo"])
def test_whatever_else_stands_there_stays_too(stage: Stage, kind: str) -> None:
    target = stage.folder / "runs/a.decision.json"
    outside = stage.folder.parent / "outside.txt"
    outside.write_text("outside")
    match kind:
        case "folder":
            target.mkdir()
        case "link":
            target.symlink_to(outside)
        case "dangling":
            target.symlink_to(stage.folder.parent / "nothing")
        case "fifo":
            os.mkfifo(target)
    handoff = stage.hand_off(path=PATH)
    stage.answer(handoff)
    deliver()
    assert f"a.{handoff.public_id}.decision.json" in names(stage)
    assert outside.read_text() == "outside"
    assert not (stage.folder.parent / "nothing").exists()


def test_an_answer_somebody_changed_is_foreign_from_then_on(stage: Stage) -> None:
    handoff = stage.hand_off(path=PATH)
    stage.answer(handoff, Status.CHANGES_REQUESTED, '{"r":1}')
    deliver()
    (stage.folder / "runs/a.decision.json").write_text("forged")
    stage.hand_off("Mended", path=PATH)
    stage.answer(handoff, document='{"r":2}')
    deliver()
    assert read(stage, "a.decision.json") == "forged"
    assert read(stage, f"a.{handoff.public_id}.decision.json") == '{"r":2}'


def test_an_answer_somebody_deleted_is_not_missed_by_the_next(stage: Stage) -> None:
    handoff = stage.hand_off(path=PATH)
    stage.answer(handoff, Status.CHANGES_REQUESTED)
    deliver()
    (stage.folder / "runs/a.decision.json").unlink()
    stage.hand_off("Mended", path=PATH)
    stage.answer(handoff, document='{"r":2}')
    deliver()
    assert names(stage) == ["a.decision.json"]


def test_an_overtaken_answer_does_not_take_the_place_of_a_later_one(stage: Stage) -> None:
    handoff = stage.hand_off(path=PATH)
    late = stage.answer(handoff, Status.CHANGES_REQUESTED, '{"r":1}')
    stage.hand_off("Mended", path=PATH)
    answer_file.put(stage.answer(handoff, document='{"r":2}'))
    answer_file.put(late)
    assert read(stage, "a.decision.json") == '{"r":2}'
    assert read(stage, f"a.{handoff.public_id}.r1.decision.json") == '{"r":1}'


@pytest.mark.parametrize("step", ["_remember", "_write"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_step_is_repeated_harmlessly(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    handoff = stage.hand_off(path=PATH)
    answer_file.put(stage.answer(handoff, Status.CHANGES_REQUESTED, '{"r":1}'))
    stage.hand_off("Mended", path=PATH)
    answer = stage.answer(handoff, document='{"r":2}')
    real = getattr(answer_file, step)

    def die(*args: object) -> object:
        if when == "after":
            real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(answer_file, step, die)
        with pytest.raises(KeyboardInterrupt):
            answer_file.put(answer)
    answer_file.put(answer)
    earlier = f"a.{handoff.public_id}.r1.decision.json"
    assert names(stage) == sorted([earlier, "a.decision.json"])
    assert read(stage, "a.decision.json") == '{"r":2}'
    assert not Problem.objects.exists()


def test_a_crash_after_the_rename_is_repeated_harmlessly(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = stage.hand_off(path=PATH)
    answer_file.put(stage.answer(handoff, Status.CHANGES_REQUESTED, '{"r":1}'))
    real = Root.rename

    def die(root: Root, rel: str, to_rel: str) -> None:
        real(root, rel, to_rel)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Root, "rename", die)
        with pytest.raises(KeyboardInterrupt):
            answer_file.set_aside(handoff)
    answer_file.set_aside(handoff)
    assert names(stage) == [f"a.{handoff.public_id}.r1.decision.json"]
    assert SourceFile.objects.get().decision_path == ""


def test_a_folder_that_is_gone_is_tried_again(stage: Stage) -> None:
    stage.answer(stage.hand_off(path=PATH))
    (stage.folder / "runs").rmdir()
    deliver()
    assert only("file").status == Delivery.Status.WAITING
    (stage.folder / "runs").mkdir()
    stage.pass_time(minutes=1)
    deliver()
    assert names(stage) == ["a.decision.json"]


def test_many_at_once_write_one_file(real_stage: Stage) -> None:
    stage = real_stage
    answer = stage.answer(stage.hand_off(path=PATH), document=json.dumps({"n": "x" * 100_000}))
    start = threading.Barrier(8)
    failures: list[BaseException] = []

    def put() -> None:
        start.wait()
        try:
            answer_file.put(answer)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert names(stage) == ["a.decision.json"]
    assert not Problem.objects.exists()
