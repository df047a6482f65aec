"""Which requests wait, and are therefore kept off the thread pools."""

import pytest

from handoff_site.longpoll import is_long_poll


def scope(
    path: str, query: bytes = b"", prefer: bytes = b"", method: str = "GET"
) -> dict[str, object]:
    headers = [(b"prefer", prefer)] if prefer else []
    return {"method": method, "path": path, "query_string": query, "headers": headers}


@pytest.mark.parametrize(
    ("path", "query", "prefer"),
    [
        ("/api/v1/handoffs/ho_1", b"wait=30", b""),
        ("/api/v1/handoffs/ho_1", b"", b"wait=30"),
        ("/api/v1/handoffs/ho_1", b"", b"respond-async, Wait = 30"),
        ("/api/v1/inbox", b"a=b&wait=", b""),
    ],
)
def test_these_wait(path: str, query: bytes, prefer: bytes) -> None:
    assert is_long_poll(scope(path, query, prefer))


@pytest.mark.parametrize(
    ("path", "query", "method"),
    [
        ("/api/v1/handoffs/ho_1", b"", "GET"),
        ("/api/v1/handoffs/ho_1", b"waiting=1", "GET"),
        ("/api/v1/handoffs/ho_1", b"status=%ff", "GET"),
        ("/api/v1/handoffs", b"wait=30", "GET"),
        ("/api/v1/handoffs/ho_1/files/abc", b"wait=30", "GET"),
        ("/api/v1/handoffs/ho_1", b"wait=30", "POST"),
        ("/", b"wait=30", "GET"),
    ],
)
def test_these_do_not(path: str, query: bytes, method: str) -> None:
    assert not is_long_poll(scope(path, query, method=method))
