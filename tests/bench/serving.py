"""For the record, without a bar of their own: what one process answers, and how quickly."""

import json
import subprocess
import sys
import time
from http.client import HTTPConnection

from tests.bench import stage
from tests.bench.figures import Figure
from tests.bench.stage import Stage
from tests.bench.visitor import Visitor
from tests.services.desk import ROOT

CLIENTS = 8


def posts_alone(desk: Stage, *, runs: int, repeats: int) -> Figure:
    found = [_post(desk, repeats) for _ in range(runs)]
    return Figure("POST, one client without a pause", "ms", found, shown=("p50", "p99"))


def posts_together(desk: Stage, *, runs: int, repeats: int) -> list[Figure]:
    """``repeats`` a client; each client is a process with one connection."""
    found, rates = [], []
    for _ in range(runs):
        command = [sys.executable, "-m", "tests.bench.serving", str(desk.desk.port), str(repeats)]
        children = [
            subprocess.Popen(
                [*command, desk.workspace],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(CLIENTS)
        ]
        for child in children:
            assert child.stdout and child.stdout.readline() == "ready\n"
        begun = time.monotonic()
        for child in children:
            assert child.stdin
            child.stdin.write(f"{desk.token}\n")
            child.stdin.flush()
        answers = [child.communicate(timeout=120)[0] for child in children]
        took = time.monotonic() - begun
        found.append([each for answer in answers for each in json.loads(answer)])
        rates.append([CLIENTS * repeats / took])
    return [
        Figure(f"POST, {CLIENTS} clients without a pause", "ms", found, shown=("p50", "p99")),
        Figure(f"POST, {CLIENTS} clients, all together", "a second", rates, shown=("p50",)),
    ]


def full_queue(desk: Stage, *, handoffs: int, runs: int, repeats: int) -> list[Figure]:
    """The queue page with (at least) that many open handoffs, and the queries it takes."""
    visitor = desk.visitor()
    client = desk.client()
    last = client.submit_document(desk.document(stage.title("full")))
    short = handoffs - _open(desk)
    if short > 0:
        _post(desk, short)
    queries = _queries(desk, last.id)
    found = [[_timed(visitor, "/") for _ in range(repeats)] for _ in range(runs)]
    visitor.close()
    note = f"{_open(desk)} open"
    return [
        Figure("queue page, full", "ms", found, note=note),
        *(
            Figure(f"SQL queries of the {name} page", "", [[count]], shown=("max",))
            for name, count in queries.items()
        ),
    ]


def _timed(visitor: Visitor, path: str) -> float:
    begun = time.perf_counter()
    visitor.get(path)
    return 1000 * (time.perf_counter() - begun)


def _open(desk: Stage) -> int:
    return int(
        desk.ask("SELECT count(*) FROM reviews_handoff WHERE status='pending' AND verdict=''")
    )


def _queries(desk: Stage, public_id: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.queries", desk.login["email"], public_id],
        cwd=ROOT,
        env=desk.desk.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _post(desk: Stage, count: int) -> list[float]:
    return post(desk.desk.port, desk.workspace, desk.token, count)


def post(port: int, workspace: str, token: str, count: int) -> list[float]:
    """Milliseconds of each POST, one after the other over one connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    took = []
    for _ in range(count):
        body = json.dumps(stage.document(workspace, stage.title("post")))
        begun = time.perf_counter()
        connection.request("POST", "/api/v1/handoffs", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        took.append(1000 * (time.perf_counter() - begun))
        assert answer.status == 201, f"{answer.status} {text[:300]!r}"
    connection.close()
    return took


def main(port: str, count: str, workspace: str) -> None:
    """Waits for the token on standard input, so that all clients start together."""
    print("ready", flush=True)
    took = post(int(port), workspace, sys.stdin.readline().strip(), int(count))
    print(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
