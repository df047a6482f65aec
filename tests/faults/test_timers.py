"""Due times under faults: killed while they fire, or swept by several processes: once each."""

from concurrent.futures import ThreadPoolExecutor

from tests.faults.conftest import Mortal

LEAD = "sam@example.com"
SECONDS = 30


def planned(mortal: Mortal, name: str, count: int) -> list[str]:
    taken = [mortal.site.hand_off(f"{name} {n}")["id"] for n in range(count)]
    for each in taken:
        mortal.site.beside("plan_ladder", each, "Ops", LEAD)
    return taken


def test_killed_while_a_step_is_taken_it_is_taken_once_by_the_next_desk(mortal: Mortal) -> None:
    taken = planned(mortal, "Killed", 2)
    mortal.arm("timer.fired")
    mortal.site.beside("let_be_due", *taken)
    mortal.await_death()
    mortal.revive()
    told = mortal.site.beside("await_timers", SECONDS)
    assert [told[each] for each in taken] == [["submitted", "assigned", "escalated"]] * 2
    mortal.hold_invariants()


def test_three_processes_that_sweep_at_once_fire_each_timer_once(mortal: Mortal) -> None:
    taken = planned(mortal, "Swept", 3)
    mortal.site.beside("let_be_due", *taken)
    with ThreadPoolExecutor(2) as pool:  # and the desk's own
        fired = [pool.submit(mortal.site.beside, "sweep") for _ in range(2)]
    assert sum(each.result() for each in fired) <= 3
    told = mortal.site.beside("await_timers", SECONDS)
    assert [told[each] for each in taken] == [["submitted", "assigned", "escalated"]] * 3
    mortal.hold_invariants()
