"""Which URLs and addresses may be called: pure rules, nothing is looked up or opened here.

Strict on purpose: what this module and the resolver could read differently is refused.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_URL_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{1,2048}")
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^\[\]:]+))(?::(?P<port>\d{1,5}))?")
_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


@dataclass(frozen=True)
class Target:
    """A checked URL: ``host`` in lower case without brackets or a closing dot."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = 443 if self.scheme == "https" else 80
        return host if self.port == default else f"{host}:{self.port}"

    @property
    def literal(self) -> Address | None:
        """The address, when the URL names one instead of a host."""
        return _literal(self.host)


@dataclass(frozen=True)
class Entry:
    """One line of an allow-list. ``port`` None: 80, 443 and everything from 1024 up."""

    host: str
    network: Network | None
    port: int | None

    def admits(self, target: Target) -> bool:
        if target.literal is not None:
            return self.admits_address(target.literal, target.port)
        return self.host == target.host and self._admits_port(target.port)

    def admits_address(self, address: Address, port: int) -> bool:
        """Whether this entry names ``address`` itself, not only a name that led to it."""
        if self.host == "localhost":
            named = address.is_loopback
        else:
            named = self.network is not None and address in self.network
        return named and self._admits_port(port)

    def _admits_port(self, port: int) -> bool:
        return port == self.port if self.port else port in (80, 443) or port >= 1024


def parse_url(url: str) -> Target:
    """Read a callback URL, or raise ValueError with a sentence."""
    if not _URL_CHARACTERS.fullmatch(url):
        raise ValueError("The URL is too long or has characters that must be percent-encoded.")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError("The URL must start with http:// or https://.")
    if "@" in parts.netloc:
        raise ValueError("The URL must not carry a user name or password.")
    host, port = _authority(parts.netloc)
    return Target(
        scheme=parts.scheme,
        host=host,
        port=port or (443 if parts.scheme == "https" else 80),
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )


def parse_entry(text: str) -> Entry:
    """Read one line of an allow-list: ``host``, ``host:port``, an address, a network.

    Raises ValueError with a sentence.
    """
    value = text.strip().lower()
    if "/" in value:
        try:
            return Entry(host="", network=ipaddress.ip_network(value), port=None)
        except ValueError:
            raise ValueError(f"“{text}” is neither a host nor a network: write no URL.") from None
    if value.count(":") > 1 and "[" not in value:
        value = f"[{value}]"
    try:
        host, port = _authority(value)
    except ValueError as error:
        raise ValueError(f"“{text}” is not host or host:port. {error}") from None
    literal = _literal(host)
    return Entry(host=host, network=ipaddress.ip_network(literal) if literal else None, port=port)


def parse_entries(allowed_hosts: Iterable[str]) -> list[Entry]:
    """Read an allow-list; a line that cannot be read opens nothing."""
    found = []
    for text in allowed_hosts:
        try:
            found.append(parse_entry(text))
        except ValueError:
            continue
    return found


def is_host_allowed(url: str, allowed_hosts: Iterable[str]) -> bool:
    """Whether ``url`` is well formed and its host listed. Looks nothing up."""
    try:
        target = parse_url(url)
    except ValueError:
        return False
    return any(entry.admits(target) for entry in parse_entries(allowed_hosts))


def unwrapped(address: Address) -> Address:
    """::ffff:127.0.0.1 is 127.0.0.1."""
    return getattr(address, "ipv4_mapped", None) or address


def is_public(address: Address) -> bool:
    """Whether ``address`` is one of the open internet's, and no tunnel to one that is not."""
    address = unwrapped(address)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.sixtofour or (address.teredo and address.teredo[1])
        if address.is_site_local or (inner and not is_public(inner)):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _authority(netloc: str) -> tuple[str, int | None]:
    match = _AUTHORITY.fullmatch(netloc.lower())
    if match is None:
        raise ValueError("The host is not valid.")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise ValueError("The port must lie between 1 and 65535.")
    if match["v6"]:
        return str(unwrapped(ipaddress.IPv6Address(match["v6"]))), port
    return _host(match["name"]), port


def _host(name: str) -> str:
    host = name.removesuffix(".")
    if not _HOST_NAME.fullmatch(host) or len(host) > 253:
        raise ValueError("The host is not valid.")
    # What ends in a number is an address to resolvers (WHATWG URL, "ends in a number"), and
    # 0177.0.0.1, 0x7f.1 and 2130706433 are ways to hide one.
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise ValueError("Write an address as four plain numbers.") from None
    return host


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
