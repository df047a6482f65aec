import datetime
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reviews.notify import net
from tests.notify.receivers import Receiver, serving, speaking

LOOPBACK = ["127.0.0.1", "localhost"]


def post(url: str, allowed: list[str] = LOOPBACK, timeout: float = 5.0) -> net.Answer:
    headers = {"Content-Type": "application/json"}
    return net.post(url, b'{"a":1}', headers=headers, allowed_hosts=allowed, timeout=timeout)


def resolving(
    monkeypatch: pytest.MonkeyPatch, *addresses: str, then: tuple[str, ...] = ()
) -> list[str]:
    """Let every name lead to ``addresses`` at first and to ``then`` when asked again."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        if host in (*addresses, *then):
            return list(real(host, port, type=socket.SOCK_STREAM))
        asked.append(host)
        found = then if then and len(asked) > 1 else addresses
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_a_post_carries_its_body_headers_and_host() -> None:
    with serving(Receiver(statuses=[200], body=b"thanks")) as receiver:
        answer = post(f"http://localhost:{receiver.port}/a/b?c=d")
    assert (answer.status, answer.body) == (200, b"thanks")
    (call,) = receiver.calls
    assert (call.path, call.body) == ("/a/b?c=d", b'{"a":1}')
    assert call.headers["host"] == f"localhost:{receiver.port}"
    assert call.headers["content-type"] == "application/json"


def test_an_unlisted_host_is_refused_before_it_is_looked_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = resolving(monkeypatch, "127.0.0.1")
    with pytest.raises(net.RequestFailed) as failure:
        post("http://other.example/", ["hooks.example"])
    assert failure.value.permanent
    assert asked == []


def test_a_listed_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Receiver()) as receiver:
        resolving(monkeypatch, "127.0.0.1")
        with pytest.raises(net.RequestFailed, match="not public") as failure:
            post(f"http://hooks.example:{receiver.port}/", ["hooks.example"])
    assert failure.value.permanent
    assert receiver.calls == []


def test_a_listed_name_leads_inside_when_the_address_is_listed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(Receiver()) as receiver:
        resolving(monkeypatch, "127.0.0.1")
        url = f"http://hooks.example:{receiver.port}/"
        assert post(url, ["hooks.example", "127.0.0.0/8"]).status == 204
        assert post(url, ["hooks.example", receiver.host]).status == 204


def test_a_name_that_changes_between_check_and_connection_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[object] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    with serving(Receiver()) as receiver:
        asked = resolving(monkeypatch, "8.8.8.8", then=("127.0.0.1",))
        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(net.RequestFailed, match="connection refused"):
            post(f"http://hooks.example:{receiver.port}/", ["hooks.example"])
    assert asked == ["hooks.example"]
    assert tried == [("8.8.8.8", receiver.port)]
    assert receiver.calls == []


def test_of_several_addresses_only_the_permitted_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(Receiver()) as receiver:
        resolving(monkeypatch, "10.255.255.1", "127.0.0.1")
        url = f"http://hooks.example:{receiver.port}/"
        assert post(url, ["hooks.example", receiver.host]).status == 204


def test_a_name_that_nobody_knows_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(net.RequestFailed, match="could not be resolved") as failure:
        post("http://hooks.example/", ["hooks.example"])
    assert not failure.value.permanent


def test_a_resolver_that_hangs_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: over.wait(10) and [])
    with pytest.raises(net.RequestFailed, match=r"within 0\.2 s"):
        post("http://hooks.example/", ["hooks.example"], timeout=0.2)
    over.set()


def test_a_redirect_is_returned_and_not_followed() -> None:
    with serving(Receiver()) as inside:
        head = {"Location": inside.url}
        with serving(Receiver(statuses=[307], headers=head)) as receiver:
            assert post(receiver.url).status == 307
    assert inside.calls == []


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Receiver()) as proxy, serving(Receiver()) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(receiver.url).status == 204
    assert proxy.calls == []


def test_a_receiver_that_never_answers_ends_at_the_deadline() -> None:
    with speaking(lambda connection, over: over.wait(10)) as port:
        started = time.monotonic()
        with pytest.raises(net.RequestFailed, match=r"within 0\.3 s") as failure:
            post(f"http://127.0.0.1:{port}/", timeout=0.3)
    assert time.monotonic() - started < 2
    assert not failure.value.permanent


@pytest.mark.parametrize("opening", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_receiver_that_drips_cannot_stretch_the_deadline(opening: bytes) -> None:
    def drip(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(opening)
        while not over.wait(0.02):
            connection.sendall(b"x")

    with speaking(drip) as port:
        started = time.monotonic()
        with pytest.raises(net.RequestFailed, match=r"within 0\.5 s"):
            post(f"http://127.0.0.1:{port}/", timeout=0.5)
    assert 0.4 < time.monotonic() - started < 2


def test_a_receiver_that_reads_nothing_ends_at_the_deadline() -> None:
    with speaking(lambda connection, over: over.wait(10)) as port:
        url = f"http://127.0.0.1:{port}/"
        with pytest.raises(net.RequestFailed, match=r"within 0\.3 s"):
            net.post(url, b"x" * 50_000_000, headers={}, allowed_hosts=LOOPBACK, timeout=0.3)


def test_only_the_first_64_kib_of_an_answer_are_read() -> None:
    sent = 0

    def flood(connection: socket.socket, over: threading.Event) -> None:
        nonlocal sent
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            sent += connection.send(b"x" * 65536)

    with speaking(flood) as port:
        answer = post(f"http://127.0.0.1:{port}/")
    assert len(answer.body) == 65536
    assert sent < 50_000_000


@pytest.mark.parametrize(
    "noise", [b"SSH-2.0-OpenSSH_9\r\n", b"\x00\xff" * 99 + b"\n", b"HTTP/1.1\n"]
)
def test_an_answer_that_is_no_http_is_a_failure(noise: bytes) -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(noise)

    with speaking(talk) as port, pytest.raises(net.RequestFailed, match="No answer"):
        post(f"http://127.0.0.1:{port}/")


def test_endless_headers_are_cut_off() -> None:
    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.is_set():
            connection.sendall(b"X-More: " + b"x" * 900 + b"\r\n")

    with speaking(talk) as port, pytest.raises(net.RequestFailed, match="No answer"):
        post(f"http://127.0.0.1:{port}/")


def test_a_closed_port_is_a_failure_to_try_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(net.RequestFailed, match="connection refused") as failure:
        post(f"http://127.0.0.1:{port}/")
    assert not failure.value.permanent


def test_a_header_cannot_bring_a_second_one() -> None:
    with serving(Receiver()) as receiver, pytest.raises(net.RequestFailed, match="one line"):
        headers = {"webhook-id": "a\r\nX-Evil: 1"}
        net.post(receiver.url, b"", headers=headers, allowed_hosts=LOOPBACK)
    assert receiver.calls == []


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for ``name`` with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@contextmanager
def tls_receiver(pem: Path, names: list[str | None]) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda sock, name, _: names.append(name)

    def talk(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with speaking(talk) as port:
        yield port


def test_tls_checks_the_name_of_the_url_at_the_judged_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, "hooks.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    net._tls.cache_clear()
    resolving(monkeypatch, "127.0.0.1")
    names: list[str | None] = []
    with tls_receiver(pem, names) as port:
        listed = ["hooks.example", "other.example", "127.0.0.1"]
        assert post(f"https://hooks.example:{port}/", listed).status == 204
        with pytest.raises(net.RequestFailed, match="TLS failed"):
            post(f"https://other.example:{port}/", listed)
    net._tls.cache_clear()
    assert names == ["hooks.example", "other.example"]


def test_an_unknown_certificate_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net._tls.cache_clear()
    pem = certificate(tmp_path, "localhost")
    with tls_receiver(pem, []) as port, pytest.raises(net.RequestFailed, match="TLS failed"):
        post(f"https://localhost:{port}/")


def test_a_tls_handshake_that_hangs_ends_at_the_deadline() -> None:
    with (
        speaking(lambda connection, over: over.wait(10)) as port,
        pytest.raises(net.RequestFailed, match=r"within 0\.3 s"),
    ):
        post(f"https://127.0.0.1:{port}/", timeout=0.3)
