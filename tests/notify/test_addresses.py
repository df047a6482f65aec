from ipaddress import ip_address

import pytest

from reviews.notify import addresses


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "http://",
        "http:///path",
        "http://user@example.com/",
        "http://user:word@example.com/",
        "http://example.com@127.0.0.1/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://127.1/",
        "http://127.0.0.1.2/",
        "http://127.0.0.256/",
        "http://example.0x/",
        "http://exa mple.com/",
        "http://example.com/a\r\nX-Evil: 1",
        "http://example.com\\@127.0.0.1/",
        "http://exämple.com/",
        "http://%31%32%37.0.0.1/",
        "http://-example.com/",
        "http://exam..ple.com/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:/",
        "http://example.com:80:80/",
        "http://[::1]evil.example/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://[]/",
        "http://" + "a" * 64 + ".example/",
        "http://example.com/" + "a" * 2048,
    ],
)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        addresses.parse_url(url)


def test_a_refusal_names_the_fault() -> None:
    with pytest.raises(ValueError, match="user name or password"):
        addresses.parse_url("http://user:word@example.com/")
    with pytest.raises(ValueError, match="four plain numbers"):
        addresses.parse_url("http://2130706433/")


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("http://example.com", "example.com", 80, "/", "example.com"),
        ("https://Example.COM./x?y=1#z", "example.com", 443, "/x?y=1", "example.com"),
        ("http://example.com:8080/x", "example.com", 8080, "/x", "example.com:8080"),
        ("https://example.com:80/", "example.com", 80, "/", "example.com:80"),
        ("http://[2001:DB8::1]:81/", "2001:db8::1", 81, "/", "[2001:db8::1]:81"),
        ("http://[::ffff:127.0.0.1]/", "127.0.0.1", 80, "/", "127.0.0.1"),
        ("http://a_b.example/?q", "a_b.example", 80, "/?q", "a_b.example"),
    ],
)
def test_a_plain_url_is_read_into_its_parts(
    url: str, host: str, port: int, path: str, header: str
) -> None:
    target = addresses.parse_url(url)
    assert (target.host, target.port, target.path, target.host_header) == (
        host,
        port,
        path,
        header,
    )


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hooks.example/x", ["hooks.example"]),
        ("https://HOOKS.example./x", ["Hooks.Example"]),
        ("http://hooks.example:9000/x", ["hooks.example"]),
        ("http://hooks.example:9000/x", ["hooks.example:9000"]),
        ("http://hooks.example:25/x", ["hooks.example:25"]),
        ("http://127.0.0.1:9000/", ["127.0.0.1:9000"]),
        ("http://127.0.0.1:9000/", ["127.0.0.1"]),
        ("http://127.0.0.1:9000/", ["localhost"]),
        ("http://[::1]:9000/", ["[::1]:9000"]),
        ("http://[::1]:9000/", ["::1"]),
        ("http://10.1.2.3/", ["10.0.0.0/8"]),
    ],
)
def test_a_listed_host_is_allowed(url: str, allowed: list[str]) -> None:
    assert addresses.is_host_allowed(url, allowed)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hooks.example/x", []),
        ("https://evil-hooks.example/x", ["hooks.example"]),
        ("https://sub.hooks.example/x", ["hooks.example"]),
        ("https://hooks.example.evil/x", ["hooks.example"]),
        ("http://hooks.example:9001/x", ["hooks.example:9000"]),
        ("https://hooks.example/x", ["hooks.example:80"]),
        ("http://hooks.example:25/x", ["hooks.example"]),
        ("http://127.0.0.1:9000/", ["hooks.example"]),
        ("http://127.0.0.2:9000/", ["127.0.0.1"]),
        ("http://11.1.2.3/", ["10.0.0.0/8"]),
        ("http://user@hooks.example/", ["hooks.example"]),
        ("https://hooks.example/", ["https://hooks.example/"]),
        ("https://hooks.example/", ["*"]),
    ],
)
def test_any_other_host_is_not(url: str, allowed: list[str]) -> None:
    assert not addresses.is_host_allowed(url, allowed)


@pytest.mark.parametrize(
    "line", ["", "https://hooks.example", "a b", "hooks.example:x", "user@h", "10.0.0.1/8", "*"]
)
def test_a_line_that_is_no_host_is_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(ValueError, match=f"“{line}”".replace("*", r"\*")):
        addresses.parse_entry(line)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::7f00:1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)
def test_an_address_of_the_inside_is_not_public(address: str) -> None:
    assert not addresses.is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert addresses.is_public(ip_address(address))
