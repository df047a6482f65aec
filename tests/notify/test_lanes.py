import threading
import time
from collections import Counter, defaultdict

from reviews.notify.lanes import Lanes


class Work:
    """Pieces of work by lane; a gate holds a lane's pieces until it opens."""

    def __init__(self) -> None:
        self.left: Counter[str] = Counter()
        self.done: list[str] = []
        self.gates: dict[str, threading.Event] = {}
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.begun: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(0))
        self.lock = threading.Lock()

    def __call__(self, lane: str) -> bool:
        with self.lock:
            if not self.left[lane]:
                return False
            self.left[lane] -= 1
            self.at_once[lane] += 1
            self.most[lane] = max(self.most[lane], self.at_once[lane])
            self.begun[lane].release()
        if gate := self.gates.get(lane):
            gate.wait(10)
        with self.lock:
            self.at_once[lane] -= 1
            self.done.append(lane)
        return True


def test_a_lane_is_worked_until_it_is_empty() -> None:
    work = Work()
    work.left["a"] = 20
    lanes = Lanes(work, width=2, threads=4)
    lanes.start("a")
    assert lanes.join(5)
    assert work.done == ["a"] * 20


def test_no_more_than_the_width_of_a_lane_is_at_work_at_once() -> None:
    work = Work()
    work.left["a"], work.gates["a"] = 6, threading.Event()
    lanes = Lanes(work, width=2, threads=8)
    for _ in range(6):
        lanes.start("a")
    assert work.begun["a"].acquire(timeout=5) and work.begun["a"].acquire(timeout=5)
    assert not work.begun["a"].acquire(timeout=0.1)
    work.gates["a"].set()
    assert lanes.join(5)
    assert work.most["a"] == 2


def test_a_lane_that_hangs_delays_no_other() -> None:
    work = Work()
    work.left["slow"], work.gates["slow"] = 2, threading.Event()
    work.left["quick"] = 50
    lanes = Lanes(work, width=2, threads=3)
    lanes.start("slow")
    lanes.start("slow")
    lanes.start("quick")
    deadline = time.monotonic() + 5
    while work.done.count("quick") < 50 and time.monotonic() < deadline:
        assert work.begun["quick"].acquire(timeout=5)
    assert "slow" not in work.done
    work.gates["slow"].set()
    assert lanes.join(5)
    assert sorted(work.done) == ["quick"] * 50 + ["slow"] * 2


def test_a_call_while_all_places_are_taken_is_not_forgotten() -> None:
    """A piece that appears just after the last look is found by one more look."""
    looks: list[str] = []

    def work(lane: str) -> bool:
        looks.append(lane)
        if len(looks) == 1:
            lanes.start(lane)
        return False

    lanes = Lanes(work, width=1, threads=1)
    lanes.start("a")
    assert lanes.join(5)
    assert looks == ["a", "a"]


def test_work_that_breaks_off_leaves_the_lane_usable() -> None:
    tries: list[str] = []

    def work(lane: str) -> bool:
        tries.append(lane)
        if len(tries) == 1:
            raise RuntimeError("database away")
        return len(tries) < 3

    lanes = Lanes(work, width=1, threads=1)
    lanes.start("a")
    assert lanes.join(5)
    lanes.start("a")
    assert lanes.join(5)
    assert len(tries) == 3


def test_idle_threads_end_and_say_so() -> None:
    ended = threading.Event()
    lanes = Lanes(Work(), width=1, threads=1, linger=0.01, on_end=ended.set)
    lanes.start("a")
    assert ended.wait(5)
    work_again = lanes.join(1)
    assert work_again
