"""Posts signed messages to other programs, and to public addresses only."""

import socket
import ssl
from collections.abc import Callable
from http.client import HTTPException, HTTPSConnection
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from signoff.domain.webhooks import WebhookError, sign

TIMEOUT = 10.0  # seconds, for each step of the connection
# Networks in which an IPv4 address hides (RFC 6052, 3056, 4380).
TRANSLATED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


def is_public(address: str) -> bool:
    """Whether the address belongs to the internet: not to this machine and no private network."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip.is_site_local or any(ip in network for network in TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast


def resolve(host: str, port: int, is_allowed: Callable[[str], bool]) -> str:
    """The address to connect to, refused if any address of the host is not allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebhookError(f"{host}: {error}") from error
    addresses = [str(each[4][0]) for each in found]
    if refused := [address for address in addresses if not is_allowed(address)]:
        raise WebhookError(f"{host}: {refused[0]} is not a public address")
    return addresses[0]


class PinnedConnection(HTTPSConnection):
    """Connects to an address that was checked, so that no second answer of the DNS counts."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=TIMEOUT, context=context)
        self.address, self.tls = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), TIMEOUT)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


def post(
    url: str,
    id: str,
    body: bytes,
    *,
    secret: bytes,
    timestamp: int,
    is_allowed: Callable[[str], bool] = is_public,
    context: ssl.SSLContext | None = None,
) -> None:
    """Post a message; redirects are not followed. Raises ``WebhookError``."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    address = resolve(host, port, is_allowed)
    connection = PinnedConnection(host, port, address, context or ssl.create_default_context())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Signoff",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, id, timestamp, body),
    }
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        raise WebhookError(f"{host}: {error}") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise WebhookError(f"{host}: HTTP {status}")
